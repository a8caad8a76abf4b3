"""Which institution of a region a row means, and what a new one would be."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Final, NamedTuple

from community.models import Institution
from training.roster.columns import UNIT
from training.roster.faults import Fault, Fix
from training.roster.regions import RegionBook, short_names

_SUGGESTED: Final = 3
_LEAST: Final = 3
"""Characters that a name must keep without its region's name in front, to be read without it."""

_COMPARED: Final = 300
"""So many unknown names of a file are compared with all of their region; more get no proposal."""

_HALF_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_BRACKETS: Final = str.maketrans("[]{}【】〔〕", "()()()()")
_NOISE: Final = re.compile(r"[\s\u200b-\u200f\u2060\ufeff·•・]+")


class Unit(NamedTuple):
    """An institution as far as a row needs it."""

    pk: int
    name: str
    region: str
    identifier: str | None = None
    is_open: bool = True


class Found(NamedTuple):
    """The institution that a cell means, or why none is; a guess is not written quite so."""

    unit: Unit | None
    fault: Fault | None = None
    is_guess: bool = False


def unit_key(name: str) -> str:
    """What spellings of one institution have in common: width of brackets and letters, no space."""
    return _NOISE.sub("", name.translate(_HALF_WIDTH).translate(_BRACKETS)).casefold()


class UnitBook:
    """Institutions by region, brought by ``load`` when a region is first asked for."""

    def __init__(self, load: Callable[[Iterable[str]], Iterable[Unit]], regions: RegionBook):
        self._load = load
        self._regions = regions
        self._by_key: dict[str, dict[str, Unit]] = {}
        self._by_rest: dict[str, dict[str, list[Unit]]] = {}
        self._by_identifier: dict[str, Unit] = {}
        self._found: dict[tuple[str, str], Found] = {}
        self._compared = 0

    def fetch(self, regions: Iterable[str]) -> None:
        """Load the regions among these that are not here yet, in one question."""
        wanted = sorted({region for region in regions if region and region not in self._by_key})
        if not wanted:
            return
        for region in wanted:
            self._by_key[region] = {}
            self._by_rest[region] = defaultdict(list)
        for unit in self._load(wanted):
            self.add(unit)

    def add(self, unit: Unit) -> None:
        """Enter one institution; what was asked of its region is asked anew."""
        self._by_key[unit.region][unit_key(unit.name)] = unit
        self._by_rest[unit.region][self._rest(unit.name, unit.region)].append(unit)
        if unit.identifier:
            self._by_identifier[unit.identifier] = unit
        if self._found:
            self._found = {
                asked: found for asked, found in self._found.items() if asked[0] != unit.region
            }

    def find(self, region: str, text: str) -> Found:
        """The institution of ``region`` that ``text`` means. `fetch` the region first."""
        asked = (region, text)
        if asked not in self._found:
            self._found[asked] = self._find(region, text)
        return self._found[asked]

    def has_exactly(self, region: str, text: str) -> bool:
        """Whether ``region`` has an institution of this very name."""
        return unit_key(text) in self._by_key.get(region, {})

    def _find(self, region: str, text: str) -> Found:
        key = unit_key(text)
        unit = self._by_key[region].get(key)
        if unit is None and len(key) == 10 and key.isascii():
            unit = self._by_identifier.get(key)
            unit = unit if unit and unit.region == region else None
        if unit is None:
            rest = self._rest(text, region)
            like = self._by_rest[region].get(rest, []) if len(rest) >= _LEAST else []
            if len(like) > 1:
                fixes = tuple(Fix({UNIT: each.name}) for each in like[:_SUGGESTED])
                return Found(None, self._fault("unit_in_many_ways", region, text, fixes))
            unit = like[0] if like else None
        if unit is None:
            return Found(None, self._unknown(region, text))
        if not unit.is_open:
            return Found(None, self._fault("unit_closed", region, text, ()))
        return Found(unit, is_guess=unit.name != text)

    def _unknown(self, region: str, text: str) -> Fault:
        near: list[str] = []
        if self._compared < _COMPARED:
            self._compared += 1
            rests = self._by_rest[region]
            close = get_close_matches(self._rest(text, region), list(rests), _SUGGESTED, 0.6)
            near = [unit.name for rest in close for unit in rests[rest] if unit.is_open]
        fixes = tuple(Fix({UNIT: name}) for name in near[:_SUGGESTED])
        kind, stage = kind_of(text)
        new = Fix(decision={"new_unit": {"kind": kind, "stage": stage}})
        if not near:
            return self._fault("unit_unknown", region, text, (new,))
        return self._fault("unit_perhaps", region, text, (*fixes, new), near=near[0])

    def _fault(
        self, code: str, region: str, text: str, fixes: tuple[Fix, ...], **details: str
    ) -> Fault:
        place = self._regions.name(region)
        return Fault(code, UNIT, text, {"place": place, **details}, fixes)

    def _rest(self, name: str, region: str) -> str:
        """The name without the names of its county and city in front."""
        key = unit_key(name)
        for code in self._lineage(region):
            full = self._regions.name(code)
            for before in (full, *sorted(short_names(full), key=len, reverse=True)):
                if key.startswith(before) and len(key) - len(before) >= _LEAST:
                    key = key[len(before) :]
                    break
        return key

    def _lineage(self, region: str) -> list[str]:
        """The codes around ``region`` from the province down, as addresses are written."""
        line = [region]
        while parent := self._regions.places[line[0]].parent:
            line.insert(0, parent)
        return line


_KINDS: Final = (
    (("教学点",), Institution.Kind.TEACHING_POINT),
    (("大学", "学院", "高等专科"), Institution.Kind.UNIVERSITY),
    (("电教", "教研", "教科", "教师进修", "教师发展", "装备"), Institution.Kind.RESEARCH),
    (("局", "教育厅", "委员会", "教育组"), Institution.Kind.ADMINISTRATION),
    (("乡", "镇", "村"), Institution.Kind.RURAL_SCHOOL),
)
_STAGES: Final = (
    (("幼儿园", "幼教"), Institution.Stage.PRESCHOOL),
    (("九年", "一贯"), Institution.Stage.NINE_YEAR),
    (("特殊教育", "特教"), Institution.Stage.SPECIAL),
    (("职业", "职教", "中专", "技工"), Institution.Stage.VOCATIONAL),
    (("小学", "中心校", "完小", "教学点"), Institution.Stage.PRIMARY),
    (("初级中学", "初中"), Institution.Stage.JUNIOR),
    (("高级中学", "高中", "中学"), Institution.Stage.SENIOR),
    (("大学", "学院"), Institution.Stage.HIGHER),
)


def kind_of(name: str) -> tuple[str, str]:
    """What kind and stage a new institution's name says; a proposal that a person confirms."""
    kind = next(
        (kind for parts, kind in _KINDS if any(part in name for part in parts)),
        Institution.Kind.URBAN_SCHOOL,
    )
    if kind in {Institution.Kind.RESEARCH, Institution.Kind.ADMINISTRATION}:
        return kind, Institution.Stage.NONE
    stage = next(
        (stage for parts, stage in _STAGES if any(part in name for part in parts)),
        Institution.Stage.NONE,
    )
    return kind, stage
