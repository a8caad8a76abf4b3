"""Inventing people: the same seed gives the same names, numbers and schools."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from community.identity import check_digit

DATA = Path(__file__).resolve().parent / "data"
_YI, _TIBETAN = ("5134", "511132", "511133", "511113"), ("5132", "5133", "513422")


@dataclass
class Invention:
    """A stream of invented people. Sequence number 000 of a birthday is never given to a real person."""

    seed: int
    words: dict[str, list[str]] = field(init=False)
    _random: random.Random = field(init=False)
    _birthdays: dict[str, int] = field(default_factory=dict)
    _phones: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311
        words = json.loads((DATA / "people.json").read_text(encoding="utf-8"))
        words["surnames"] = list(words["surnames"])
        self.words = words

    def chance(self, share: float) -> bool:
        return self._random.random() < share

    def between(self, low: int, high: int) -> int:
        return self._random.randint(low, high)

    def one_of(self, items: list[str]) -> str:
        return self._random.choice(items)

    def name(self, county: str) -> str:
        """A name as people of ``county`` have them: Han, Yi (often with ·) or Tibetan."""
        if county.startswith(_TIBETAN) and self.chance(0.6):
            return self.one_of(self.words["tibetan"]) + self.one_of(self.words["tibetan"])
        if county.startswith(_YI) and self.chance(0.6):
            dot = "·" if self.chance(0.15) else ""
            return self.one_of(self.words["yi_family"]) + dot + self.one_of(self.words["yi_given"])
        return self.one_of(self.words["surnames"]) + self.one_of(self.words["given"])

    def identity(self, county: str) -> str:
        """An 18-digit number with a right check digit, each once."""
        index = self._birthdays.get(county, 0)
        self._birthdays[county] = index + 1
        born = date(1962, 1, 1) + timedelta(days=(index * 37) % 12_000)
        first = f"{county}{born:%Y%m%d}{index // 12_000:03d}"
        return first + check_digit(first)

    def phone(self) -> str:
        self._phones += 1
        return f"199{self._phones:08d}"

    def school(self, county_name: str) -> str:
        return county_name + self.one_of(self.words["schools"])
