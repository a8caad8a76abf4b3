"""取消结班: take a closing back, entry by entry, and put the class's certificates on hold (ruling 21)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from community.live import announce
from community.models import Member
from community.operations.audit import record_audit
from community.operations.notification import notify, settle
from community.refusals import Refusal
from community.scope import System
from training.models import Closing, Cohort, CompletionRecord
from training.operations.certificate_state import hold_certificates
from training.operations.closing import CHUNK
from training.operations.cohort import WrongCohortState
from training.operations.completion import RECORD_LANGUAGE, outcome_key
from training.operations.ledger import lock_ledger, take_back_hours
from training.operations.runner import require_runner

State = Cohort.State


class CohortArchived(Refusal):
    code = "cohort_archived"


class ReopeningUnexplained(Refusal):
    code = "reopen_reason_missing"


@transaction.atomic
def reopen_cohort(*, cohort: Cohort, by: Member | System, at: datetime, reason: str) -> Closing:
    """取消结班: 已结班 → 待结班. Every live award of the closing is reversed exactly, certificates are 核定中.

    Reopening twice is reopening once. Refuses a class that is 已归档 or not closed, a missing reason, and whoever
    does not run the class. One transaction.
    """
    cohort = (
        Cohort.objects.select_for_update(of=("self",))
        .select_related("host_region")
        .get(pk=cohort.pk)
    )
    require_runner(by, cohort)
    if len(reason.strip()) < 2:
        raise ReopeningUnexplained(
            _("取消结班的原因没有写，请写明原因，例如“第二天下午的签到要更正”。")
        )
    closing = cohort.closings.order_by("-number").first()
    if cohort.state == State.ARCHIVED:
        raise CohortArchived(
            _("班次“%(name)s”已经归档，不能取消结班。要改某个人的证书，请用更正。")
            % {"name": cohort.name}
        )
    if closing is not None and cohort.state == State.TO_CLOSE:
        return closing
    if closing is None or cohort.state != State.CLOSED:
        raise WrongCohortState(
            _("班次“%(name)s”现在是“%(state)s”，没有结班，不用取消。")
            % {"name": cohort.name, "state": cohort.get_state_display()}
        )
    closing.reopened_at = at
    closing.reopened_by = by if isinstance(by, Member) else None
    closing.reopen_reason = reason.strip()[:200]
    closing.save(update_fields=["reopened_at", "reopened_by", "reopen_reason"])
    cohort.state = State.TO_CLOSE
    cohort.save(update_fields=["state"])
    reversed_count, held = _take_everything_back(closing, by, at, reason.strip())
    record_audit(
        by=by,
        action="cohort.reopened",
        at=at,
        subject=cohort,
        region=cohort.host_region_id,
        number=closing.number,
        reason=closing.reopen_reason,
        entries_reversed=reversed_count,
        certificates_held=held,
    )
    announce(f"cohort:{cohort.pk}")
    return closing


def _take_everything_back(
    closing: Closing, by: Member | System, at: datetime, reason: str
) -> tuple[int, int]:
    pairs = list(
        closing.records.order_by("enrolment__member_id", "enrolment_id")
        .values_list("enrolment_id", "enrolment__member_id")
        .distinct()
    )
    reversed_count = held = 0
    for start in range(0, len(pairs), CHUNK):
        chunk = pairs[start : start + CHUNK]
        enrolment_ids = [enrolment_id for enrolment_id, _member in chunk]
        lock_ledger(member_id for _enrolment, member_id in chunk if member_id)
        reversed_count += len(take_back_hours(enrolment_ids=enrolment_ids, by=by, at=at))
        with override(RECORD_LANGUAGE):
            held += hold_certificates(
                enrolment_ids=enrolment_ids, by=by, at=at, reason=_("取消结班：") + reason
            )
    settle(kind="completion", key=outcome_key(closing, CompletionRecord.Outcome.WAITING), at=at)
    notify(
        members=[member_id for _enrolment, member_id in pairs if member_id],
        kind="completion",
        key=f"closing:{closing.pk}:reopened",
        text=_("“%(name)s”取消了结班，学时和证书重新核定") % {"name": closing.cohort.name},
        url="/me/",
        at=at,
    )
    return reversed_count, held
