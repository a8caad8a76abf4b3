"""From rows to verdicts: who each row is, where she works, and what an import would do with her.

The check and the import judge by this same code, a chunk at a time; the import then writes what the
check only counts. All questions to the database go through a `World`, a fixed number a chunk.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from community.identity import birth_date
from community.vault import blind_index
from training.roster.columns import COUNTY, UNIT
from training.roster.corrections import Corrections
from training.roster.duplicates import (
    REPEATED,
    Covers,
    FileRegister,
    Known,
    Match,
    People,
    Suspect,
    match_by_key,
    suspects_by_name,
)
from training.roster.faults import Fault
from training.roster.institutions import Unit, UnitBook
from training.roster.reading import Reader, Reading
from training.roster.sheet import RawRow

GOOD, FAULTY, SUSPECT, SKIPPED = "good", "faulty", "suspect", "skipped"
NEW, ENROLLED, MOVED, UPDATED, SAME = "new", "enrolled", "moved", "updated", "same"


class World(Protocol):
    """What is known outside the file."""

    def people(
        self, identities: Mapping[str, Collection[str]], phones: Collection[str]
    ) -> Iterable[Known]: ...

    def namesakes(self, names: Collection[str], regions: Collection[str]) -> Iterable[Known]: ...

    def births(self, people: Collection[Known]) -> dict[int, date | None]: ...


@dataclass(slots=True)
class Verdict:
    """What becomes of one row. ``effect`` is said of good rows only."""

    row: Reading
    raw: RawRow
    state: str = GOOD
    faults: list[Fault] = field(default_factory=list)
    suspects: tuple[Suspect, ...] = ()
    person: Known | None = None
    unit: Unit | None = None
    new_unit: dict[str, Any] | None = None
    id_index: str = ""
    phone_index: str = ""
    effect: str = ""

    @property
    def moves(self) -> bool:
        """Whether the person leaves another school for this one."""
        return (
            self.person is not None
            and bool(self.person.institution)
            and (self.unit is None or self.unit.pk != self.person.institution)
        )


class Judge:
    """Judges a file from its first row to its last; one judge a walk."""

    def __init__(
        self, *, reader: Reader, units: UnitBook, world: World, corrections: Corrections
    ) -> None:
        self.reader = reader
        self.units = units
        self.world = world
        self.corrections = corrections
        self._register = FileRegister()

    def judge(self, chunk: Iterable[RawRow]) -> list[Verdict]:
        """The verdicts on ``chunk``, in its order."""
        verdicts = [self._read(raw) for raw in chunk]
        told = [verdict for verdict in verdicts if verdict.state != SKIPPED]
        self.units.fetch(
            {verdict.row.region for verdict in told}
            | {verdict.row.city for verdict in told if verdict.row.may_be_own}
        )
        open_rows = []
        for verdict in told:
            self._place(verdict)
            self._compare_with_file(verdict)
            if verdict.state == GOOD:
                open_rows.append(verdict)
        self._recognise(open_rows)
        return verdicts

    def _read(self, raw: RawRow) -> Verdict:
        raw = self.corrections.apply(raw)
        if self.corrections.about(raw.number).get("skip"):
            return Verdict(Reading(raw.number), raw, SKIPPED)
        row = self.reader.read(raw)
        return Verdict(row, raw, faults=row.faults)

    def _place(self, verdict: Verdict) -> None:
        """Find the unit; an empty county is the city itself where the unit is one of its own."""
        row = verdict.row
        if row.may_be_own and self.units.has_exactly(row.city, row.unit):
            verdict.faults[:] = [f for f in verdict.faults if f.code != "county_missing"]
            if self.reader.covers(row.city):
                row.region = row.city
                name = self.reader.regions.name(row.city)
                row.notes.append(("county_is_own", COUNTY, "", name))
            else:
                verdict.faults.append(self.reader.out_of_scope(row.city, ""))
        if not (row.region and row.unit):
            return
        found = self.units.find(row.region, row.unit)
        verdict.unit = found.unit
        if found.unit is not None:
            if found.is_guess:
                row.notes.append(("unit_written_out", UNIT, row.unit, found.unit.name))
            return
        new = self.corrections.about(row.number).get("new_unit")
        if new and found.fault and found.fault.code in {"unit_unknown", "unit_perhaps"}:
            verdict.new_unit = new
        elif found.fault:
            verdict.faults.append(found.fault)

    def _compare_with_file(self, verdict: Verdict) -> None:
        row, decision = verdict.row, self.corrections.about(verdict.row.number)
        if row.name and not row.has_fault_in("name"):
            found = self._register.enter(row, decision)
            if isinstance(found, Fault):
                verdict.faults.append(found)
            elif found is not None:
                verdict.suspects = (found,)
        if verdict.faults:
            verdict.state, verdict.suspects = FAULTY, ()
        elif any(suspect.why == REPEATED for suspect in verdict.suspects):
            decided = self._decided(verdict)
            verdict.state = SUSPECT if decided is None else SKIPPED

    def _decided(self, verdict: Verdict) -> str | None:
        """Whom a person said that this is (empty: nobody of those), None if she has not said."""
        decision = self.corrections.about(verdict.row.number).get("person")
        if not decision:
            return None
        asked = set(decision.get("asked", ()))
        if not {suspect.other for suspect in verdict.suspects} <= asked:
            return None
        return str(decision.get("same_as", ""))

    def _recognise(self, verdicts: list[Verdict]) -> None:
        """Find out who the rows are, with one question for keys and one for names."""
        identities: dict[str, set[str]] = {}
        for verdict in verdicts:
            row = verdict.row
            verdict.phone_index = blind_index(row.phone, purpose="phone")
            if row.id_number:
                identity = f"{row.id_kind}:{row.id_number}"
                verdict.id_index = blind_index(identity, purpose="identity")
                identities.setdefault(row.id_kind, set()).add(verdict.id_index)
        phones = {verdict.phone_index for verdict in verdicts}
        people = People(self.world.people(identities, phones))
        strangers = []
        for verdict in verdicts:
            match = match_by_key(
                verdict.row,
                id_index=verdict.id_index,
                phone_index=verdict.phone_index,
                people=people,
                covers=self.reader.covers,
            )
            if match == Match() and verdict.row.region:
                strangers.append(verdict)
            elif match.person is not None:
                verdict.suspects = ()
            self._settle(verdict, match, people)
        self._look_for_namesakes(strangers, people)
        for verdict in verdicts:
            if verdict.state == GOOD:
                self._weigh(verdict)

    def _look_for_namesakes(self, strangers: list[Verdict], people: People) -> None:
        if not strangers:
            return
        people.enter_namesakes(
            self.world.namesakes(
                {verdict.row.name for verdict in strangers},
                {verdict.row.region for verdict in strangers},
            )
        )
        if not people.by_name:
            return
        alike = [v for v in strangers if (v.row.name, v.row.region) in people.by_name]
        with_number = {
            person.pk: person
            for verdict in alike
            if verdict.row.id_number
            for person in people.by_name[verdict.row.name, verdict.row.region]
            if person.id_index and person.id_kind == verdict.row.id_kind
        }
        births = self.world.births(list(with_number.values())) if with_number else {}
        for verdict in alike:
            row = verdict.row
            suspects = suspects_by_name(
                row,
                unit=verdict.unit.pk if verdict.unit else None,
                people=people,
                births=births,
                born=birth_date(row.id_kind, row.id_number),
                covers=self.reader.covers,
            )
            self._settle(verdict, Match(suspects=suspects), people)

    def _settle(self, verdict: Verdict, match: Match, people: People) -> None:
        """Take a match over, with what was decided where it is not certain."""
        if match.fault is not None:
            verdict.faults.append(match.fault)
            verdict.state, verdict.suspects = FAULTY, ()
            return
        verdict.person = match.person
        others = {suspect.other for suspect in verdict.suspects}
        verdict.suspects += tuple(s for s in match.suspects if s.other not in others)
        if not verdict.suspects:
            return
        decided = self._decided(verdict)
        if decided is None:
            verdict.state = SUSPECT
            return
        verdict.state = GOOD
        if decided.startswith("r"):
            verdict.state = SKIPPED
        elif decided.startswith("m"):
            chosen = next((s for s in verdict.suspects if s.other == decided), None)
            if chosen is None or chosen.is_hidden:
                verdict.state = SUSPECT
                return
            pool = [
                *(person for group in people.by_phone.values() for person in group),
                *(person for group in people.by_name.values() for person in group),
            ]
            verdict.person = next(person for person in pool if f"m{person.pk}" == decided)

    def _weigh(self, verdict: Verdict) -> None:
        """What the import would do with a good row."""
        row, person = verdict.row, verdict.person
        if person is None:
            verdict.effect = NEW
            return
        if person.enrolment and not self.reader.covers(person.enrolled_county):
            fault = Fault("enrolled_elsewhere", "name", row.name, {"name": row.name})
            verdict.faults.append(fault)
            verdict.state = FAULTY
        elif verdict.moves:
            verdict.effect = MOVED
        elif not person.enrolment:
            verdict.effect = ENROLLED
        else:
            verdict.effect = UPDATED if self._differs(verdict, person) else SAME

    def _differs(self, verdict: Verdict, person: Known) -> bool:
        """Whether the file says something of her that is new; an empty cell says nothing."""
        row = verdict.row
        return (
            (bool(row.seat) and row.seat != person.seat)
            or (bool(row.group) and row.group != person.group)
            or (bool(row.post) and {row.post} != {person.post, person.enrolled_post})
            or {row.trainee_type} != {person.trainee_type, person.enrolled_type}
            or not person.institution
            or not person.is_active
            or takes_identity(verdict, person)
            or takes_phone(verdict, person, covers=self.reader.covers)
        )


def takes_identity(verdict: Verdict, person: Known) -> bool:
    """Whether the row brings the number that a known person lacked."""
    return bool(verdict.id_index) and not person.id_index


def takes_phone(verdict: Verdict, person: Known, *, covers: Covers) -> bool:
    """Whether the row's telephone replaces the one we have.

    Never one that she proved to hold, nor that of an account in use, nor that of another region's
    person: with a telephone goes the log-in.
    """
    return (
        verdict.phone_index != person.phone_index
        and not person.is_phone_proved
        and not person.is_activated
        and covers(person.region)
    )
