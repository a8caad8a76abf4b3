"""Which region a row means: full or short name within its city, former name, or code.

Rules: domain.md §0 and §h.
市中区 is told by its city. A county's people name a county; people of a city's own bureaus name the
city itself in place of a county (市本级, 州本级), and those of the province the province.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, NamedTuple

from community.models.region import short_region_name
from training.roster.columns import CITY, COUNTY
from training.roster.faults import Fault, Fix

PROVINCE, CITY_LEVEL, COUNTY_LEVEL = "province", "city", "county"

_OWN: Final = frozenset(
    {
        *("本级", "市本级", "州本级", "省本级", "市州本级", "市（州）本级", "市(州)本级"),
        *("市直", "州直", "省直", "市属", "州属", "省属", "市直属", "州直属", "省直属", "直属"),
        *("市（州）直属", "市(州)直属", "市州直属"),
    }
)


class Place(NamedTuple):
    """A region as far as a row needs it; ``parent`` is the code above it."""

    code: str
    name: str
    level: str
    parent: str


class Former(NamedTuple):
    """A name and code that ``code`` once had, below ``parent`` as it was then."""

    code: str
    old_code: str
    old_name: str
    old_parent: str


@dataclass(frozen=True)
class Placing:
    """What the two cells mean: a region's code, or faults; and what was read silently."""

    code: str = ""
    faults: tuple[Fault, ...] = ()
    notes: tuple[tuple[str, str, str, str], ...] = ()
    """Code of the note, column, what stood there, what it means."""

    may_be_own: bool = False
    """The county is empty: the unit may say that it is one of the city's own."""

    city: str = ""


def short_names(name: str) -> Iterator[str]:
    """How else people write a region's full name: 凉山, 凉山州; 木里, 木里县; 成都."""
    short = short_region_name(name)
    if short == name:
        return
    yield short
    for ending, kind in (("自治州", "州"), ("自治县", "县")):
        if name.endswith(ending):
            yield short + kind


class RegionBook:
    """Every region with every name it may be written by. ``place`` answers and remembers."""

    def __init__(self, places: Iterable[Place], former: Iterable[Former] = ()) -> None:
        self.places = {place.code: place for place in places}
        self._former_codes: dict[str, tuple[str, str]] = {}  # to the code of today, old parent
        self._former_names: set[tuple[str, str]] = set()
        self._cities: dict[str, str] = {}
        self._province_names: set[str] = set()
        # By the city's code, then by the name.
        self._counties: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._anywhere: dict[str, set[str]] = defaultdict(set)
        self._known: dict[tuple[str, str], Placing] = {}
        for place in self.places.values():
            names = [place.name, *short_names(place.name)]
            if place.level == PROVINCE:
                self._province_names.update(names)
                self._province = place
            elif place.level == CITY_LEVEL:
                self._cities.update(dict.fromkeys(names, place.code))
            else:
                self._enter(place.code, place.parent, names)
        for was in former:
            if was.code not in self.places:
                continue
            if was.old_code != was.code:
                self._former_codes[was.old_code] = (was.code, was.old_parent)
            self._former_names.add((was.old_name, was.code))
            self._enter(was.code, was.old_parent, [was.old_name])

    def _enter(self, code: str, parent: str, names: Iterable[str]) -> None:
        for name in names:
            self._counties[parent][name].add(code)
            self._anywhere[name].add(code)

    def _parent(self, code: str) -> str:
        return self.places[code].parent

    def name(self, code: str) -> str:
        """The full name of a region."""
        return self.places[code].name

    def place(self, city: str, county: str) -> Placing:
        """What the cells of 市州 and 县 mean together. Faults have no place in them yet."""
        asked = (city, county)
        if asked not in self._known:
            self._known[asked] = self._place(_plain(city), _plain(county), city, county)
        return self._known[asked]

    def _place(self, city: str, county: str, typed_city: str, typed_county: str) -> Placing:
        city = self._without_province(city)
        if city in self._province_names or city == self._province.code or city == "省本级":
            return self._of_province(county, typed_county)
        city_code = self._city_code(city)
        if city_code is None:
            return self._without_city(county, typed_city, typed_county)
        notes = []
        if typed_city != self.name(city_code):
            notes.append(("region_written_out", CITY, typed_city, self.name(city_code)))
        if not county:
            own = "州本级" if self.name(city_code).endswith("州") else "市本级"
            fault = Fault("county_missing", COUNTY, typed_county, {"own": own})
            return Placing(faults=(fault,), notes=tuple(notes), may_be_own=True, city=city_code)
        found = self._county_code(county, city_code)
        if found is None:
            return Placing(faults=(self._not_in(city_code, county, typed_county),), city=city_code)
        now = self.name(found)
        if typed_county != now:
            kind = "region_renamed" if self._is_former(county, found) else "region_written_out"
            if found != city_code:
                notes.append((kind, COUNTY, typed_county, now))
        return Placing(found, notes=tuple(notes), city=city_code)

    def _of_province(self, county: str, typed_county: str) -> Placing:
        if not county or county in _OWN or county in self._province_names:
            return Placing(self._province.code, city=self._province.code)
        return self._without_city(county, "", typed_county)

    def _city_code(self, text: str) -> str | None:
        if text in self._cities:
            return self._cities[text]
        if text in self.places and self.places[text].level == CITY_LEVEL:
            return text
        return None

    def _county_code(self, text: str, city: str) -> str | None:
        """The region that ``text`` means inside ``city``: a county, or the city itself."""
        if len(text) == 6 and text.isascii() and text.isdigit():
            code, parent = self._former_codes.get(text, (text, ""))
            if code not in self.places:
                return None
            return code if city in {code, parent or self._parent(code)} else None
        found = self._counties[city].get(text, set())
        if len(found) == 1:
            return next(iter(found))
        if text in _OWN or self._cities.get(text) == city:
            return city
        rest = self._without_city_name(self._without_province(text), city)
        return self._county_code(rest, city) if rest and rest != text else None

    def _without_province(self, text: str) -> str:
        for name in sorted(self._province_names, key=len, reverse=True):
            if text.startswith(name) and len(text) > len(name):
                return text[len(name) :]
        return text

    def _without_city_name(self, text: str, city: str) -> str:
        names = [name for name, code in self._cities.items() if code == city]
        for name in sorted(names, key=len, reverse=True):
            if text.startswith(name):
                return text[len(name) :]
        return text

    def _is_former(self, text: str, code: str) -> bool:
        """Whether this is what the region was called, or numbered, before."""
        return text != self.name(code) and (
            (text, code) in self._former_names or text in self._former_codes
        )

    def _anywhere_in(self, county: str) -> list[str]:
        if county in self.places and self.places[county].level == COUNTY_LEVEL:
            return [county]
        if county in self._former_codes:
            return [self._former_codes[county][0]]
        county = self._without_province(county)
        if county in self._anywhere:
            return sorted(self._anywhere[county])
        # A county written with its city in front.
        for name, city in self._cities.items():
            if county.startswith(name) and county != name:
                code = self._county_code(county[len(name) :], city)
                if code is not None and code != city:
                    return [code]
        return []

    def _without_city(self, county: str, typed_city: str, typed_county: str) -> Placing:
        """The city's cell is empty or unknown: perhaps the county tells."""
        places = self._anywhere_in(county) if county else []
        code = "city_unknown" if typed_city.strip() else "city_missing"
        if len(places) == 1:
            city = self.name(self._parent(places[0]))
            details = {"county": self.name(places[0]), "city": city}
            code = "city_perhaps" if typed_city.strip() else "city_is_blank"
            return Placing(faults=(Fault(code, CITY, typed_city, details, (Fix({CITY: city}),)),))
        if len(places) > 1 and not typed_city.strip():
            where = "、".join(self.name(self._parent(place)) for place in places)
            details = {"where": where}
            return Placing(faults=(Fault("county_in_many_cities", CITY, typed_county, details),))
        near = get_close_matches(typed_city, list(self._cities), 1) if typed_city.strip() else []
        fixes = (Fix({CITY: self.name(self._cities[near[0]])}),) if near else ()
        return Placing(faults=(Fault(code, CITY, typed_city, {}, fixes),))

    def _not_in(self, city: str, county: str, typed: str) -> Fault:
        """Why ``county`` is no part of ``city``, and what may be meant."""
        here = self.name(city)
        places = self._anywhere_in(county)
        if places:
            cities = list(dict.fromkeys(self._parent(place) for place in places))
            where = "、".join(self.name(parent) for parent in cities)
            fixes = (Fix({CITY: self.name(cities[0])}),) if len(cities) == 1 else ()
            return Fault("county_elsewhere", COUNTY, typed, {"where": where, "city": here}, fixes)
        near = get_close_matches(county, list(self._counties[city]), 1, 0.5)
        if not near:
            return Fault("county_unknown", COUNTY, typed, {"city": here})
        meant = self.name(min(self._counties[city][near[0]]))
        return Fault(
            "county_perhaps",
            COUNTY,
            typed,
            {"city": here, "near": meant},
            (Fix({COUNTY: meant}),),
        )


def _plain(text: str) -> str:
    return "".join(text.split())
