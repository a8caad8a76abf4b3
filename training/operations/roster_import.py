"""Importing a checked roster: the same judgement as the check, and then it is written."""

from __future__ import annotations

from datetime import datetime
from typing import NoReturn

from django.db import IntegrityError, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from community.garbage import rarely_collected
from community.live import announce
from community.models import Appointment, Institution, Member
from community.operations.audit import record_audit
from community.operations.notification import notify
from community.refusals import Refusal
from community.scope import System
from community.wording import cn_date
from training.models import Cohort, RosterBatch
from training.operations.roster import (
    PASSING,
    BatchSettled,
    Progress,
    count,
    list_removals,
    removals,
    require_open,
)
from training.operations.roster_file import corrections_of, keep_findings, rows_of
from training.operations.roster_world import judge_for, plan_simply
from training.operations.roster_writing import RosterWriter, Written, one_import_at_a_time
from training.roster.findings import Findings
from training.roster.judging import Verdict

State = RosterBatch.State

MY_LEARNING = "/me/"

GUARD_ROWS = 10
GUARD_SHARE = 10
"""Above so many people, or one in so many of the roster, removing and moving is asked for again."""


class NothingToImport(Refusal):
    code = "roster_nothing_to_import"


class RowsLeft(Refusal):
    """Rows still want mending, and the caller wants all or (以本文件为准) must have all."""

    code = "roster_rows_left"


class NeedsConfirmation(Refusal):
    """Many would leave the roster or their school; ``details["count"]`` is what must be confirmed."""

    code = "roster_needs_confirmation"


def needs_confirmation(findings: Findings, *, roster: int) -> int:
    """How many people leave or move, if that is many (ruling 24); else 0."""
    many = findings.removal_count + findings.move_count
    base = max(roster, findings.row_count)
    return many if many > GUARD_ROWS or many * GUARD_SHARE > base else 0


def import_roster(
    *,
    batch: RosterBatch,
    only_good: bool = True,
    confirmed: int = 0,
    by: Member | System,
    at: datetime,
    progress: Progress | None = None,
) -> RosterBatch:
    """Enrol the good rows of ``batch``, in one transaction; importing again adds what was mended.

    ``only_good`` leaves faulty and doubtful rows for later; without it, and wherever the file alone
    counts, they refuse the whole (`RowsLeft`). ``confirmed`` is the figure of `NeedsConfirmation`
    that a person has seen. Also refuses a class that takes nobody and a batch that was undone.
    Source: ruling 24.
    """
    order = {"only_good": only_good, "confirmed": confirmed, "by": by, "at": at}
    try:
        return _import(batch=batch, progress=progress, **order)  # type: ignore[arg-type]
    except IntegrityError:
        # Somebody entered one of these people by another door meanwhile: now she is found.
        return _import(batch=batch, progress=progress, **order)  # type: ignore[arg-type]


@rarely_collected()
@transaction.atomic
def _import(
    *,
    batch: RosterBatch,
    only_good: bool,
    confirmed: int,
    by: Member | System,
    at: datetime,
    progress: Progress | None,
) -> RosterBatch:
    one_import_at_a_time()
    plan_simply()
    cohort = Cohort.objects.select_for_update().get(pk=batch.cohort_id)
    batch = RosterBatch.objects.select_for_update().get(pk=batch.pk)
    batch.cohort = cohort
    if batch.state not in {State.CHECKED, State.IMPORTED}:
        raise BatchSettled(
            _("“%(file)s”%(state)s，不能导入。请重新上传。")
            % {"file": batch.file_name, "state": batch.get_state_display()}
        )
    require_open(cohort)
    roster = cohort.enrolments.active().count()
    judge, world = judge_for(
        cohort=cohort,
        region=batch.region,
        corrections=corrections_of(batch),
        today=localdate(at),
    )
    writer = RosterWriter(
        cohort=cohort, batch=batch, judge=judge, by=by, at=at, tell=_Invitation(cohort)
    )
    world.made = writer.made
    findings = Findings()
    touched: set[int] = set()
    for chunk in rows_of(batch).chunks():
        verdicts = judge.judge(chunk)
        findings.add(verdicts, judge.reader.covers)
        touched.update(v.person.enrolment for v in verdicts if v.person and v.person.enrolment)
        writer.write(verdicts)
        if progress:
            progress(findings.row_count)
    _refuse_leftovers(findings, batch, only_good)
    if batch.is_authoritative:
        touched |= writer.enrolled
        leaving = removals(cohort=cohort, region=batch.region, touched=touched)
        list_removals(findings, leaving)
        writer.withdraw([removal.enrolment for removal in leaving if not removal.has_marks])
    asked = needs_confirmation(findings, roster=roster)
    if asked and confirmed != asked:
        _ask(findings, asked)
    return _settle(batch, findings, writer.written, by=by, at=at)


class _Invitation:
    """What a person on the roster is told: the class, her seat and group, when and where."""

    def __init__(self, cohort: Cohort) -> None:
        self.text = _("您已进入“%(cohort)s”的名单") % {"cohort": cohort.name}
        when = _("%(first)s开始") % {"first": cn_date(cohort.starts_on)}
        self.where = "，".join(filter(None, [when, cohort.venue]))
        self.seat = _("座位%(seat)s")
        self.url = MY_LEARNING

    def __call__(self, verdict: Verdict) -> tuple[str, str, str]:
        places = [verdict.row.seat, verdict.row.group]
        if verdict.row.seat:
            places[0] = self.seat % {"seat": verdict.row.seat}
        note = "，".join(filter(None, [self.where, *places]))
        return self.text[:200], note[:200], self.url


def _refuse_leftovers(findings: Findings, batch: RosterBatch, only_good: bool) -> None:
    left = findings.fault_count + findings.doubt_count
    if findings.good_count == 0:
        raise NothingToImport(
            _("“%(file)s”没有可以导入的行，请先改好，再导入。") % {"file": batch.file_name}
        )
    if left and batch.is_authoritative:
        raise RowsLeft(
            _(
                "以本文件为准时，要先处理完每一行，还有%(count)s行没有处理。请改好，或选择不导入这些行。"
            )
            % {"count": left},
            count=left,
        )
    if left and not only_good:
        raise RowsLeft(
            _("还有%(count)s行要改，没有导入任何人。请改好，或只导入正确的行。") % {"count": left},
            count=left,
        )


def _ask(findings: Findings, asked: int) -> NoReturn:
    parts = []
    if findings.removal_count:
        parts.append(_("%(count)s人退出名单") % {"count": findings.removal_count})
    if findings.move_count:
        parts.append(_("%(count)s人换单位") % {"count": findings.move_count})
    raise NeedsConfirmation(
        _("这次导入会让%(what)s，请核对名单后确认。") % {"what": "、".join(parts)},
        count=asked,
        removals=findings.removal_count,
        moves=findings.move_count,
    )


def _settle(
    batch: RosterBatch, findings: Findings, written: Written, *, by: Member | System, at: datetime
) -> RosterBatch:
    count(batch, findings)
    before = batch.summary.get("imported", {})
    done = {
        effect: before.get(effect, 0) + number
        for effect, number in {**dict.fromkeys(before, 0), **findings.effects}.items()
        if effect != "same"
    }
    done["removed"] = before.get("removed", 0) + findings.removal_count
    batch.summary = {
        **{key: value for key, value in batch.summary.items() if key not in PASSING},
        "imported": done,
    }
    batch.state = State.IMPORTED
    batch.imported_at = at
    batch.imported_by = by if isinstance(by, Member) else None
    batch.save()
    keep_findings(batch, findings)
    record_audit(
        by=by,
        action="roster.imported",
        at=at,
        subject=batch,
        region=batch.region_id,
        cohort=batch.cohort_id,
        good=findings.good_count,
        left=findings.fault_count + findings.doubt_count,
        deeds=written.deeds,
    )
    _tell_schools_left(batch, written, by=by, at=at)
    announce(f"cohort:{batch.cohort_id}")
    return batch


def _tell_schools_left(
    batch: RosterBatch, written: Written, *, by: Member | System, at: datetime
) -> None:
    """Coordinators whose people were moved into another region by this file hear of it."""
    if not written.moved_from:
        return
    left = dict(
        Institution.objects.filter(pk__in=set(written.moved_from.values())).values_list(
            "pk", "region_id"
        )
    )
    lost: dict[str, int] = {}
    for school in written.moved_from.values():
        region = left[school]
        if not batch.region.covers(region):
            lost[region] = lost.get(region, 0) + 1
    if not lost:
        return
    holders = Appointment.objects.filter(
        region__in=lost, role=Appointment.Role.COORDINATOR
    ).in_force(localdate(at))
    for holder in holders.select_related("region"):
        number = lost[holder.region_id]
        notify(
            members=[holder.member_id],
            kind="roster_moved",
            key=f"batch:{batch.pk}",
            text=_("%(count)s人被其他地区的名单调出%(region)s")
            % {"count": number, "region": holder.region.name},
            note=_("班次：%(cohort)s。有误请与上级管理员核对。") % {"cohort": batch.cohort.name},
            at=at,
        )
