"""Whether two rows, or a row and somebody we know, are one person (ruling 24, domain.md §h).

The key is the identity number, else telephone and name. Whoever only looks alike is a suspect:
listed, judged beforehand, and decided by a person; nothing is merged by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from community.phones import mask_phone
from training.roster.columns import ID_NUMBER, NAME, PHONE
from training.roster.faults import Fault, Fix
from training.roster.reading import Reading

Covers = Callable[[str], bool]
"""Whether the region with a code is one that the file may bring people from."""

# Why somebody is a suspect; the words are in `wording.py`.
REPEATED: Final = "repeated"
SAME_NAME_AND_UNIT_IN_FILE: Final = "same_name_and_unit_in_file"
PHONE_OF_OTHER: Final = "phone_of_other"
SEVERAL_HOLD_BOTH: Final = "several_hold_both"
OTHER_PAPER: Final = "other_paper"
SAME_NAME_AND_UNIT: Final = "same_name_and_unit"
SAME_NAME_AND_BIRTH: Final = "same_name_and_birth"
SAME_NAME: Final = "same_name"


class Known(NamedTuple):
    """Somebody in the database, as far as a row needs her; empty is what is not there."""

    pk: int
    name: str
    id_kind: str
    id_index: str
    phone_index: str
    phone_masked: str
    is_phone_proved: bool
    is_activated: bool
    is_active: bool
    trainee_type: str
    affiliation: int
    post: str
    institution: int
    institution_name: str
    region: str
    enrolment: int
    enrolled_institution: int
    enrolled_county: str
    enrolled_post: str
    enrolled_type: str
    seat: str
    group: str
    has_marks: bool


class Suspect(NamedTuple):
    """Somebody who may be the person of a row: ``other`` is ``r12``, a row, or ``m34``, a member.

    ``is_same`` is what we judge beforehand, ``label`` describes her. ``is_hidden``: she is none of
    the viewer's people, so nothing of her is told and the row cannot be made one with her.
    """

    other: str
    why: str
    is_same: bool
    is_hidden: bool = False
    label: str = ""


@dataclass(slots=True)
class _Earlier:
    number: int
    name: str
    identity: str
    unit: str
    phone: str

    def suspect(self, why: str, *, is_same: bool) -> Suspect:
        label = described(self.name, self.unit, mask_phone(self.phone))
        return Suspect(f"r{self.number}", why, is_same, label=label)


def described(*particulars: str) -> str:
    """A person in one line: 何文渊，昭觉县谷曲镇中心小学校，138****6021."""
    return "，".join(filter(None, particulars))


def suspect_of(person: Known, why: str, *, is_same: bool, covers: Covers) -> Suspect:
    """``person`` as a suspect; of somebody elsewhere nothing is told."""
    if not covers(person.region):
        return Suspect(f"m{person.pk}", why, False, is_hidden=True)
    label = described(person.name, person.institution_name, person.phone_masked)
    return Suspect(f"m{person.pk}", why, is_same, label=label)


class FileRegister:
    """Who stood in earlier rows of the same file; the later row is the one that is told."""

    def __init__(self) -> None:
        self._by_identity: dict[str, _Earlier] = {}
        self._by_phone: dict[str, list[_Earlier]] = {}
        self._by_name_and_unit: dict[tuple[str, str, str], _Earlier] = {}

    def enter(self, row: Reading, decision: dict[str, Any]) -> Fault | Suspect | None:
        """Note ``row``, and say whether an earlier one has its number, telephone or name."""
        identity = f"{row.id_kind}:{row.id_number}" if row.id_number else ""
        me = _Earlier(row.number, row.name, identity, row.unit, row.phone)
        found = self._compare(row, me, decision)
        is_repeat = isinstance(found, Suspect) and found.why == REPEATED
        if not is_repeat:
            if identity:
                self._by_identity.setdefault(identity, me)
            if row.phone:
                self._by_phone.setdefault(row.phone, []).append(me)
            if row.name and row.unit:
                self._by_name_and_unit.setdefault((row.name, row.region, row.unit), me)
        return found

    def _compare(
        self, row: Reading, me: _Earlier, decision: dict[str, Any]
    ) -> Fault | Suspect | None:
        earlier = self._by_identity.get(me.identity) if me.identity else None
        if earlier is not None:
            if earlier.name == row.name:
                return earlier.suspect(REPEATED, is_same=True)
            details = {"row": earlier.number, "name": earlier.name}
            return Fault("id_twice", ID_NUMBER, row.id_number, details)
        holders = self._by_phone.get(row.phone, []) if row.phone else []
        for earlier in holders:
            if earlier.name == row.name:
                if me.identity and earlier.identity:
                    details = {"row": earlier.number}
                    return Fault("phone_and_name_twice", ID_NUMBER, row.id_number, details)
                return earlier.suspect(REPEATED, is_same=True)
        if holders and not decision.get("keep_phone"):
            details = {"row": holders[0].number, "name": holders[0].name}
            fix = Fix(decision={"keep_phone": True})
            return Fault("phone_twice", PHONE, row.phone, details, (fix,))
        earlier = self._by_name_and_unit.get((row.name, row.region, row.unit))
        if earlier is not None and not (me.identity and earlier.identity):
            return earlier.suspect(SAME_NAME_AND_UNIT_IN_FILE, is_same=False)
        return None


class People:
    """The people a chunk of rows may mean, by number, by telephone, and by name within a region."""

    def __init__(self, known: Iterable[Known], namesakes: Iterable[Known] = ()) -> None:
        self.by_identity: dict[tuple[str, str], Known] = {}
        self.by_phone: dict[str, list[Known]] = {}
        self.by_name: dict[tuple[str, str], list[Known]] = {}
        for person in known:
            if person.id_index:
                self.by_identity[person.id_kind, person.id_index] = person
            if person.phone_index:
                self.by_phone.setdefault(person.phone_index, []).append(person)
        self.enter_namesakes(namesakes)

    def enter_namesakes(self, people: Iterable[Known]) -> None:
        """People of the same names; only those nobody found by a key are looked for among them."""
        for person in people:
            self.by_name.setdefault((person.name, person.region), []).append(person)


class Match(NamedTuple):
    """Who a row is: somebody known, a suspect, a fault, or (all empty) nobody yet."""

    person: Known | None = None
    fault: Fault | None = None
    suspects: tuple[Suspect, ...] = ()


def match_by_key(
    row: Reading, *, id_index: str, phone_index: str, people: People, covers: Covers
) -> Match:
    """Find the person of ``row`` by its key: the number, else telephone and name.

    ``covers(region_code)`` says whether a person's present region is the file's own; of others
    nothing is told but that they exist.
    """
    if id_index:
        person = people.by_identity.get((row.id_kind, id_index))
        if person is not None:
            if person.name == row.name:
                return Match(person)
            if covers(person.region):
                details = {"known": person.name}
                return Match(fault=Fault("id_other_name", NAME, row.name, details))
            return Match(fault=Fault("id_other_name_elsewhere", NAME, row.name))
    holders = people.by_phone.get(phone_index, [])
    same_name = [person for person in holders if person.name == row.name]
    if same_name:
        return _match_among(row, id_index, same_name, covers)
    if holders:
        suspects = tuple(
            suspect_of(person, PHONE_OF_OTHER, is_same=False, covers=covers) for person in holders
        )
        return Match(suspects=suspects)
    return Match()


def _match_among(row: Reading, id_index: str, same: list[Known], covers: Covers) -> Match:
    """Of people with the row's telephone and name, the one that its number does not contradict."""
    if not id_index:
        if len(same) == 1:
            return Match(same[0])
        return Match(
            suspects=tuple(
                suspect_of(person, SEVERAL_HOLD_BOTH, is_same=at == 0, covers=covers)
                for at, person in enumerate(same)
            )
        )
    without = [person for person in same if not person.id_index]
    if without:
        return Match(without[0])
    if all(person.id_kind == row.id_kind for person in same):
        return Match(fault=Fault("id_differs", ID_NUMBER, row.id_number))
    return Match(
        suspects=tuple(
            suspect_of(person, OTHER_PAPER, is_same=True, covers=covers)
            for person in same
            if person.id_kind != row.id_kind
        )
    )


def suspects_by_name(
    row: Reading,
    *,
    unit: int | None,
    people: People,
    births: dict[int, date | None],
    born: date | None,
    covers: Covers,
) -> tuple[Suspect, ...]:
    """People of the same name in the same county whom the number does not tell apart.

    ``births`` are dates of birth of namesakes whose number has one, ``born`` the row's own.
    """
    found = []
    for person in people.by_name.get((row.name, row.region), []):
        if row.id_number and person.id_index and row.id_kind == person.id_kind:
            # Two numbers are two people, unless one of them was mistyped into another valid one.
            if born is not None and births.get(person.pk) == born:
                why = SAME_NAME_AND_BIRTH
                found.append(suspect_of(person, why, is_same=False, covers=covers))
            continue
        is_here = unit is not None and person.institution == unit
        why = SAME_NAME_AND_UNIT if is_here else SAME_NAME
        found.append(suspect_of(person, why, is_same=is_here, covers=covers))
    return tuple(found)
