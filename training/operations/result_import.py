"""Entering the results of one requirement for many people from a spreadsheet (ruling 20)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from community.models import Member
from community.operations.audit import record_audit
from community.refusals import Refusal
from community.scope import System, region_q
from community.spreadsheets.limits import Limits
from community.spreadsheets.reading import read_table
from training.curriculum import FrozenRequirement
from training.models import Cohort, CompletionRecord, Enrolment, Requirement, RequirementResult
from training.operations.completion import complete_later
from training.operations.requirement import Verdict, frozen_requirement, judge_verdict
from training.permissions import can_run
from training.result_sheet import COLUMNS, SCORE, STATE, People, RowFault, Wanted, read_rows

LIMITS = Limits(rows=20_000, file_bytes=10 * 1024**2)


class ResultsFaulty(Refusal):
    code = "results_faulty"
    status = 422


class NobodyToGrade(Refusal):
    code = "nobody_to_grade"


@dataclass(frozen=True)
class ResultImport:
    """How many results a file brought: new or changed, and already there."""

    written: int
    unchanged: int


@transaction.atomic
def import_results(
    *,
    cohort: Cohort,
    requirement_key: int,
    path: Path,
    file_name: str,
    by: Member | System,
    at: datetime,
) -> ResultImport:
    """Store what a spreadsheet says of ``requirement_key``, all of it or nothing.

    Refuses a file that cannot be read (``FileFault``) and one with any faulty row (``ResultsFaulty``, the faults
    in ``details``). Only people whom ``by`` looks after are found. The same file again changes nothing.
    """
    cohort = Cohort.objects.select_for_update().get(pk=cohort.pk)
    requirement = frozen_requirement(cohort, requirement_key)
    enrolments = list(gradable_by(by, cohort).select_related("member"))
    if not enrolments:
        raise NobodyToGrade(_("这个班没有您能录入结果的人。"))
    table = read_table(path, columns=COLUMNS, limits=LIMITS, name=file_name)
    waiting = None if cohort.is_open else _waiting(cohort)
    wanted, faults = _sort_out(read_rows(table, People.of(enrolments)), requirement, waiting)
    if faults:
        raise ResultsFaulty(
            _("“%(file)s”有%(count)d行要改，一行也没有写入。请改好后重新上传。")
            % {"file": file_name, "count": len(faults)},
            faults=[vars(fault) for fault in faults],
        )
    changed = _store(requirement, wanted, by, at)
    record_audit(
        by=by,
        action="requirement.imported",
        at=at,
        subject=cohort,
        region=cohort.host_region_id,
        requirement=requirement.key,
        file=file_name,
        sha256=sha256(path.read_bytes()).hexdigest(),
        rows=len(wanted),
        changed=len(changed),
    )
    if waiting is not None:
        for enrolment in changed:
            complete_later(enrolment=enrolment, by=by, at=at)
    return ResultImport(written=len(changed), unchanged=len(wanted) - len(changed))


def gradable_by(viewer: Member | System, cohort: Cohort) -> QuerySet[Enrolment]:
    """People of ``cohort`` for whom ``viewer`` may enter results: all, or those of her county."""
    roster = Enrolment.objects.filter(cohort=cohort).active()
    return roster if can_run(viewer, cohort) else roster.filter(region_q(viewer, "county_id"))


def _waiting(cohort: Cohort) -> set[int]:
    """In a closed class: the people whose results are still open."""
    return set(
        CompletionRecord.objects.in_force()
        .filter(enrolment__cohort=cohort, outcome=CompletionRecord.Outcome.WAITING)
        .values_list("enrolment", flat=True)
    )


Graded = list[tuple[Enrolment, Verdict]]


def _sort_out(
    rows: Iterable[tuple[int, Wanted | RowFault]],
    requirement: FrozenRequirement,
    waiting: set[int] | None,
) -> tuple[Graded, list[RowFault]]:
    graded: Graded = []
    faults: list[RowFault] = []
    for number, row in rows:
        if isinstance(row, RowFault):
            faults.append(row)
            continue
        if fault := _fault_of(number, row, requirement, waiting):
            faults.append(fault)
        else:
            graded.append((row.enrolment, _verdict(row, requirement)))
    return graded, faults


def _fault_of(
    number: int, row: Wanted, requirement: FrozenRequirement, waiting: set[int] | None
) -> RowFault | None:
    if waiting is not None and row.enrolment.pk not in waiting:
        words = _("已经结班，这个人的结果不能再改，请删去这一行。")
        return RowFault(number, COLUMNS[0].name, row.enrolment.name, words)
    if requirement.kind == Requirement.Kind.WORK and not row.state:
        words = _("没有填结果，请填“通过”“退回修改”或“不合格”。")
        return RowFault(number, COLUMNS[STATE].name, "", words)
    try:
        _verdict(row, requirement)
    except Refusal as refusal:
        return RowFault(number, COLUMNS[SCORE].name, str(row.score or ""), refusal.message)
    return None


def _verdict(row: Wanted, requirement: FrozenRequirement) -> Verdict:
    state = row.state or RequirementResult.State.ACCEPTED
    return judge_verdict(requirement, Verdict(state, row.score, row.note))


def _store(
    requirement: FrozenRequirement, graded: Graded, by: Member | System, at: datetime
) -> Sequence[Enrolment]:
    """Three statements for any number of rows: read, add, change. The people whose result changed."""
    actor = by if isinstance(by, Member) else None
    present = {
        result.enrolment_id: result
        for result in RequirementResult.objects.filter(
            requirement_id=requirement.key, enrolment__in=[e.pk for e, _verdict in graded]
        )
    }
    new: list[RequirementResult] = []
    changed: list[RequirementResult] = []
    people: list[Enrolment] = []
    for enrolment, verdict in graded:
        result = present.get(enrolment.pk)
        fresh = RequirementResult(
            enrolment=enrolment,
            requirement_id=requirement.key,
            state=verdict.state,
            score=verdict.score,
            note=verdict.note,
            by=actor,
            at=at,
        )
        if result is None:
            new.append(fresh)
        elif (result.state, result.score, result.note) == (
            verdict.state,
            verdict.score,
            verdict.note,
        ):
            continue
        else:
            fresh.pk = result.pk
            changed.append(fresh)
        people.append(enrolment)
    RequirementResult.objects.bulk_create(new)
    RequirementResult.objects.bulk_update(
        changed, ["state", "score", "note", "by", "at"], batch_size=500
    )
    return people
