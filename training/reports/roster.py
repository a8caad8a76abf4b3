"""The roster of a class as its coordinators see it, and the pages of an upload."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from community.identity import mask_id
from community.models import Region
from community.phones import mask_phone
from community.scope import Viewer, prefix_q
from training.models import Cohort, Enrolment, RosterBatch
from training.roster.columns import COLUMNS, ID_KINDS, ID_NUMBER, PHONE
from training.roster.columns import TITLES as TITLES
from training.roster.faults import Fault
from training.roster.faults import words as in_words
from training.roster.findings import Findings, Problem
from training.roster.fixes import group_key, label


def roster_of(
    *, cohort: Cohort, region: Region, viewer: Viewer, search: str = ""
) -> QuerySet[Enrolment]:
    """Who is on the roster from ``region``, by name; ``search`` looks at name, pinyin and school."""
    rows = (
        Enrolment.objects.visible_to(viewer)
        .filter(prefix_q([region.prefix], "county_id"), cohort=cohort)
        .active()
        .select_related("member", "county")
        .order_by("county_id", "name_key", "pk")
    )
    search = search.strip()[:50]
    if search:
        rows = rows.filter(
            Q(name__contains=search)
            | Q(name_key__startswith=search.lower())
            | Q(institution_name__contains=search)
            | Q(member__phone_last4=search)
        )
    return rows


def batches_of(*, cohort: Cohort, region: Region, viewer: Viewer) -> QuerySet[RosterBatch]:
    """Uploads for ``cohort`` from ``region``, newest first."""
    return (
        RosterBatch.objects.visible_to(viewer)
        .filter(prefix_q([region.prefix], "region_id"), cohort=cohort)
        .exclude(state=RosterBatch.State.DISCARDED)
        .select_related("uploaded_by", "region")
    )


def fault_sentences(findings: Findings) -> dict[int, str]:
    """The 错误说明 of every faulty row: what is wrong and how to mend it, in one cell."""
    return {
        problem.number: "；".join(str(in_words(fault)) for fault in problem.faults)
        for problem in findings.problems
    }


def rows_to_mend(problems: list[Problem]) -> list[dict[str, object]]:
    """Each faulty row with its cells, those at fault as inputs."""
    keys = list(TITLES)
    lines: list[dict[str, object]] = []
    for problem in problems:
        by_column: dict[str, list[Fault]] = {}
        for fault in problem.faults:
            by_column.setdefault(fault.column, []).append(fault)
        cells = [
            {
                "key": key,
                "title": TITLES[key],
                "value": value if key in by_column else _shown(key, value),
                "words": [str(in_words(fault)) for fault in by_column.get(key, [])],
                "fixes": [
                    (f"{group_key(fault)}:{number}", label(fix, fault))
                    for fault in by_column.get(key, [])
                    for number, fix in enumerate(fault.fixes)
                ],
            }
            for key, value in zip(keys, problem.cells, strict=False)
        ]
        lines.append({"number": problem.number, "cells": cells})
    return lines


def _shown(key: str, value: str) -> str:
    """A cell that is only read: numbers are whole where they must be mended, else masked."""
    if key == ID_NUMBER:
        return mask_id(value)
    return mask_phone(value) if key == PHONE else value


def rows_alike(problems: list[Problem], key: str) -> tuple[Fault | None, list[int]]:
    """The fault that ``key`` names and every row that has it; nothing if it is no longer there."""
    found: Fault | None = None
    rows: list[int] = []
    for problem in problems:
        for fault in problem.faults:
            if fault.fixes and group_key(fault) == key:
                found = fault
                rows.append(problem.number)
    return found, rows


__all__ = [
    "COLUMNS",
    "ID_KINDS",
    "batches_of",
    "fault_sentences",
    "roster_of",
    "rows_alike",
    "rows_to_mend",
]
