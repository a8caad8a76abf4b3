"""送培训到市州: where a programme has been, where it is and where it goes next (notice §一)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from django.db.models import OuterRef, QuerySet, Subquery, Sum

from community.models import Region
from community.scope import Viewer
from training.models import CityStop, Coverage, Programme

T = TypeVar("T")


def on_the_grid(placed: Mapping[str, T], cities: Sequence[Region]) -> list[T | None]:
    """What belongs to each city code, row by row as the tile map shows it; None is a gap.

    Cities without a place on the map are left out; the last row is filled up with gaps.
    """
    spots = {
        (city.tile_row, city.tile_column): placed.get(city.code)
        for city in cities
        if city.tile_row is not None and city.tile_column is not None
    }
    if not spots:
        return []
    rows, columns = max(row for row, _ in spots), max(column for _, column in spots)
    return [
        spots.get((row, column)) for row in range(1, rows + 1) for column in range(1, columns + 1)
    ]


@dataclass(frozen=True)
class Tile:
    """One city: ``state`` is done, now, next, or open where no date is set yet."""

    city: Region
    state: str
    starts_on: date | None = None


@dataclass(frozen=True)
class Route:
    """The map of one programme on one day. ``tiles`` has None where the grid has a gap."""

    programme: Programme
    tiles: list[Tile | None]

    def _in(self, state: str) -> list[Tile]:
        found = [tile for tile in self.tiles if tile is not None and tile.state == state]
        return sorted(found, key=lambda tile: (tile.starts_on or date.max, tile.city.code))

    @property
    def visited(self) -> int:
        return len(self._in("done"))

    @property
    def now(self) -> list[Region]:
        return [tile.city for tile in self._in("now")]

    @property
    def following(self) -> Region | None:
        return next((tile.city for tile in self._in("next")), None)


def state_on(stop: CityStop, today: date) -> str:
    """done, now or next."""
    if stop.ends_on < today:
        return "done"
    return "now" if stop.starts_on <= today else "next"


def with_enrolled(stops: QuerySet[CityStop]) -> QuerySet[CityStop]:
    """Each with ``enrolled``: people on the rosters of its classes, as last rolled up."""
    people = (
        Coverage.objects.filter(cohort__stop=OuterRef("pk"))
        .order_by()
        .values("cohort__stop")
        .annotate(people=Sum("enrolled"))
        .values("people")
    )
    return stops.annotate(enrolled=Subquery(people))


def route_in_focus(*, viewer: Viewer, today: date) -> Route | None:
    """The map of the programme that is on its way now, next, or was last; None where none ever was."""
    stops = CityStop.objects.visible_to(viewer).select_related("programme")
    nearest = (
        stops.filter(ends_on__gte=today).order_by("starts_on", "pk").first()
        or stops.order_by("-ends_on", "pk").first()
    )
    return None if nearest is None else route_of(nearest.programme, viewer=viewer, today=today)


def route_of(programme: Programme, *, viewer: Viewer, today: date) -> Route:
    """Every city in its place with the state of its stop. Two statements."""
    cities = list(Region.objects.cities())
    stops = {
        stop.region_id: stop
        for stop in CityStop.objects.visible_to(viewer).filter(programme=programme)
    }
    tiles = {
        city.code: Tile(city, state_on(stop, today), stop.starts_on)
        if (stop := stops.get(city.code))
        else Tile(city, "open")
        for city in cities
    }
    return Route(programme, on_the_grid(tiles, cities))


def stops_between(*, viewer: Viewer, today: date, days: int = 7) -> list[CityStop]:
    """Stops of published programmes that are on, or begin, within ``days`` from ``today``."""
    last = today + timedelta(days=days - 1)
    stops = CityStop.objects.visible_to(viewer).filter(starts_on__lte=last, ends_on__gte=today)
    return list(
        with_enrolled(stops)
        .select_related("programme", "region")
        .order_by("starts_on", "number", "pk")
    )
