"""What a row of the permission matrix is made of: actors, expectations, and who may by group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.factories.world import World

ACTORS = (
    "anonymous",
    "trainee",
    "class_teacher",
    "clerk",
    "butuo",  # another county's coordinator
    "zhaojue",  # the county's own
    "liangshan",  # the city's, which runs the class
    "province",
    "editor",
    "superuser",
)


class Expect(StrEnum):
    OK = (
        "ok"  # a page, or a redirect to one; of a POST also 409 and 422: she may, the state refuses
    )
    LOGIN = "login"
    FORBIDDEN = "403"
    NOT_FOUND = "404"
    NOT_OFFERED = "405"
    REFUSED = (
        "refused"  # the address is hers, the deed is not: she is told so and nothing is written
    )


OK, LOGIN, FORBIDDEN, NOT_FOUND = Expect.OK, Expect.LOGIN, Expect.FORBIDDEN, Expect.NOT_FOUND
REFUSED = Expect.REFUSED
Cells = Mapping[str, Expect]


def may(
    *groups: Iterable[str],
    otherwise: Expect = NOT_FOUND,
    stranger: Expect = LOGIN,
    refused: Iterable[str] = (),
) -> Cells:
    """Those in ``groups`` may; others are told ``otherwise``, anonymous ``stranger``, some REFUSED."""
    allowed = {actor for group in groups for actor in group}
    assert allowed | set(refused) <= set(ACTORS), allowed
    cells = {actor: OK if actor in allowed else otherwise for actor in ACTORS}
    if "anonymous" not in allowed:
        cells["anonymous"] = stranger
    return cells | dict.fromkeys(refused, REFUSED)


MEMBERS = ACTORS[1:]
PUBLIC = may(ACTORS)
SIGNED_IN = may(MEMBERS)
RUNNERS = ("liangshan", "province", "superuser")
"""Who coordinates the host region of 凉山场."""
DESK = (*RUNNERS, "class_teacher", "clerk")
COUNTY = ("zhaojue", *RUNNERS)
"""Who looks after 昭觉."""
COORDINATORS = ("butuo", *COUNTY)
AREA = may(COUNTY, otherwise=FORBIDDEN)
"""A screen under /areas/513431/: outside one's scope it is 403 (ruling 10)."""

Given = Callable[[World], dict[str, Any]]
Typed = Callable[[World, str], dict[str, Any]]


def nothing(world: World) -> dict[str, Any]:
    return {}


def nothing_typed(world: World, actor: str) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Row:
    """One address. A method whose cells are None is not offered to anybody."""

    get: Cells | None = None
    post: Cells | None = None
    given: Given = nothing
    typed: Typed = nothing_typed
    query: str = ""
    # An address that stands for a pattern which is no path of ours.
    path: str = ""
    # What the same browser opened just before it POSTs.
    first: Callable[[World], str] | None = None
    # Whether looking leaves a trace (an attempt, a download): refused attempts are stored, too.
    get_writes: bool = False
    # Whether a POST of somebody who may changes a row; without it the row would prove little.
    post_writes: bool = True
    # A plain redirect or a view of a library that answers whatever the method: it only may not write.
    any_method: bool = False
    # Tables in which even a refused attempt may leave its trace.
    traces: frozenset[str] = field(default_factory=frozenset)


def typed(**fields: Any) -> Typed:
    """Fields of a form; what is callable is asked with the world."""

    def of(world: World, actor: str) -> dict[str, Any]:
        return {name: value(world) if callable(value) else value for name, value in fields.items()}

    return of


def area_of_zhaojue(world: World) -> dict[str, Any]:
    return {"area": "513431"}
