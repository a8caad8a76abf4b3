"""Putting one person on a class's roster, and taking her off."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from community.models import Affiliation, Member
from community.operations.audit import record_audit
from community.refusals import Refusal
from community.scope import System
from training.models import Cohort, Enrolment, RosterBatch


class RosterClosed(Refusal):
    code = "roster_closed"


class HasMarks(Refusal):
    code = "enrolment_has_marks"


@transaction.atomic
def enrol(
    *,
    cohort: Cohort,
    member: Member,
    affiliation: Affiliation,
    seat: str = "",
    group_name: str = "",
    batch: RosterBatch | None = None,
    by: Member | System,
    at: datetime,
) -> Enrolment:
    """Put ``member`` on the roster, her school and county frozen as they are (ruling 8).

    Enrolling twice is enrolling once. Refuses a class that is not open.
    """
    if not cohort.is_open:
        raise RosterClosed(
            _("班次“%(name)s”现在是“%(state)s”，不能加人。")
            % {"name": cohort.name, "state": cohort.get_state_display()}
        )
    present = cohort.enrolments.filter(member=member, state=Enrolment.State.ACTIVE).first()
    if present is not None:
        return present
    institution = affiliation.institution
    try:
        with transaction.atomic():
            enrolment = Enrolment.objects.create(
                cohort=cohort,
                member=member,
                affiliation=affiliation,
                institution=institution,
                county_id=institution.region_id,
                name=member.name,
                name_key=member.name_key,
                institution_name=institution.name,
                post=affiliation.post,
                trainee_type=member.trainee_type,
                seat=seat,
                group_name=group_name,
                batch=batch,
                created_at=at,
                changed_at=at,
            )
    except IntegrityError:
        return cohort.enrolments.get(member=member, state=Enrolment.State.ACTIVE)
    record_audit(
        by=by, action="enrolment.added", at=at, subject=enrolment, region=enrolment.county_id
    )
    return enrolment


@transaction.atomic
def withdraw(*, enrolment: Enrolment, by: Member | System, at: datetime, reason: str) -> Enrolment:
    """Take somebody off the roster; refused once she has a mark, because marks are never lost."""
    enrolment = (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("cohort")
        .get(pk=enrolment.pk)
    )
    if enrolment.state != Enrolment.State.ACTIVE:
        return enrolment
    if not enrolment.cohort.is_open:
        raise RosterClosed(
            _("班次“%(name)s”已经结班，名单不能再改。") % {"name": enrolment.cohort.name}
        )
    if enrolment.attendances.exclude(state="void").exists():
        raise HasMarks(
            _("%(name)s已有签到记录，不能退出名单。记错了，请先在签到台撤销签到。")
            % {"name": enrolment.name}
        )
    enrolment.state = Enrolment.State.WITHDRAWN
    enrolment.changed_at = at
    enrolment.save(update_fields=["state", "changed_at"])
    record_audit(
        by=by,
        action="enrolment.withdrawn",
        at=at,
        subject=enrolment,
        region=enrolment.county_id,
        reason=reason,
    )
    return enrolment
