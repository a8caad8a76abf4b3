"""Adding and changing half-days while a class is not yet closed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from community.models import Member
from community.operations.audit import record_audit
from community.refusals import Refusal
from community.scope import System
from training.curriculum import FrozenModule, curriculum_of
from training.models import Cohort, Session
from training.operations.runner import require_runner

OPENS_BEFORE = timedelta(minutes=40)
CLOSES_AFTER_START = timedelta(minutes=60)
SIGN_OUT_BEFORE_END = timedelta(minutes=10)
SIGN_OUT_AFTER_END = timedelta(minutes=30)


class ModuleTaken(Refusal):
    code = "module_has_a_session"


class SessionHasMarks(Refusal):
    code = "session_has_marks"


class CohortClosed(Refusal):
    code = "cohort_closed"


class NoSuchModule(Refusal):
    code = "no_such_module"


class SessionTimes(Refusal):
    code = "session_times"


def _require_open(cohort: Cohort) -> None:
    if cohort.state in {Cohort.State.CLOSED, Cohort.State.ARCHIVED}:
        raise CohortClosed(_("班次“%(name)s”已经结班，场次不能再改。") % {"name": cohort.name})


def _teachable(cohort: Cohort, key: str) -> FrozenModule:
    """The module with ``key`` if it is taught in the hall; work is done at home and has no
    half-day.
    """
    for module in curriculum_of(cohort).modules:
        if module.key == key and not module.is_work:
            return module
    raise NoSuchModule(_("这个项目里没有这个模块，或者它是返校实践，不用排场次。请重新选择。"))


def _require_order(session: Session) -> None:
    """The promises of the table, said in words and each at its own place."""
    if session.ends_at <= session.starts_at:
        raise SessionTimes(_("“%(label)s”的结束时间要晚于开始时间。") % {"label": session.label})
    if session.opens_at > session.starts_at:
        raise SessionTimes(_("“%(label)s”要在开始时间以前开放签到。") % {"label": session.label})
    if session.closes_at <= session.opens_at:
        raise SessionTimes(
            _("“%(label)s”停止签到的时间要晚于开始签到的时间。") % {"label": session.label}
        )
    if not session.takes_sign_out:
        return
    opens, closes = session.sign_out_opens_at, session.sign_out_closes_at
    if opens is None or closes is None or opens < session.starts_at or closes <= opens:
        raise SessionTimes(
            _("“%(label)s”的签退要在开始以后开放，并且晚一些停止。") % {"label": session.label}
        )


@transaction.atomic
def add_session(
    *,
    cohort: Cohort,
    module_key: str,
    label: str,
    starts_at: datetime,
    ends_at: datetime,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    place: str = "",
    by: Member | System,
    at: datetime,
) -> Session:
    """Add the half-day that delivers the module ``module_key``, with its hours copied (ruling 19).

    The sign-in window defaults to 40 minutes before until 60 minutes after the start. Refuses who
    does not run the class, a closed one, a module that is not taught or is taught already, and times
    in the wrong order.
    """
    require_runner(by, cohort)
    cohort = Cohort.objects.select_for_update().get(pk=cohort.pk)
    _require_open(cohort)
    module = _teachable(cohort, module_key)
    position = (cohort.sessions.aggregate(n=Max("position"))["n"] or 0) + 1
    session = Session(
        cohort=cohort,
        position=position,
        title=module.title,
        label=label,
        kind=module.kind,
        content_key=module.content_key,
        hours=module.hours,
        starts_at=starts_at,
        ends_at=ends_at,
        opens_at=opens_at or starts_at - OPENS_BEFORE,
        closes_at=closes_at or min(starts_at + CLOSES_AFTER_START, ends_at),
        late_minutes=cohort.late_minutes,
        takes_sign_out=cohort.takes_sign_out,
        sign_out_opens_at=ends_at - SIGN_OUT_BEFORE_END if cohort.takes_sign_out else None,
        sign_out_closes_at=ends_at + SIGN_OUT_AFTER_END if cohort.takes_sign_out else None,
        place=place or cohort.venue,
    )
    _require_order(session)
    try:
        with transaction.atomic():
            session.save()
    except IntegrityError:
        raise ModuleTaken(
            _("模块“%(module)s”已经有场次了。一个模块在一个班里只上一次，请换一个模块。")
            % {"module": module.title}
        ) from None
    record_audit(
        by=by, action="session.added", at=at, subject=session, region=cohort.host_region_id
    )
    return session


@transaction.atomic
def change_session(
    *, session: Session, by: Member | System, at: datetime, **fields: Any
) -> Session:
    """Change times, place, label or lateness of a half-day; marks already made keep their own
    verdict, and the agenda moves with the beginning. Refuses who does not run the class, a closed
    one, and times in the wrong order.
    """
    require_runner(by, session.cohort)
    session = Session.objects.select_for_update().select_related("cohort").get(pk=session.pk)
    _require_open(session.cohort)
    allowed = {
        "label",
        "place",
        "starts_at",
        "ends_at",
        "opens_at",
        "closes_at",
        "late_minutes",
        "takes_sign_out",
        "sign_out_opens_at",
        "sign_out_closes_at",
    }
    if unknown := fields.keys() - allowed:
        raise TypeError(f"not a session's own: {sorted(unknown)}")
    before = {name: str(getattr(session, name)) for name in fields}
    begun = session.starts_at
    for name, value in fields.items():
        setattr(session, name, value)
    _require_order(session)
    session.save(update_fields=list(fields))
    if moved := session.starts_at - begun:
        session.agenda.update(starts_at=F("starts_at") + moved, ends_at=F("ends_at") + moved)
    record_audit(
        by=by,
        action="session.changed",
        at=at,
        subject=session,
        region=session.cohort.host_region_id,
        before=before,
        after={name: str(value) for name, value in fields.items()},
    )
    return session


@transaction.atomic
def drop_session(*, session: Session, by: Member | System, at: datetime) -> None:
    """Take a half-day out of the plan; refused as soon as anybody has a mark or tried to sign in.

    Also refuses who does not run the class.
    """
    require_runner(by, session.cohort)
    session = Session.objects.select_for_update().select_related("cohort").get(pk=session.pk)
    _require_open(session.cohort)
    if session.attendances.exists() or session.scan_attempts.exists():
        raise SessionHasMarks(
            _("“%(label)s”已有签到记录，不能删除。时间有变，请修改时间。")
            % {"label": session.label}
        )
    record_audit(
        by=by,
        action="session.dropped",
        at=at,
        subject=session,
        region=session.cohort.host_region_id,
        label=session.label,
    )
    session.delete()
