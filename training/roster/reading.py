"""One row: from cells to a person's particulars, with what is wrong and what was read silently.

What has one reading is normalised and noted; the rest is a fault (ruling 24). Nothing here knows
other rows or the database, except the regions.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from community.identity import IdKind, id_fault, normalise_id
from community.names import name_fault, normalise_name
from community.phones import normalise_phone, phone_fault
from training.roster.columns import (
    CITY,
    COUNTY,
    GROUP,
    ID_KIND,
    ID_KINDS,
    ID_NUMBER,
    INDEX,
    KEYS,
    LONGEST,
    NAME,
    PHONE,
    POST,
    SEAT,
    TRAINEE_TYPE,
    TRAINEE_TYPES,
    UNIT,
    trainee_type_of_post,
)
from training.roster.faults import Fault, Fix
from training.roster.regions import Placing, RegionBook
from training.roster.sheet import RawRow

Note = tuple[str, str, str, str]
"""A silent reading: its code, the column, what stood there, what it was read as."""

_SAFE_DIGITS: Final = 15
_SPACES: Final = re.compile(r"\s+")
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_UNFIT: Final = frozenset({"Cc", "Cs", "Co", "Cn"})
_PLAIN: Final = re.compile(r"[\u4e00-\u9fff0-9A-Za-z（）()·\-]*")


@dataclass(slots=True)
class Reading:
    """What a row says. ``region`` and ``id_kind`` are codes; an empty text is what is not there."""

    number: int
    name: str = ""
    id_kind: str = ""
    id_number: str = ""
    phone: str = ""
    region: str = ""
    city: str = ""
    unit: str = ""
    post: str = ""
    trainee_type: str = ""
    seat: str = ""
    group: str = ""
    may_be_own: bool = False
    faults: list[Fault] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def has_fault_in(self, column: str) -> bool:
        """Whether that column is already known to be wrong."""
        return bool(self.faults) and any(fault.column == column for fault in self.faults)


def clean(text: str) -> str:
    """A free text without invisible characters and with single spaces."""
    if _PLAIN.fullmatch(text):
        return text
    return _SPACES.sub(" ", _INVISIBLE.sub("", text)).strip()


class Reader:
    """Reads the rows of a file that may bring people of ``scope`` (a region's code), ``today``."""

    def __init__(self, *, regions: RegionBook, scope: str, today: date) -> None:
        self.regions = regions
        self.scope = scope
        self.today = today
        place = regions.places[scope]
        self._prefix = {"province": scope[:2], "city": scope[:4]}.get(place.level, scope)

    def read(self, raw: RawRow) -> Reading:
        """The row's particulars, faults and notes."""
        row = Reading(raw.number)
        cells = raw.cells
        filled = [at for at, cell in enumerate(cells) if cell.strip()]
        if len(filled) == 1 and len(cells) > 1:
            text = clean(cells[filled[0]])
            row.name = text if filled[0] == INDEX[NAME] else ""
            row.faults.append(Fault("stray_row", KEYS[filled[0]], text))
            return row
        if raw.odd:
            self._look_at_odd(row, raw)
        self._read_name(row, cells[INDEX[NAME]])
        self._read_identity(row, raw)
        self._read_phone(row, cells[INDEX[PHONE]])
        self._read_place(row, cells[INDEX[CITY]], cells[INDEX[COUNTY]])
        row.unit = self._free(row, UNIT, cells)
        if not row.unit and not row.has_fault_in(UNIT):
            row.faults.append(Fault("unit_missing", UNIT, ""))
        row.post = self._free(row, POST, cells)
        row.seat = self._free(row, SEAT, cells)
        row.group = self._free(row, GROUP, cells)
        self._read_trainee_type(row, cells[INDEX[TRAINEE_TYPE]])
        return row

    def _look_at_odd(self, row: Reading, raw: RawRow) -> None:
        for at, kind in raw.odd.items():
            key = KEYS[at]
            if kind == "date":
                row.faults.append(Fault("cell_is_date", key, raw.cells[at]))
            elif kind == "merged" and key not in {ID_KIND, ID_NUMBER, POST, SEAT, GROUP}:
                row.faults.append(Fault("cell_is_merged", key, ""))
            elif kind == "filled":
                row.notes.append(("merged_filled", key, "", raw.cells[at]))

    def _read_name(self, row: Reading, text: str) -> None:
        row.name = normalise_name(text)
        if row.has_fault_in(NAME):
            return
        if not row.name:
            row.faults.append(Fault("name_missing", NAME, text.strip()))
        elif words := name_fault(row.name):
            row.faults.append(Fault("name_wrong", NAME, text.strip(), {"words": words}))
        elif row.name != text.strip():
            row.notes.append(("name_written", NAME, text, row.name))

    def _read_identity(self, row: Reading, raw: RawRow) -> None:
        kind_text, text = raw.cells[INDEX[ID_KIND]].strip(), raw.cells[INDEX[ID_NUMBER]].strip()
        if not text or row.has_fault_in(ID_NUMBER) or row.has_fault_in(ID_KIND):
            return
        kind = ID_KINDS.get("".join(kind_text.split())) if kind_text else IdKind.RESIDENT
        if kind is None:
            row.faults.append(Fault("id_kind_unknown", ID_KIND, kind_text))
            return
        number = normalise_id(kind, text)
        if raw.odd.get(INDEX[ID_NUMBER]) == "number" and len(number) > _SAFE_DIGITS:
            row.faults.append(Fault("id_digits_lost", ID_NUMBER, text))
            return
        if words := id_fault(kind, number, self.today):
            row.faults.append(Fault("id_wrong", ID_NUMBER, text, {"words": words}))
            return
        row.id_kind, row.id_number = str(kind), number
        if not kind_text:
            row.notes.append(("id_kind_resident", ID_KIND, "", _KIND_LABELS[row.id_kind]))
        elif kind_text != _KIND_LABELS[row.id_kind]:
            row.notes.append(("id_kind_written", ID_KIND, kind_text, _KIND_LABELS[row.id_kind]))
        if number != text:
            row.notes.append(("id_written", ID_NUMBER, text, number))

    def _read_phone(self, row: Reading, text: str) -> None:
        if row.has_fault_in(PHONE):
            return
        phone, text = normalise_phone(text), text.strip()
        if not phone:
            row.faults.append(Fault("phone_missing", PHONE, text))
        elif words := phone_fault(phone):
            row.faults.append(Fault("phone_wrong", PHONE, text, {"words": words}))
        else:
            row.phone = phone
            if phone != text:
                row.notes.append(("phone_written", PHONE, text, phone))

    def _read_place(self, row: Reading, city: str, county: str) -> None:
        if row.has_fault_in(CITY) or row.has_fault_in(COUNTY):
            return
        found: Placing = self.regions.place(city, county)
        row.city = found.city
        row.notes.extend(found.notes)
        row.may_be_own = found.may_be_own
        if found.faults:
            row.faults.extend(found.faults)
        elif not self.covers(found.code):
            row.faults.append(self.out_of_scope(found.code, county.strip() or city.strip()))
        else:
            row.region = found.code

    def covers(self, code: str) -> bool:
        """Whether a region lies where this file may bring people from."""
        return code.startswith(self._prefix)

    def out_of_scope(self, code: str, typed: str) -> Fault:
        """The fault of a row from elsewhere (ruling 6)."""
        place = self.regions.name(code)
        parent = self.regions.places[code].parent
        if self.regions.places[code].level == "county" and not self.covers(parent):
            place = f"{self.regions.name(parent)}{place}"
        own = self.regions.name(self.scope)
        return Fault("out_of_scope", COUNTY, typed, {"place": place, "own": own})

    def _free(self, row: Reading, key: str, cells: list[str]) -> str:
        text = clean(cells[INDEX[key]])
        if not text or row.has_fault_in(key):
            return ""
        if not _PLAIN.fullmatch(text) and any(unicodedata.category(c) in _UNFIT for c in text):
            row.faults.append(Fault("bad_character", key, text))
            return ""
        limit = LONGEST[key]
        if len(text) > limit:
            details = {"count": len(text), "limit": limit}
            row.faults.append(Fault("too_long", key, text, details))
            return ""
        return text

    def _read_trainee_type(self, row: Reading, text: str) -> None:
        if row.has_fault_in(TRAINEE_TYPE):
            return
        plain = "".join(text.split())
        found = TRAINEE_TYPES.get(plain)
        if found is None:
            meant = trainee_type_of_post(row.post)
            label = _LABELS.get(meant or "")
            fixes = (Fix({TRAINEE_TYPE: label}),) if label else ()
            code = "trainee_type_unknown" if plain else "trainee_type_missing"
            row.faults.append(Fault(code, TRAINEE_TYPE, text.strip(), {}, fixes))
            return
        row.trainee_type = str(found)
        if plain != _LABELS[row.trainee_type]:
            row.notes.append(("type_written", TRAINEE_TYPE, text, _LABELS[row.trainee_type]))


_LABELS: Final = {str(value): label for label, value in reversed(list(TRAINEE_TYPES.items()))}
"""The first, official, label of each kind of trainee."""

_KIND_LABELS: Final = {str(value): label for label, value in reversed(list(ID_KINDS.items()))}
