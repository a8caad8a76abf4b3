"""The schools and offices of an area, and which ones a typed name could mean."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Final

from django.db.models import Count, Q, QuerySet

from community.models import Institution, Region
from community.scope import Viewer, prefix_q

_OFFERED: Final = 8
_COMPARED: Final = 2000
_ALIKE: Final = 0.6


def institutions_in(
    *, region: Region, viewer: Viewer, search: str = "", state: str = ""
) -> QuerySet[Institution]:
    """Those of ``region`` that ``viewer`` may see, by county and name; ``state`` is "closed" or empty."""
    found = (
        Institution.objects.visible_to(viewer)
        .filter(prefix_q([region.prefix], "region_id"))
        .select_related("region")
        .order_by("region_id", "name", "pk")
    )
    search = search.strip()[:50]
    if search:
        found = found.filter(Q(name__contains=search) | Q(identifier=search))
    return found.filter(is_open=False) if state == "closed" else found


def people_at(institutions: list[Institution]) -> dict[int, int]:
    """How many people work at each of ``institutions`` now; one statement."""
    rows = (
        Institution.objects.filter(pk__in=[one.pk for one in institutions])
        .annotate(people=Count("affiliations", filter=Q(affiliations__to_on__isnull=True)))
        .order_by()
        .values_list("pk", "people")
    )
    return dict(rows)


def schools_like(
    name: str, *, schools: QuerySet[Institution], limit: int = _OFFERED
) -> list[Institution]:
    """Those of ``schools`` whose names are ``name``, contain it or look like it, best first."""
    if not name:
        return []
    near = schools.select_related("region")
    found = list(near.filter(name=name)[:limit])
    if len(found) < limit:
        taken = [one.pk for one in found]
        found += (
            near.filter(name__contains=name)
            .exclude(pk__in=taken)
            .order_by("name")[: limit - len(found)]
        )
    if len(found) < limit:
        found += _look_alikes(name, near.exclude(pk__in=[one.pk for one in found]))[
            : limit - len(found)
        ]
    return found


def _look_alikes(name: str, schools: QuerySet[Institution]) -> list[Institution]:
    """By how much of the name is the same; only among those that share its first characters' pairs."""
    pairs = {name[place : place + 2] for place in range(len(name) - 1)}
    if not pairs:
        return []
    shares = Q()
    for pair in list(pairs)[:12]:
        shares |= Q(name__contains=pair)
    names = dict(schools.filter(shares).order_by("pk").values_list("pk", "name")[:_COMPARED])
    scored = [
        (score, pk)
        for pk, other in names.items()
        if (score := SequenceMatcher(None, name, other).ratio()) >= _ALIKE
    ]
    best = [pk for _score, pk in sorted(scored, key=lambda found: (-found[0], found[1]))[:_OFFERED]]
    by_key = schools.in_bulk(best)
    return [by_key[pk] for pk in best]
