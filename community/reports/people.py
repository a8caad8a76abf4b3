"""The people of an area as its coordinators find and read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from django.db.models import BigIntegerField, Max, Prefetch, Q, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy

from community.models import (
    ActivationSlip,
    Affiliation,
    AuditEntry,
    Institution,
    Member,
    Notification,
    Region,
)
from community.operations.appointment import live_appointments
from community.operations.phone import PHONE_CHANGE
from community.scope import Viewer, prefix_q, region_q

CHANGES: Final = {
    "account.activated": gettext_lazy("第一次登录"),
    "account.sessions_ended": gettext_lazy("退出所有设备"),
    "account.two_step_reset": gettext_lazy("关闭两步验证"),
    "member.entered": gettext_lazy("登记"),
    "member.name_corrected": gettext_lazy("更正姓名"),
    "member.phone_changed": gettext_lazy("更改手机号"),
    "member.phone_kept": gettext_lazy("手机号不改"),
    "member.transferred": gettext_lazy("调动"),
    "slip.issued": gettext_lazy("打印登录单"),
    "slip.used": gettext_lazy("用登录单登录"),
}
"""What the page of a person tells of the log, in words."""


@dataclass(frozen=True)
class PeopleWanted:
    """What the list is narrowed to; everything empty is everybody."""

    search: str = ""
    institution: Institution | None = None
    trainee_type: str = ""
    state: str = ""


@dataclass(frozen=True)
class PersonLine:
    """One person on the list: where she works in this area, and whether she waits for a phone."""

    member: Member
    affiliation: Affiliation | None
    asks_phone: bool


def posts_in(region: Region) -> QuerySet[Affiliation]:
    """Open posts at the schools of ``region``."""
    return Affiliation.objects.filter(
        prefix_q([region.prefix], "institution__region_id"), to_on__isnull=True
    )


def people_in(
    *, region: Region, viewer: Viewer, wanted: PeopleWanted | None = None
) -> QuerySet[Member]:
    """Who works in ``region`` now, as far as ``viewer`` may see them, by pinyin.

    ``wanted.search`` is looked for in names, pinyin, schools' names and the last four digits of
    telephones; ``wanted.state`` is "new" (never logged in) or "phone" (asked for another number).
    """
    wanted = wanted or PeopleWanted()
    posts = posts_in(region)
    if wanted.institution is not None:
        posts = posts.filter(institution=wanted.institution)
    people = (
        Member.objects.visible_to(viewer)
        .filter(pk__in=posts.values("member"))
        .order_by("name_key", "pk")
    )
    if wanted.trainee_type:
        people = people.filter(trainee_type=wanted.trainee_type)
    if wanted.state == "new":
        people = people.filter(activated_at__isnull=True)
    if wanted.state == "phone":
        people = people.filter(pk__in=_phone_changes_asked())
    search = wanted.search.strip()[:50]
    if search:
        people = people.filter(_found_by(search, region))
    return people


def without_a_log_in(
    *, region: Region, viewer: Viewer, wanted: PeopleWanted, on: date
) -> QuerySet[Member]:
    """Who of ``wanted`` never logged in and holds no power: people who may need a slip."""
    powers = live_appointments(on).values("member")
    return (
        people_in(region=region, viewer=viewer, wanted=replace(wanted, state="new"))
        .filter(is_active=True, is_superuser=False, groups__isnull=True)
        .exclude(pk__in=powers)
    )


def newest_slips(members: Iterable[Member]) -> dict[int, int]:
    """The key of the newest slip of each of ``members`` who has one; one statement."""
    rows = (
        ActivationSlip.objects.filter(member__in=[member.pk for member in members])
        .values("member")
        .annotate(newest=Max("pk"))
        .values_list("member", "newest")
    )
    return dict(rows)


def _found_by(search: str, region: Region) -> Q:
    schools = posts_in(region).filter(institution__name__contains=search)
    found = (
        Q(name__contains=search)
        | Q(name_key__startswith=search.lower())
        | Q(username=search.lower())
        | Q(pk__in=schools.values("member"))
    )
    return found | Q(phone_last4=search) if search.isdecimal() and len(search) == 4 else found


def _phone_changes_asked() -> QuerySet[Notification, int]:
    """The members with an open request for another telephone: the key of the task is theirs."""
    return (
        Notification.objects.open()
        .filter(kind=PHONE_CHANGE)
        .annotate(asker=Cast("key", BigIntegerField()))
        .values_list("asker", flat=True)
    )


def person_lines(*, members: Iterable[Member], region: Region) -> list[PersonLine]:
    """``members`` with what the list says of each: two statements for any number of them."""
    people = list(
        Member.objects.filter(pk__in=[member.pk for member in members])
        .prefetch_related(
            Prefetch(
                "affiliations",
                queryset=posts_in(region)
                .select_related("institution__region")
                .order_by("-is_main", "pk"),
                to_attr="posts_here",
            )
        )
        .order_by("name_key", "pk")
    )
    asking = asking_for_phone(people)
    return [
        PersonLine(
            member=member,
            affiliation=next(iter(vars(member)["posts_here"]), None),
            asks_phone=member.pk in asking,
        )
        for member in people
    ]


def asking_for_phone(members: Iterable[Member]) -> set[int]:
    """Which of ``members`` have asked for another telephone and still wait."""
    keys = [str(member.pk) for member in members]
    open_keys = (
        Notification.objects.open()
        .filter(kind=PHONE_CHANGE, key__in=keys)
        .values_list("key", flat=True)
    )
    return {int(key) for key in open_keys}


def changes_of(*, member: Member, viewer: Viewer) -> QuerySet[AuditEntry]:
    """What was changed about ``member``, newest first: in the viewer's region, and what names none."""
    return (
        AuditEntry.objects.filter(region_q(viewer, "region_id") | Q(region__isnull=True))
        .filter(subject_kind="community.member", subject_id=str(member.pk), action__in=CHANGES)
        .order_by("-at", "-pk")
    )
