"""What the check of a file found, in the order of its rows: kept sealed beside the file, for its page.

Figures count everything; lists end at `SHOWN`, and the file with reasons has the rest.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from training.roster.duplicates import Covers, Suspect
from training.roster.faults import Fault, from_json, to_json
from training.roster.judging import FAULTY, GOOD, MOVED, SKIPPED, SUSPECT, Verdict

SHOWN: Final = 1_000
_SAMPLES: Final = 4
_ROWS: Final = 12


class Problem(NamedTuple):
    """A row that is not imported as it stands: its cells now, and why."""

    number: int
    cells: list[str]
    faults: list[Fault]


class Doubt(NamedTuple):
    """A row that may be somebody we know, or somebody of an earlier row."""

    number: int
    cells: list[str]
    suspects: list[Suspect]


class Move(NamedTuple):
    """Somebody known who comes from another school; ``origin`` is empty if that is elsewhere."""

    number: int
    name: str
    origin: str
    unit: str


class Removal(NamedTuple):
    """Somebody on the roster whom the file does not name; with marks she stays."""

    enrolment: int
    name: str
    unit: str
    has_marks: bool


@dataclass
class Noted:
    """One kind of silent reading: how often, where, and examples."""

    count: int = 0
    rows: list[int] = field(default_factory=list)
    samples: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Findings:
    """Everything the page of a batch shows."""

    row_count: int = 0
    states: Counter[str] = field(default_factory=Counter)
    effects: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    removals: list[Removal] = field(default_factory=list)
    removal_count: int = 0
    kept_count: int = 0
    notes: dict[str, Noted] = field(default_factory=dict)

    @property
    def good_count(self) -> int:
        return self.states[GOOD]

    @property
    def fault_count(self) -> int:
        return self.states[FAULTY]

    @property
    def doubt_count(self) -> int:
        return self.states[SUSPECT]

    @property
    def skipped_count(self) -> int:
        return self.states[SKIPPED]

    @property
    def move_count(self) -> int:
        return self.effects[MOVED]

    def add(self, verdicts: Iterable[Verdict], covers: Covers) -> None:
        """Count and list ``verdicts``."""
        for verdict in verdicts:
            self.row_count += 1
            self.states[verdict.state] += 1
            if verdict.state == FAULTY:
                self.codes.update(fault.code for fault in verdict.faults)
                if len(self.problems) < SHOWN:
                    self.problems.append(
                        Problem(verdict.raw.number, verdict.raw.cells, verdict.faults)
                    )
            elif verdict.state == SUSPECT and len(self.doubts) < SHOWN:
                self.doubts.append(
                    Doubt(verdict.raw.number, verdict.raw.cells, list(verdict.suspects))
                )
            elif verdict.state == GOOD:
                self._add_good(verdict, covers)
            if verdict.row.notes and verdict.state != SKIPPED:
                self._note(verdict)

    def _add_good(self, verdict: Verdict, covers: Covers) -> None:
        self.effects[verdict.effect] += 1
        person = verdict.person
        if verdict.effect == MOVED and person is not None and len(self.moves) < SHOWN:
            origin = person.institution_name if covers(person.region) else ""
            unit = verdict.unit.name if verdict.unit else verdict.row.unit
            self.moves.append(Move(verdict.raw.number, person.name, origin, unit))

    def _note(self, verdict: Verdict) -> None:
        for code, _column, before, after in verdict.row.notes:
            noted = self.notes.get(code)
            if noted is None:
                noted = self.notes[code] = Noted()
            noted.count += 1
            if len(noted.rows) < _ROWS:
                noted.rows.append(verdict.raw.number)
            if len(noted.samples) < _SAMPLES and (before, after) not in noted.samples:
                noted.samples.append((before, after))

    def dump(self) -> bytes:
        """As bytes, for `load`."""
        document = {
            "row_count": self.row_count,
            "states": self.states,
            "effects": self.effects,
            "codes": self.codes,
            "problems": [
                [problem.number, problem.cells, [to_json(fault) for fault in problem.faults]]
                for problem in self.problems
            ],
            "doubts": self.doubts,
            "moves": self.moves,
            "removals": self.removals,
            "removal_count": self.removal_count,
            "kept_count": self.kept_count,
            "notes": {
                code: [noted.count, noted.rows, noted.samples] for code, noted in self.notes.items()
            },
        }
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def load(cls, data: bytes) -> Findings:
        """The inverse of `dump`."""
        kept = json.loads(data)
        return cls(
            row_count=kept["row_count"],
            states=Counter(kept["states"]),
            effects=Counter(kept["effects"]),
            codes=Counter(kept["codes"]),
            problems=[
                Problem(number, cells, [from_json(fault) for fault in faults])
                for number, cells, faults in kept["problems"]
            ],
            doubts=[
                Doubt(number, cells, [Suspect(*each) for each in suspects])
                for number, cells, suspects in kept["doubts"]
            ],
            moves=[Move(*each) for each in kept["moves"]],
            removals=[Removal(*each) for each in kept["removals"]],
            removal_count=kept["removal_count"],
            kept_count=kept["kept_count"],
            notes={
                code: Noted(count, rows, [(before, after) for before, after in samples])
                for code, (count, rows, samples) in kept["notes"].items()
            },
        )
