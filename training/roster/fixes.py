"""Mending many rows at once: rows with the same fault, the same content and the same proposal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _

from training.roster.columns import TITLES
from training.roster.corrections import Corrections
from training.roster.faults import Fault, Fix, to_json
from training.roster.findings import Problem

# Decisions about one pair of people are never taken for many.
_ALWAYS_SINGLE: Final = frozenset({"phone_twice", "id_twice", "phone_and_name_twice"})


class Group(NamedTuple):
    """Rows that one button mends. ``key`` names the group for as long as its content stays the same."""

    key: str
    fault: Fault
    rows: list[int]

    @property
    def fixes(self) -> tuple[Fix, ...]:
        return self.fault.fixes


def group_key(fault: Fault) -> str:
    """The same for faults that are alike: code, content and proposals."""
    return hashlib.sha256(json.dumps(to_json(fault), sort_keys=True).encode()).hexdigest()[:16]


def groups(problems: Iterable[Problem]) -> list[Group]:
    """The groups of two rows or more, largest first."""
    alike: dict[str, Group] = {}
    for problem in problems:
        for fault in problem.faults:
            if fault.fixes and fault.code not in _ALWAYS_SINGLE:
                key = group_key(fault)
                alike.setdefault(key, Group(key, fault, [])).rows.append(problem.number)
    return sorted(
        (group for group in alike.values() if len(group.rows) > 1),
        key=lambda group: (-len(group.rows), group.rows[0]),
    )


def apply(fix: Fix, rows: Iterable[int], corrections: Corrections) -> None:
    """Mend ``rows`` by ``fix``."""
    for row in rows:
        if fix.cells:
            corrections.type(row, fix.cells)
        if fix.decision:
            corrections.decide(row, fix.decision)


def label(fix: Fix, fault: Fault) -> str:
    """What the button of a fix says."""
    if "keep_phone" in fix.decision:
        return _("号码没错，保留")
    if "new_unit" in fix.decision:
        return _("新增单位“%(name)s”") % {"name": fault.value}
    column, value = next(iter(fix.cells.items()))
    if column == "unit":
        return _("用“%(name)s”") % {"name": value}
    if column == fault.column:
        return _("改为“%(value)s”") % {"value": value}
    return _("%(column)s改为“%(value)s”") % {"column": TITLES[column], "value": value}


def row_list(rows: list[int], shown: int = 8) -> str:
    """第27、58、59行, and 等 after so many."""
    listed = "、".join(str(row) for row in rows[:shown])
    if len(rows) > shown:
        return _("第%(rows)s行等") % {"rows": listed}
    return _("第%(rows)s行") % {"rows": listed}


def decision_of(answers: dict[str, Any]) -> dict[str, Any]:
    """The decision that says whom a row was compared with, and who it is."""
    return {"person": {"asked": sorted(answers["asked"]), "same_as": answers["same_as"]}}
