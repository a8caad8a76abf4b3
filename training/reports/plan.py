"""What a new class could look like: from its programme, its stop, or a class that was held before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from community.models import Region
from community.scope import Viewer
from community.wording import HAN_DIGITS
from training.curriculum import FrozenModule, freeze_curriculum, read_curriculum
from training.models import CityStop, Cohort, Programme, Session
from training.operations.cohort import free_code

HALVES = ((time(9), time(12)), (time(14), time(17)))
NOTICE = timedelta(days=14)
"""People are invited two weeks ahead; a class begins on the Monday after."""


@dataclass(frozen=True)
class Plan:
    """A suggestion: everything in it may be changed before the class is made."""

    programme: Programme
    host: Region
    modules: Sequence[FrozenModule]
    stop: CityStop | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)
    like: Cohort | None = None


def taught_modules(programme: Programme) -> list[FrozenModule]:
    """The modules that are taught in the hall, as the programme is published now."""
    modules = read_curriculum(freeze_curriculum(programme)).modules
    return [module for module in modules if not module.is_work]


def suggest_plan(
    *, programme: Programme, host: Region, today: date, like: Cohort | None = None
) -> Plan:
    """A class of ``programme`` in ``host``: two half-days a day, or days, hours and agenda of ``like``."""
    modules = taught_modules(programme)
    stop = (
        CityStop.objects.filter(programme=programme, region=host).select_related("region").first()
    )
    first = stop.starts_on if stop and stop.starts_on > today else first_day(today)
    lines = lines_like(like, modules, first) if like else lines_by_halves(modules, first)
    last = max((line["day"] for line in lines), default=first)
    fields: dict[str, Any] = {
        "name": _like_name(like, host) if like else _first_name(host, stop),
        "code": free_code(programme=programme, region=host),
        "starts_on": first,
        "ends_on": last,
        "venue": stop.venue if stop else "",
        "is_of_stop": stop is not None,
        "late_minutes": like.late_minutes if like else 10,
        "takes_sign_out": like.takes_sign_out if like else False,
    }
    return Plan(programme, host, modules, stop, fields, lines, like)


def first_day(today: date) -> date:
    """The Monday after the time that an invitation needs."""
    earliest = today + NOTICE
    return earliest + timedelta(days=-earliest.weekday() % 7)


def _first_name(host: Region, stop: CityStop | None) -> str:
    """凉山场 where the programme comes to a city, else 昭觉县班."""
    if stop is not None:
        return _("%(city)s场") % {"city": host.short_name}
    is_county = host.level == Region.Level.COUNTY
    return _("%(region)s班") % {"region": host.name if is_county else host.short_name}


def _like_name(like: Cohort, host: Region) -> str:
    return like.name.replace(like.host_region.short_name, host.short_name)


def lines_by_halves(modules: Sequence[FrozenModule], first: date) -> list[dict[str, Any]]:
    """A half-day for each module, mornings and afternoons in turn."""
    lines = []
    for number, module in enumerate(modules):
        day, half = divmod(number, len(HALVES))
        start, end = HALVES[half]
        lines.append(
            {
                "module": module.key,
                "label": half_day(day, half),
                "day": first + timedelta(days=day),
                "start": start,
                "end": end,
                "place": "",
            }
        )
    return lines


def half_day(day: int, half: int) -> str:
    """第一天上午 and so on; ``day`` and ``half`` count from 0."""
    number = HAN_DIGITS[day + 1] if day < 9 else str(day + 1)
    words = _("第%(day)s天上午") if half == 0 else _("第%(day)s天下午")
    return words % {"day": number}


def lines_like(like: Cohort, modules: Sequence[FrozenModule], first: date) -> list[dict[str, Any]]:
    """The half-days of ``like`` from another first day on; modules that are no longer taught are left out."""
    keys = {module.content_key for module in modules}
    held = [session for session in like.sessions.all() if session.content_key in keys]
    begin = min((_local(session.starts_at).date() for session in held), default=first)
    lines = [line_of(session) for session in held]
    return [{**line, "day": first + (line["day"] - begin), "place": ""} for line in lines]


def line_of(session: Session) -> dict[str, Any]:
    """A half-day that is there, as a line."""
    start, end = _local(session.starts_at), _local(session.ends_at)
    return {
        "module": session.content_key.removeprefix("module:"),
        "label": session.label,
        "day": start.date(),
        "start": start.time(),
        "end": end.time(),
        "place": session.place,
    }


def next_line(lines: Sequence[dict[str, Any]], modules: Sequence[FrozenModule]) -> dict[str, Any]:
    """One line more: the first module that has none yet, in the half-day after the last line's."""
    used = {line.get("module") for line in lines}
    free = next((module.key for module in modules if module.key not in used), "")
    days = [day for line in lines if (day := _day(str(line.get("day", ""))))]
    if not days:
        return {"module": free}
    last = lines[-1]
    day = _day(str(last.get("day", ""))) or max(days)
    is_morning = str(last.get("start", "")).rjust(5, "0") < "12:00"
    if not is_morning:
        day += timedelta(days=1)
    half = 1 if is_morning else 0
    start, end = HALVES[half]
    return {
        "module": free,
        "label": half_day((day - min(days)).days, half),
        "day": day,
        "start": start,
        "end": end,
        "place": last.get("place", ""),
    }


def moved_lines(lines: Sequence[dict[str, str]], first: date) -> list[dict[str, str]]:
    """The lines with their days moved so that the earliest is ``first``; what is no date stays."""
    days = [day for line in lines if (day := _day(line.get("day", "")))]
    if not days:
        return [*lines]
    shift = first - min(days)
    return [
        {**line, "day": (day + shift).isoformat()} if (day := _day(line.get("day", ""))) else line
        for line in lines
    ]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _local(moment: datetime) -> datetime:
    return timezone.localtime(moment)


def hosts_in(region: Region) -> QuerySet[Region]:
    """Who may host a class that is set up in ``region``: itself and what lies directly below it."""
    return Region.objects.filter(Q(pk=region.pk) | Q(parent=region))


def cities_in(region: Region) -> QuerySet[Region]:
    """The cities to which a stop may go on from here: none from a county."""
    return Region.objects.cities().within(region)


def models_for(*, viewer: Viewer, programmes: QuerySet[Programme]) -> QuerySet[Cohort]:
    """Classes that the viewer runs and that have half-days to go by, newest first."""
    return (
        Cohort.objects.run_by(viewer)
        .filter(programme__in=programmes, pk__in=Session.objects.values("cohort"))
        .defer("curriculum")
        .select_related("programme", "host_region")
        .order_by("-starts_on", "code")
    )
