"""Planning a class: the class with its half-days in one step, changing it, its people in the hall,
its agenda.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from community.models import Member, Region
from community.operations.audit import record_audit
from community.refusals import Refusal
from community.scope import System
from training.models import AgendaItem, CityStop, Cohort, CohortStaff, Programme, Session
from training.operations.cohort import create_cohort, free_code, require_dates
from training.operations.runner import require_host, require_runner
from training.operations.session import CohortClosed, add_session


class CodeTaken(Refusal):
    code = "cohort_code_taken"


class AgendaTimes(Refusal):
    code = "agenda_times"


@dataclass(frozen=True)
class Meeting:
    """One half-day to be: which module, when, what people call it, where."""

    module_key: str
    label: str
    starts_at: datetime
    ends_at: datetime
    place: str = ""


@dataclass(frozen=True)
class AgendaLine:
    """One line of a half-day's timetable."""

    starts_at: datetime
    ends_at: datetime
    title: str
    note: str = ""


@transaction.atomic
def plan_cohort(
    *,
    programme: Programme,
    host_region: Region,
    name: str,
    starts_on: date,
    ends_on: date,
    meetings: Sequence[Meeting],
    code: str = "",
    venue: str = "",
    stop: CityStop | None = None,
    like: Cohort | None = None,
    late_minutes: int = 10,
    takes_sign_out: bool = False,
    by: Member | System,
    at: datetime,
) -> Cohort:
    """A new class in 草稿 with all its half-days, or nothing at all.

    Planned ``like`` another class, a half-day of the same module takes its agenda, moved in time.
    Refuses who does not coordinate ``host_region`` (ruling 6), a code that another class has, dates
    in the wrong order, and whatever `add_session` refuses of a half-day; ``details["meeting"]`` then
    says which of ``meetings`` it was.
    """
    require_host(by, host_region)
    require_dates(starts_on, ends_on)
    Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)
    code = code.strip().upper() or free_code(programme=programme, region=host_region)
    try:
        with transaction.atomic():
            cohort = create_cohort(
                programme=programme,
                host_region=host_region,
                code=code,
                name=name,
                starts_on=starts_on,
                ends_on=ends_on,
                venue=venue,
                stop=stop,
                late_minutes=late_minutes,
                takes_sign_out=takes_sign_out,
                by=by,
                at=at,
            )
    except IntegrityError:
        raise CodeTaken(
            _("班次编号“%(code)s”已有班次在用，请换一个，例如%(free)s。")
            % {"code": code, "free": free_code(programme=programme, region=host_region)}
        ) from None
    for number, meeting in sorted(enumerate(meetings), key=lambda pair: pair[1].starts_at):
        try:
            session = _hold(cohort, meeting, by=by, at=at)
        except Refusal as refusal:
            refusal.details["meeting"] = number
            raise
        if like is not None:
            _take_agenda(session, like)
    return cohort


def _take_agenda(session: Session, like: Cohort) -> None:
    """What was held in the same module; lines that would end after the new half-day are left out."""
    held = AgendaItem.objects.filter(
        session__cohort=like, session__content_key=session.content_key
    ).select_related("session")
    for item in held:
        moved = session.starts_at - item.session.starts_at
        item.pk, item.session, item._state.adding = None, session, True
        item.starts_at, item.ends_at = item.starts_at + moved, item.ends_at + moved
        if item.ends_at <= session.ends_at:
            item.save()


def _hold(cohort: Cohort, meeting: Meeting, *, by: Member | System, at: datetime) -> Session:
    return add_session(
        cohort=cohort,
        module_key=meeting.module_key,
        label=meeting.label,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        place=meeting.place,
        by=by,
        at=at,
    )


_OWN = {"name", "venue", "starts_on", "ends_on", "late_minutes", "takes_sign_out"}


@transaction.atomic
def change_cohort(*, cohort: Cohort, by: Member | System, at: datetime, **fields: Any) -> Cohort:
    """Change the name, the dates or the place of a class; lateness and sign-out of half-days to
    come.

    Half-days that exist keep their own. Refuses who does not run it, a class that is closed, and
    dates in the wrong order.
    """
    require_runner(by, cohort)
    if unknown := fields.keys() - _OWN:
        raise TypeError(f"not a class's own: {sorted(unknown)}")
    cohort = Cohort.objects.select_for_update(no_key=True).get(pk=cohort.pk)
    if cohort.state in {Cohort.State.CLOSED, Cohort.State.ARCHIVED}:
        raise CohortClosed(_("班次“%(name)s”已经结班，不能再改。") % {"name": cohort.name})
    require_dates(fields.get("starts_on", cohort.starts_on), fields.get("ends_on", cohort.ends_on))
    before = {name: getattr(cohort, name) for name in fields}
    changed = {name: value for name, value in fields.items() if before[name] != value}
    if not changed:
        return cohort
    for name, value in changed.items():
        setattr(cohort, name, value)
    cohort.save(update_fields=list(changed))
    record_audit(
        by=by,
        action="cohort.changed",
        at=at,
        subject=cohort,
        region=cohort.host_region_id,
        before={name: str(before[name]) for name in changed},
        after={name: str(value) for name, value in changed.items()},
    )
    return cohort


@transaction.atomic
def unstaff_cohort(*, post: CohortStaff, by: Member | System, at: datetime) -> None:
    """Take somebody out of the hall's staff; her marks stay. Twice is once. For who runs the class."""
    require_runner(by, post.cohort)
    gone, _kinds = CohortStaff.objects.filter(pk=post.pk).delete()
    if gone:
        record_audit(
            by=by,
            action="cohort.unstaffed",
            at=at,
            subject=post.cohort,
            region=post.cohort.host_region_id,
            member=post.member_id,
            role=post.role,
        )


@transaction.atomic
def set_agenda(
    *, session: Session, lines: Sequence[AgendaLine], by: Member | System, at: datetime
) -> list[AgendaItem]:
    """Replace the timetable of a half-day. Each line lies inside it; they may overlap.

    Refuses who does not run the class, and a closed one; ``details["line"]`` of `AgendaTimes` says
    which of ``lines`` it was.
    """
    require_runner(by, session.cohort)
    session = (
        Session.objects.select_for_update(of=("self",), no_key=True)
        .select_related("cohort")
        .get(pk=session.pk)
    )
    if session.cohort.state in {Cohort.State.CLOSED, Cohort.State.ARCHIVED}:
        raise CohortClosed(
            _("班次“%(name)s”已经结班，日程不能再改。") % {"name": session.cohort.name}
        )
    for number, line in enumerate(lines):
        if not session.starts_at <= line.starts_at < line.ends_at <= session.ends_at:
            raise AgendaTimes(
                _("“%(title)s”的时间要在本场次的开始和结束之间，先开始后结束。")
                % {"title": line.title},
                line=number,
            )
    before = list(session.agenda.order_by("starts_at", "pk"))
    wanted = sorted(lines, key=lambda line: (line.starts_at, line.ends_at))
    if [_as_line(item) for item in before] == wanted:
        return before
    session.agenda.all().delete()
    items = AgendaItem.objects.bulk_create(
        AgendaItem(
            session=session,
            starts_at=line.starts_at,
            ends_at=line.ends_at,
            title=line.title,
            note=line.note,
        )
        for line in wanted
    )
    record_audit(
        by=by,
        action="session.agenda_set",
        at=at,
        subject=session,
        region=session.cohort.host_region_id,
        lines=len(items),
    )
    return items


def _as_line(item: AgendaItem) -> AgendaLine:
    return AgendaLine(item.starts_at, item.ends_at, item.title, item.note)
