"""What a bench says: figures with their floors, on screen and as lines of JSON."""

from __future__ import annotations

import json
import statistics
import time
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

COLUMNS: Final = ("name", "value", "unit", "floor", "ratio", "goal", "holds")


@dataclass(frozen=True)
class Figure:
    """One measured thing. ``ratio`` is value to floor; without a floor the goal is about the value.

    ``holds`` is None for what is only told.
    """

    name: str
    value: float
    unit: str
    floor: float | None = None
    ratio: float | None = None
    goal: str = ""
    holds: bool | None = None

    def line(self) -> str:
        rounded = {key: _rounded(value) for key, value in asdict(self).items()}
        return json.dumps(rounded, ensure_ascii=False)


def told(name: str, value: float, unit: str, floor: float | None = None) -> Figure:
    """A figure without a goal."""
    return Figure(name, value, unit, floor, _ratio(value, floor))


def at_most(
    name: str, value: float, unit: str, limit: float, *, floor: float | None = None, aim: str = ""
) -> Figure:
    """Holds where the value, or its ratio to ``floor``, is at most ``limit``."""
    ratio = _ratio(value, floor)
    measured = value if ratio is None else ratio
    return Figure(name, value, unit, floor, ratio, _goal("≤", limit, aim), measured <= limit)


def at_least(
    name: str, value: float, unit: str, limit: float, *, floor: float | None = None, aim: str = ""
) -> Figure:
    """Holds where the value, or its ratio to ``floor``, is at least ``limit``."""
    ratio = _ratio(value, floor)
    measured = value if ratio is None else ratio
    return Figure(name, value, unit, floor, ratio, _goal("≥", limit, aim), measured >= limit)


def _ratio(value: float, floor: float | None) -> float | None:
    return None if not floor else value / floor


def _goal(sign: str, limit: float, aim: str) -> str:
    return f"{sign} {limit:g}" + (f" (aim {aim})" if aim else "")


def _rounded(value: object) -> object:
    return float(f"{value:.4g}") if isinstance(value, float) and value != int(value) else value


def rounds(count: int, ways: dict[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Each way measured ``count`` times, in turn, every other round backwards: drift hits all alike."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(count):
        names = list(ways) if number % 2 == 0 else list(reversed(ways))
        for name in names:
            found[name].append(ways[name]())
    return found


def timed(do: Callable[[], object]) -> float:
    """How many seconds ``do`` takes."""
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def ratio_of_rounds(ours: list[float], floor: list[float]) -> float:
    """The median of the rounds' own ratios: what the machine did meanwhile hit both of a round."""
    return median(mine / theirs for mine, theirs in zip(ours, floor, strict=True))


class Table:
    """Prints figures as they come and appends each to a file of JSON lines."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.figures: list[Figure] = []
        path.write_text("", encoding="utf-8")

    def add(self, figure: Figure) -> None:
        self.figures.append(figure)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(figure.line() + "\n")

    def text(self) -> str:
        rows = [COLUMNS, *(_cells(figure) for figure in self.figures)]
        widths = [max(_width(row[at]) for row in rows) for at in range(len(COLUMNS))]
        lines = [
            "  ".join(_padded(cell, wide) for cell, wide in zip(row, widths, strict=True))
            for row in rows
        ]
        return "\n".join(line.rstrip() for line in [lines[0], "-" * len(lines[0]), *lines[1:]])

    @property
    def failed(self) -> list[Figure]:
        return [figure for figure in self.figures if figure.holds is False]


def _cells(figure: Figure) -> tuple[str, ...]:
    holds = {True: "yes", False: "NO", None: ""}[figure.holds]
    return (
        figure.name,
        _number(figure.value),
        figure.unit,
        _number(figure.floor),
        _number(figure.ratio),
        figure.goal,
        holds,
    )


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
