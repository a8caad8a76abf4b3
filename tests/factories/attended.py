"""People of the cast's class with their marks and results, made straight in the tables and in bulk."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from community.models import Affiliation, Member
from tests.factories.cast import LONG_AGO, ZHAOJUE, Cast, moment
from training.models import Attendance, Cohort, Enrolment, Requirement, RequirementResult, Session

CLOSED_AT = moment(28, 9, 0)
ACCEPTED = RequirementResult.State.ACCEPTED


def sign_in(enrolment: Enrolment, session: Session, **more: Any) -> Attendance:
    """One counted mark, at the session's start; fields of the mark can be given."""
    return Attendance.objects.create(**_mark(enrolment, session, **more))


def _mark(enrolment: Enrolment, session: Session, **more: Any) -> dict[str, Any]:
    return {
        "session": session,
        "enrolment": enrolment,
        "proof": Attendance.Proof.ACCOUNT,
        "at": session.starts_at,
        "received_at": session.starts_at,
        "receipt": "K7Q2",
        "county_id": enrolment.county_id,
        "changed_at": session.starts_at,
        **more,
    }


def attend(enrolment: Enrolment, positions: Iterable[int] = (1, 2, 3, 4)) -> None:
    """Sign ``enrolment`` in to these half-days of its class."""
    for session in enrolment.cohort.sessions.filter(position__in=list(positions)):
        sign_in(enrolment, session)


def requirement_of(cohort: Cohort) -> Requirement:
    return Requirement.objects.get(programme=cohort.programme_id)


def accept_work(
    enrolment: Enrolment, *, state: str = ACCEPTED, at: datetime = CLOSED_AT
) -> RequirementResult:
    """Put the work's result straight into the table."""
    return RequirementResult.objects.create(
        enrolment=enrolment, requirement=requirement_of(enrolment.cohort), state=state, at=at
    )


def attended_and_accepted(enrolment: Enrolment) -> Enrolment:
    """One who will pass with 18 学时."""
    attend(enrolment)
    accept_work(enrolment)
    return enrolment


def crowd(cast: Cast, count: int, *, code: str = ZHAOJUE) -> list[Enrolment]:
    """``count`` people who attended everything and whose work is accepted, in the cast's class."""
    school = cast.school(code)
    start = Member.objects.count()
    members = Member.objects.bulk_create(
        Member(username=f"crowd{start + n}", name=f"吉克{_numeral(n)}", password="!")
        for n in range(count)
    )
    affiliations = Affiliation.objects.bulk_create(
        Affiliation(member=member, institution=school, from_on=LONG_AGO) for member in members
    )
    enrolments = Enrolment.objects.bulk_create(
        Enrolment(
            cohort=cast.cohort,
            member=member,
            affiliation=affiliation,
            institution=school,
            county_id=code,
            name=member.name,
            institution_name=school.name,
            created_at=cast.at,
            changed_at=cast.at,
        )
        for member, affiliation in zip(members, affiliations, strict=True)
    )
    sessions = list(cast.cohort.sessions.all())
    Attendance.objects.bulk_create(
        Attendance(**_mark(enrolment, session)) for enrolment in enrolments for session in sessions
    )
    requirement = requirement_of(cast.cohort)
    RequirementResult.objects.bulk_create(
        RequirementResult(
            enrolment=enrolment, requirement=requirement, state=ACCEPTED, at=CLOSED_AT
        )
        for enrolment in enrolments
    )
    return enrolments


def _numeral(number: int) -> str:
    return "".join("〇一二三四五六七八九"[int(digit)] for digit in str(number))


def hours_of(member: Member) -> Decimal:
    """What the ledger sums to for ``member``, over all cycles."""
    return member.hours_entries.total()  # type: ignore[no-any-return]


def second_class(cast: Cast, *, code: str = "LS19", days_later: int = 7) -> Cohort:
    """Another open class of the same programme and region, with the same four contents, later."""
    from datetime import timedelta

    from tests.factories.cast import SYSTEM
    from training.operations.cohort import create_cohort, open_cohort
    from training.operations.session import add_session

    shift = timedelta(days=days_later)
    first = cast.cohort
    cohort = create_cohort(
        programme=first.programme,
        host_region=first.host_region,
        code=code,
        name="凉山场补训",
        starts_on=first.starts_on + shift,
        ends_on=first.ends_on + shift,
        by=SYSTEM,
        at=cast.at,
    )
    for session in first.sessions.order_by("position"):
        add_session(
            cohort=cohort,
            module_key=session.content_key.removeprefix("module:"),
            label=session.label,
            starts_at=session.starts_at + shift,
            ends_at=session.ends_at + shift,
            by=SYSTEM,
            at=cast.at,
        )
    return open_cohort(cohort=cohort, by=SYSTEM, at=cast.at)
