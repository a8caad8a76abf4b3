"""What people typed and decided on screen about the rows of one file; kept beside it, sealed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from training.roster.sheet import RawRow


@dataclass
class Corrections:
    """Cells by row and column, and decisions by row.

    Decisions: ``skip`` (leave the row out), ``keep_phone`` (two people share the number),
    ``new_unit`` (``kind`` and ``stage`` of an institution to be made), ``person`` (``asked``: the
    suspects that were shown, ``same_as``: the one she is, or empty).
    """

    cells: dict[int, dict[str, str]] = field(default_factory=dict)
    decisions: dict[int, dict[str, Any]] = field(default_factory=dict)

    def type(self, row: int, cells: Mapping[str, str]) -> None:
        """Keep what was typed into cells of ``row``; what was decided of their old content goes."""
        self.cells.setdefault(row, {}).update(cells)
        kept = self.decisions.get(row, {})
        if "unit" in cells or "county" in cells or "city" in cells:
            kept.pop("new_unit", None)
        if "phone" in cells:
            kept.pop("keep_phone", None)

    def decide(self, row: int, decision: Mapping[str, Any]) -> None:
        """Keep a decision about ``row``."""
        self.decisions.setdefault(row, {}).update(decision)

    def apply(self, raw: RawRow) -> RawRow:
        """The row as it stands now."""
        typed = self.cells.get(raw.number)
        return raw.corrected(typed) if typed else raw

    def about(self, row: int) -> dict[str, Any]:
        """What was decided about ``row``."""
        return self.decisions.get(row, {})

    def dump(self) -> str:
        """As text, for `load`."""
        return json.dumps([self.cells, self.decisions], ensure_ascii=False)

    @classmethod
    def load(cls, text: str) -> Corrections:
        """The inverse of `dump`; an empty text is no corrections."""
        if not text:
            return cls()
        cells, decisions = json.loads(text)
        return cls(
            {int(row): typed for row, typed in cells.items()},
            {int(row): decided for row, decided in decisions.items()},
        )
