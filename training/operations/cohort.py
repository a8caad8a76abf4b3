"""Setting classes up: from a programme or a stop, opening, moving on, staffing."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _

from community.models import Member, Region
from community.operations.audit import record_audit
from community.operations.notification import notify
from community.refusals import Refusal
from community.scope import System
from community.wording import cn_date
from training.curriculum import freeze_curriculum
from training.models import AgendaItem, CityStop, Cohort, CohortStaff, Programme, Session
from training.operations.runner import require_host, require_runner


def free_code(*, programme: Programme, region: Region) -> str:
    """A code for the next class of ``programme`` in ``region`` that no class has yet."""
    stem = f"{programme.slug[:18]}-{region.code}".upper()
    taken = set(Cohort.objects.filter(code__startswith=stem).values_list("code", flat=True))
    return next(code for code in (f"{stem}-{n}" for n in range(1, 10_000)) if code not in taken)


class WrongCohortState(Refusal):
    code = "wrong_cohort_state"


class StopExists(Refusal):
    code = "stop_exists"


class NothingToTeach(Refusal):
    code = "nothing_to_teach"


class NotPublished(Refusal):
    code = "programme_not_published"


class DatesInDisorder(Refusal):
    code = "dates_in_disorder"


def require_dates(first: date, last: date | None) -> None:
    """Refuse what ends before it begins, in words; the table would refuse it without any."""
    if last is not None and last < first:
        raise DatesInDisorder(_("结束日期早于开始日期，请改其中一个。"))


State = Cohort.State


@transaction.atomic
def create_cohort(
    *,
    programme: Programme,
    host_region: Region,
    code: str,
    name: str,
    starts_on: date,
    ends_on: date,
    venue: str = "",
    stop: CityStop | None = None,
    late_minutes: int = 10,
    takes_sign_out: bool = False,
    by: Member | System,
    at: datetime,
) -> Cohort:
    """A new class in 草稿. With no stop it is a county's or city's own (ruling 6)."""
    cohort = Cohort.objects.create(
        programme=programme,
        stop=stop,
        host_region=host_region,
        code=code,
        name=name,
        venue=venue or (stop.venue if stop else ""),
        starts_on=starts_on,
        ends_on=ends_on,
        late_minutes=late_minutes,
        takes_sign_out=takes_sign_out,
        created_by=by if isinstance(by, Member) else None,
    )
    record_audit(
        by=by, action="cohort.created", at=at, subject=cohort, region=host_region, code=code
    )
    return cohort


@transaction.atomic
def copy_city_stop(
    *,
    stop: CityStop,
    region: Region,
    starts_on: date,
    venue: str,
    by: Member | System,
    at: datetime,
) -> CityStop:
    """Copy ``stop`` to the next city: classes, sessions, agenda and policy, shifted in time.

    Never people or marks. The copied classes are drafts and take the revision published when they
    open. A stop that the route names already and that has no class yet takes the days and the place.
    Refuses who does not coordinate ``region``, and a city whose stop has classes.
    """
    require_host(by, region)
    Programme.objects.select_for_update().get(pk=stop.programme_id)
    shift = starts_on - stop.starts_on
    copy = _free_stop(stop, region)
    copy.starts_on, copy.ends_on = starts_on, stop.ends_on + shift
    copy.venue, copy.copied_from = venue, stop
    copy.save()
    for cohort in stop.cohorts.order_by("pk"):
        twin = create_cohort(
            programme=stop.programme,
            host_region=region,
            code=free_code(programme=stop.programme, region=region),
            name=cohort.name.replace(stop.region.short_name, region.short_name),
            starts_on=cohort.starts_on + shift,
            ends_on=cohort.ends_on + shift,
            venue=venue,
            stop=copy,
            late_minutes=cohort.late_minutes,
            takes_sign_out=cohort.takes_sign_out,
            by=by,
            at=at,
        )
        for session in cohort.sessions.prefetch_related("agenda"):
            _copy_session(session, cohort=twin, shift_days=shift.days, place=venue)
    record_audit(
        by=by, action="stop.copied", at=at, subject=copy, region=region, copied_from=stop.pk
    )
    return copy


def _free_stop(stop: CityStop, region: Region) -> CityStop:
    """The stop of the same programme in ``region``: as the route names it, or (unsaved) the next."""
    others = CityStop.objects.filter(programme=stop.programme)
    found = others.filter(region=region).first()
    if found is None:
        last = others.aggregate(n=Max("number"))["n"] or 0
        return CityStop(programme=stop.programme, region=region, number=last + 1)
    if found == stop or found.cohorts.exists():
        raise StopExists(
            _("%(city)s的这一站已经有班次，不能再复制，请直接改那里的班次。")
            % {"city": region.name}
        )
    return found


def _copy_session(session: Session, *, cohort: Cohort, shift_days: int, place: str) -> None:
    from datetime import timedelta

    shift = timedelta(days=shift_days)
    agenda = list(session.agenda.all())
    moved = [
        "starts_at",
        "ends_at",
        "opens_at",
        "closes_at",
        "sign_out_opens_at",
        "sign_out_closes_at",
    ]
    session.pk, session._state.adding = None, True
    session.cohort, session.place = cohort, place
    for field in moved:
        moment = getattr(session, field)
        setattr(session, field, moment + shift if moment else None)
    session.save()
    AgendaItem.objects.bulk_create(
        AgendaItem(
            session=session,
            starts_at=item.starts_at + shift,
            ends_at=item.ends_at + shift,
            title=item.title,
            note=item.note,
        )
        for item in agenda
    )


@transaction.atomic
def open_cohort(*, cohort: Cohort, by: Member | System, at: datetime) -> Cohort:
    """草稿 → 报名中: freeze the published curriculum and its rule into the class (ruling 19).

    Refuses who does not run it, a class without sessions, and one whose programme is not published.
    """
    require_runner(by, cohort)
    cohort = Cohort.objects.select_for_update().get(pk=cohort.pk)
    if cohort.state != State.DRAFT:
        return cohort
    programme = cohort.programme
    if not programme.live:
        raise NotPublished(
            _("项目“%(title)s”还没有发布，请先在编辑后台发布。") % {"title": programme.title}
        )
    if not cohort.sessions.exists():
        raise NothingToTeach(_("班次“%(name)s”还没有场次，请先添加场次。") % {"name": cohort.name})
    cohort.curriculum = freeze_curriculum(programme)
    cohort.rule_version = cohort.curriculum["rule"]["version"]
    cohort.state = State.ENROLLING
    cohort.opened_at = at
    cohort.save(update_fields=["curriculum", "rule_version", "state", "opened_at"])
    record_audit(
        by=by,
        action="cohort.opened",
        at=at,
        subject=cohort,
        region=cohort.host_region_id,
        rule=cohort.rule_version,
    )
    return cohort


_NEXT = {
    State.RUNNING: {State.ENROLLING},
    State.TO_CLOSE: {State.RUNNING, State.ENROLLING},
    State.ARCHIVED: {State.CLOSED},
}


@transaction.atomic
def move_cohort(*, cohort: Cohort, to: str, by: Member | System, at: datetime) -> Cohort:
    """报名中 → 进行中 → 待结班, and 已结班 → 已归档; any other step has an operation of its own.

    Refuses who does not run the class.
    """
    require_runner(by, cohort)
    cohort = Cohort.objects.select_for_update().get(pk=cohort.pk)
    if cohort.state == to:
        return cohort
    if cohort.state not in _NEXT.get(State(to), set()):
        raise WrongCohortState(
            _("班次“%(name)s”现在是“%(state)s”，不能改为“%(to)s”。")
            % {"name": cohort.name, "state": cohort.get_state_display(), "to": State(to).label}
        )
    before = cohort.state
    cohort.state = to
    cohort.save(update_fields=["state"])
    record_audit(
        by=by,
        action="cohort.moved",
        at=at,
        subject=cohort,
        region=cohort.host_region_id,
        before=before,
        after=to,
    )
    return cohort


@transaction.atomic
def staff_cohort(
    *,
    cohort: Cohort,
    member: Member,
    role: str,
    from_on: date,
    to_on: date | None = None,
    by: Member | System,
    at: datetime,
) -> CohortStaff:
    """Put ``member`` into the hall as 班主任, 签到员 or 讲师 (ruling 7); again only changes the dates.

    She is told. Refuses who does not run the class, and an end before the beginning.
    """
    require_runner(by, cohort)
    require_dates(from_on, to_on)
    post, _made = CohortStaff.objects.update_or_create(
        cohort=cohort, member=member, role=role, defaults={"from_on": from_on, "to_on": to_on}
    )
    record_audit(
        by=by,
        action="cohort.staffed",
        at=at,
        subject=cohort,
        region=cohort.host_region_id,
        member=member.pk,
        role=role,
    )
    notify(
        members=[member],
        kind="staffed",
        key=f"{cohort.pk}:{role}",
        text=_("您是“%(name)s”的%(role)s") % {"name": cohort.name, "role": post.get_role_display()},
        note=_("%(from)s开始，%(venue)s")
        % {"from": cn_date(cohort.starts_on), "venue": cohort.venue}
        if cohort.venue
        else _("%(from)s开始") % {"from": cn_date(cohort.starts_on)},
        url=reverse("desk"),
        at=at,
    )
    return post
