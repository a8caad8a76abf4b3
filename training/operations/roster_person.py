"""Putting one person on the roster by hand: a file of one row, judged, written and undone as any other."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.utils.translation import gettext as _

from community.models import Member, Region
from community.refusals import Refusal
from community.scope import System
from training.models import Cohort, RosterBatch
from training.operations.roster import check_roster, discard_batch
from training.operations.roster_file import findings_of
from training.operations.roster_import import NeedsConfirmation, import_roster
from training.roster.columns import TITLES

FORM_NUMBER = "表单号"
"""A column that no rule reads: it makes two sendings of one form one file, and two forms two."""


class RowFaulty(Refusal):
    """The row cannot be imported as it was typed; ``details["faults"]`` are the `Fault`s."""

    code = "roster_row_faulty"


class RowDoubtful(Refusal):
    """She may be somebody we know; ``details["batch"]`` is the batch where that is decided."""

    code = "roster_row_doubtful"


def add_person(
    *,
    cohort: Cohort,
    region: Region,
    cells: Mapping[str, str],
    form_number: str,
    keeps_faulty: bool = False,
    by: Member | System,
    at: datetime,
) -> RosterBatch:
    """Enrol one person of ``region``: ``cells`` by the keys of `training.roster.columns` (ruling 24).

    Refuses what an upload refuses (a class that takes nobody; the same form sent twice, as
    `AlreadyUploaded`; many moves, as `NeedsConfirmation`), a faulty row, of which nothing is kept
    unless ``keeps_faulty``, and one who may be somebody known.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "person.csv"
        _write(path, {**cells}, form_number)
        batch = check_roster(
            cohort=cohort, file=path, region=region, by=by, at=at, name=_("单独添加.csv")
        )
    findings = findings_of(batch)
    if findings.problems:
        if not keeps_faulty:
            discard_batch(batch=batch, by=by, at=at)
        faults = findings.problems[0].faults
        raise RowFaulty(_("填写的内容有要改的地方。"), faults=faults, batch=batch.pk)
    if findings.doubts:
        raise RowDoubtful(_("系统里可能已经有这个人，请选是不是同一个人，再导入。"), batch=batch.pk)
    try:
        return import_roster(batch=batch, by=by, at=at)
    except NeedsConfirmation as refusal:
        refusal.details["batch"] = batch.pk
        raise


def _write(path: Path, cells: dict[str, str], form_number: str) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        sheet = csv.writer(file)
        sheet.writerow([*TITLES.values(), FORM_NUMBER])
        sheet.writerow([*(cells.get(key, "") for key in TITLES), form_number])
