"""One class as it is planned: its half-days, its people in the hall, the step that comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Replace
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from community.models import Affiliation, Member
from community.phones import normalise_phone
from community.scope import Viewer
from community.vault import blind_index
from training.curriculum import FrozenModule, curriculum_of
from training.models import Attendance, Cohort, CohortStaff, ScanAttempt, Session

State = Cohort.State

FOUND_AT_MOST = 20


@dataclass(frozen=True)
class Step:
    """What the button of a class does next, said on the button and beside it."""

    to: str
    deed: str
    words: str
    undo: str


def next_step(cohort: Cohort) -> Step | None:
    """The next state that is one button away; 结班 has a page of its own."""
    return {
        State.DRAFT: Step(
            State.ENROLLING,
            _("开放报名"),
            _(
                "开放以后可以导入名单。课程、学时和结业规则按现在发布的版本固定在这个班，以后项目再改也不变。"
            ),
            _("就要开放报名"),
        ),
        State.ENROLLING: Step(
            State.RUNNING,
            _("开始上课"),
            _("班次转为进行中，名单还可以增减。"),
            _("就要转为进行中"),
        ),
        State.RUNNING: Step(
            State.TO_CLOSE,
            _("转为待结班"),
            _("课上完以后转，接着核对签到、录入作业和成绩。名单和签到还可以改。"),
            _("就要转为待结班"),
        ),
    }.get(State(cohort.state))


def planned_sessions(cohort: Cohort) -> QuerySet[Session]:
    """The half-days in their order, with how many lines of agenda each has and whether anybody tried it."""
    return cohort.sessions.annotate(
        line_count=Count("agenda"),
        is_used=Exists(Attendance.objects.filter(session=OuterRef("pk")))
        | Exists(ScanAttempt.objects.filter(session=OuterRef("pk"))),
    )


def untaught(cohort: Cohort, sessions: Sequence[Session]) -> list[FrozenModule]:
    """Modules for the hall that have no half-day in this class yet."""
    held = {session.content_key for session in sessions}
    return [
        module
        for module in curriculum_of(cohort).modules
        if not module.is_work and module.content_key not in held
    ]


def outside(cohort: Cohort, sessions: Sequence[Session]) -> list[Session]:
    """Half-days on other days than the class's own: mostly a slip in one of the two."""
    return [
        session
        for session in sessions
        if not cohort.starts_on <= localdate(session.starts_at) <= cohort.ends_on
    ]


def staff_of(cohort: Cohort, *, viewer: Viewer) -> QuerySet[CohortStaff]:
    """Who works in the hall of ``cohort``, as far as ``viewer`` may see, by role and beginning."""
    return (
        CohortStaff.objects.visible_to(viewer)
        .filter(cohort=cohort)
        .select_related("member")
        .order_by("role", "from_on", "pk")
    )


def find_people(*, viewer: Viewer, search: str) -> QuerySet[Member]:
    """People whom ``viewer`` may see: by name, by pinyin, by a whole telephone number or its last four."""
    word = search.strip()[:50]
    if not word:
        return Member.objects.none()
    wanted = Q(name__contains=word) | Q(spelt__startswith=word.lower().replace(" ", ""))
    phone = normalise_phone(word)
    if phone.isdecimal():
        wanted = Q(phone_last4=phone)
        if len(phone) > 4:
            wanted = Q(phone_index=blind_index(phone, purpose="phone"))
    present = Affiliation.objects.filter(to_on__isnull=True).select_related("institution")
    return (
        Member.objects.visible_to(viewer)
        .annotate(spelt=Replace("name_key", Value(" "), Value("")))
        .filter(wanted, is_active=True)
        .prefetch_related(Prefetch("affiliations", queryset=present, to_attr="present"))
        .order_by("name_key", "name", "pk")
    )
