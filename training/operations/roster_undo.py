"""Taking an import back, as long as it is fresh: exactly what it did, and nothing that came after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from community.live import announce
from community.models import Affiliation, Appointment, Institution, Member, Notification
from community.operations.audit import record_audit
from community.operations.withdrawal import give_back_powers
from community.refusals import Refusal
from community.scope import System
from community.wording import clock, cn_date
from training.models import (
    Attendance,
    Cohort,
    CohortStaff,
    Enrolment,
    RequirementResult,
    RosterBatch,
    RosterChange,
)
from training.operations.roster import BatchSettled, require_open
from training.operations.roster_writing import one_import_at_a_time

Deed = RosterChange.Deed
State = RosterBatch.State

UNDO_WITHIN: Final = timedelta(hours=72)
_PIECE: Final = 1_000
_NAMED: Final = 200


class UndoTooLate(Refusal):
    code = "roster_undo_too_late"


def can_undo(batch: RosterBatch, at: datetime) -> bool:
    """Whether the import of ``batch`` can still be taken back."""
    return (
        batch.state == State.IMPORTED
        and batch.imported_at is not None
        and at <= batch.imported_at + UNDO_WITHIN
        and batch.cohort.is_open
    )


@transaction.atomic
def undo_batch(*, batch: RosterBatch, by: Member | System, at: datetime) -> RosterBatch:
    """Take back what the import of ``batch`` did, within 72 hours; undoing twice is undoing once.

    People who have signed in, or have a result, stay as they are and are named in
    ``summary["spared"]`` (ruling 24). What was changed since by somebody else stays changed.
    Powers that a transfer ended are given back to who is back at her school. Refuses later, and
    once the class is closed.
    """
    one_import_at_a_time()
    cohort = Cohort.objects.select_for_update().get(pk=batch.cohort_id)
    batch = RosterBatch.objects.select_for_update().get(pk=batch.pk)
    batch.cohort = cohort
    if batch.state == State.UNDONE:
        return batch
    if batch.state != State.IMPORTED or batch.imported_at is None:
        raise BatchSettled(_("“%(file)s”还没有导入，不用撤销。") % {"file": batch.file_name})
    until = batch.imported_at + UNDO_WITHIN
    if at > until:
        raise UndoTooLate(
            _("整批撤销只能在导入后72小时内进行，%(day)s %(time)s已经截止。请逐人退出名单。")
            % {"day": cn_date(until), "time": clock(until)}
        )
    require_open(cohort)
    undoing = _Undoing(batch, by, at)
    spared = undoing.run()
    batch.state = State.UNDONE
    batch.undone_at = at
    batch.undone_by = by if isinstance(by, Member) else None
    batch.summary = {
        **batch.summary,
        "spared": [list(names) for names in spared[:_NAMED]],
        "spared_count": len(spared),
        "withdrawn": undoing.withdrawn,
    }
    batch.save()
    record_audit(
        by=by,
        action="roster.undone",
        at=at,
        subject=batch,
        region=batch.region_id,
        withdrawn=undoing.withdrawn,
        spared=len(spared),
    )
    announce(f"cohort:{cohort.pk}")
    return batch


class _Undoing:
    """One undo, deed by deed, in the order that lets go of what hangs on what."""

    def __init__(self, batch: RosterBatch, by: Member | System, at: datetime) -> None:
        self.batch = batch
        self.by = by
        self.at = at
        self.withdrawn = 0
        self._spared_rows: set[int] = set()

    def run(self) -> list[tuple[str, str]]:
        """Take everything back; the names and schools of those who stay."""
        spared = self._spare()
        self._bring_back_withdrawn()
        members = self._withdraw_created()
        self._restore(Deed.ENROLMENT_UPDATED, Enrolment, changed_at=self.at)
        self._drop_affiliations()
        self._restore(Deed.AFFILIATION_UPDATED, Affiliation)
        self._reopen_affiliations()
        self._restore(Deed.MEMBER_UPDATED, Member, leave=_holds_her_phone)
        self._close_accounts()
        self._drop_institutions()
        for piece in _pieces(members):
            Notification.objects.filter(
                member__in=piece, kind="roster", key=f"cohort:{self.batch.cohort_id}"
            ).delete()
        return spared

    def _changes(self, deed: str) -> QuerySet[RosterChange]:
        return self.batch.changes.filter(deed=deed)

    def _subjects(self, deed: str) -> list[int]:
        """What the deed was done to, without the people who stay."""
        return [
            subject
            for row, subject in self._changes(deed).values_list("row", "subject_id")
            if row not in self._spared_rows
        ]

    def _spare(self) -> list[tuple[str, str]]:
        marks = Attendance.objects.filter(enrolment=OuterRef("pk")).exclude(
            state=Attendance.State.VOID
        )
        results = RequirementResult.objects.filter(enrolment=OuterRef("pk"))
        touched = self.batch.changes.filter(
            deed__in=[Deed.ENROLMENT_CREATED, Deed.ENROLMENT_UPDATED]
        )
        stay = {
            pk: (name, unit)
            for pk, name, unit in Enrolment.objects.filter(pk__in=touched.values("subject_id"))
            .filter(Exists(marks) | Exists(results))
            .values_list("pk", "name", "institution_name")
        }
        self._spared_rows = {
            row
            for row, subject in touched.values_list("row", "subject_id")
            if subject in stay and row is not None
        }
        return sorted(stay.values())

    def _bring_back_withdrawn(self) -> None:
        """Who left because the file did not name her is on the roster again."""
        gone = Enrolment.objects.filter(
            pk__in=self._changes(Deed.ENROLMENT_WITHDRAWN).values("subject_id"),
            state=Enrolment.State.WITHDRAWN,
        )
        again = Enrolment.objects.filter(
            cohort_id=self.batch.cohort_id,
            member=OuterRef("member"),
            state=Enrolment.State.ACTIVE,
        )
        gone.exclude(Exists(again)).update(state=Enrolment.State.ACTIVE, changed_at=self.at)

    def _withdraw_created(self) -> list[int]:
        """Take those off the roster whom the file put there; the keys of these people."""
        members: list[int] = []
        for piece in _pieces(self._subjects(Deed.ENROLMENT_CREATED)):
            here = Enrolment.objects.filter(pk__in=piece, state=Enrolment.State.ACTIVE)
            members += here.values_list("member_id", flat=True)
            self.withdrawn += here.update(
                state=Enrolment.State.WITHDRAWN, affiliation=None, changed_at=self.at
            )
        return members

    def _drop_affiliations(self) -> None:
        used = Enrolment.objects.filter(affiliation=OuterRef("pk"))
        for piece in _pieces(self._subjects(Deed.AFFILIATION_CREATED)):
            Affiliation.objects.filter(pk__in=piece).exclude(Exists(used)).delete()

    def _reopen_affiliations(self) -> None:
        """A post that the transfer ended goes on, unless she has another main one by now; and with
        it the powers that had ended with it.
        """
        ended: dict[int, dict[str, list[Any]]] = {
            subject: before
            for row, subject, before in self._changes(Deed.AFFILIATION_ENDED).values_list(
                "row", "subject_id", "before"
            )
            if row not in self._spared_rows
        }
        other = Affiliation.objects.filter(member=OuterRef("member"), to_on__isnull=True).filter(
            Q(is_main=True) | Q(institution=OuterRef("institution"))
        )
        powers: list[int] = []
        for piece in _pieces(ended):
            for one in Affiliation.objects.filter(pk__in=piece).exclude(Exists(other)):
                if one.to_on == date.fromisoformat(ended[one.pk]["to_on"][1]):
                    Affiliation.objects.filter(pk=one.pk).update(to_on=None)
                    powers += ended[one.pk].get("powers", [])
        if powers:
            give_back_powers(appointments=powers, by=self.by, at=self.at)

    def _restore(self, deed: str, model: type[Model], leave: Any = None, **also: Any) -> None:
        """Give fields back what they were, where they still are what the import made them."""
        kept: dict[int, list[dict[str, list[Any]]]] = defaultdict(list)
        changes = self._changes(deed).order_by("-pk").values_list("row", "subject_id", "before")
        for row, subject, before in changes:
            if row not in self._spared_rows:
                kept[subject].append(before)
        for piece in _pieces(kept):
            for one in model._default_manager.filter(pk__in=piece):
                fields: dict[str, Any] = {}
                for before in kept[one.pk]:
                    for name, (was, became) in before.items():
                        now = fields.get(name, getattr(one, name))
                        if now == became and not (leave and leave(one, name)):
                            fields[name] = was
                if fields:
                    model._default_manager.filter(pk=one.pk).update(**fields, **also)

    def _close_accounts(self) -> None:
        """People whom the file made, who never logged in and whom nothing holds, cannot log in.

        Their rows stay a while, so that the mended file finds them; see `forget_undone`.
        """
        held = [
            Exists(Enrolment.objects.filter(member=OuterRef("pk")).active()),
            Exists(Affiliation.objects.filter(member=OuterRef("pk"), to_on__isnull=True)),
            Exists(CohortStaff.objects.filter(member=OuterRef("pk"))),
            Exists(Appointment.objects.filter(member=OuterRef("pk"))),
        ]
        for piece in _pieces(self._subjects(Deed.MEMBER_CREATED)):
            people = Member.objects.filter(pk__in=piece, activated_at__isnull=True)
            for holds in held:
                people = people.exclude(holds)
            people.update(is_active=False)

    def _drop_institutions(self) -> None:
        """Institutions that the file added go, if nobody else came to use them."""
        for subject in self._subjects(Deed.INSTITUTION_CREATED):
            used = (
                Affiliation.objects.filter(institution=subject).exists()
                or Appointment.objects.filter(institution=subject).exists()
                or Enrolment.objects.filter(institution=subject)
                .exclude(batch=self.batch, state=Enrolment.State.WITHDRAWN)
                .exists()
            )
            if not used:
                # Their rosters keep the name as it was written.
                Enrolment.objects.filter(institution=subject).update(institution=None)
                Institution.objects.filter(pk=subject).delete()


def _holds_her_phone(member: Any, name: str) -> bool:
    """A number that she has proved since, or an account in use, is hers to keep."""
    is_hers = member.phone_proved_at is not None or member.activated_at is not None
    return is_hers and (name.startswith("phone_") or name == "is_active")


def _pieces(keys: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(keys)
    while piece := list(islice(rest, _PIECE)):
        yield piece
