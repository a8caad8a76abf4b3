"""Which columns hold sealed texts: each floor names its own, so that a new key reaches all of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SealedColumn:
    """``label`` is the model's (``community.Member``), ``purpose`` what its texts are sealed for."""

    label: str
    field: str
    purpose: str


_columns: dict[tuple[str, str], SealedColumn] = {}


def register_sealed(label: str, field: str, *, purpose: str) -> None:
    """Name a column; called from the ``ready()`` of the floor that has it."""
    _columns[label, field] = SealedColumn(label, field, purpose)


def sealed_columns() -> list[SealedColumn]:
    """All of them, in one order."""
    return [_columns[key] for key in sorted(_columns)]
