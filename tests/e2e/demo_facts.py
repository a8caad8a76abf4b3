"""What the demo has, for whoever looks at every screen: used by the stagehand, which has set Django up."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.utils import timezone

from community.models import Appointment, Institution, Member, NoticePage, Region
from community.operations.appointment import appoint
from tests.factories import rosters
from tests.factories.cast import LIANGSHAN, SYSTEM
from training.models import (
    Attendance,
    Certificate,
    Cohort,
    Enrolment,
    Requirement,
    RosterBatch,
    Session,
)
from training.operations.attendance import Scan
from training.operations.roster import check_roster
from training.operations.roster_import import import_roster
from training.operations.waiting import keep_waiting


def facts_of_demo() -> dict[str, Any]:
    """Keys of the demo's things; a few of them are made here."""
    session = Session.objects.get(cohort__code=f"IT-{LIANGSHAN}", position=1)
    cohort = session.cohort
    mark = Attendance.objects.filter(session=session).order_by("pk").first()
    certificate = Certificate.objects.get(member__username="tangjing")
    return {
        "session": session.pk,
        "later": cohort.sessions.get(position=4).pk,
        "cohort": cohort.pk,
        "draft": Cohort.objects.filter(state=Cohort.State.DRAFT, host_region="513431")[0].pk,
        "closed": certificate.enrolment.cohort_id,
        "marked": mark.enrolment_id if mark else 0,
        "enrolment": Enrolment.objects.active().filter(cohort=cohort).order_by("pk")[0].pk,
        "waiting": _somebody_waits(session),
        "requirement": Requirement.objects.get(programme=cohort.programme_id).pk,
        "programme": cohort.programme.slug,
        "certificate": certificate.number,
        "notice": NoticePage.objects.live().order_by("pk")[0].slug,
        **_two_uploads(cohort),
        **_somebody_to_look_after(),
    }


def _somebody_waits(session: Session) -> int:
    scan = Scan(kind="in", seen_at=timezone.now(), proof=Attendance.Proof.NONE)
    kept = keep_waiting(
        session=session, name="阿牛木呷", phone="13877709001", scan=scan, at=timezone.now()
    )
    assert kept.mark is not None
    return kept.mark.enrolment_id


def _somebody_to_look_after() -> dict[str, int]:
    """A person of 昭觉 with a school and its clerk, whose power can be taken back."""
    school = Institution.objects.filter(region_id="513431").order_by("pk")[0]
    people = Member.objects.filter(
        affiliations__institution__region_id="513431",
        affiliations__to_on=None,
        username__startswith="s0",
    ).order_by("pk")
    person, clerk = people[0], people[1]
    power = appoint(
        member=clerk,
        role=Appointment.Role.SCHOOL_CLERK,
        region=school.region,
        institution=school,
        from_on=timezone.localdate(),
        by=SYSTEM,
        at=timezone.now(),
    )
    return {"person": person.pk, "school": school.pk, "power": power.pk}


def _two_uploads(cohort: Cohort) -> dict[str, int]:
    """One file with rows to mend, to look alike and to decide about; one that has been imported."""
    region = cohort.host_region
    unit = Institution.objects.filter(region_id="513431").order_by("pk")[0].name
    good = [rosters.person(n, 单位=unit) for n in range(1, 4)]
    faulty = [
        rosters.person(11, 单位="昭觉县月亮小学校"),
        rosters.person(12, 单位="昭觉县月亮小学校"),
        rosters.person(13, 单位=unit, 姓名=""),
        rosters.person(14, 单位=unit, 手机号="1360000001"),
        rosters.person(15, 单位=unit, 县="汶川县", 市州="阿坝州"),
        rosters.person(1, 单位=unit),
    ]
    checked = _upload(cohort, region, "凉山场名单.csv", [*good, *faulty])
    imported = _upload(cohort, region, "凉山场补报.csv", [rosters.person(21, 单位=unit)])
    import_roster(batch=imported, by=SYSTEM, at=timezone.now())
    return {"checked": checked.pk, "imported": imported.pk}


def _upload(cohort: Cohort, region: Region, name: str, rows: list[dict[str, Any]]) -> RosterBatch:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(rosters.csv_bytes(rows))
        return check_roster(cohort=cohort, file=path, region=region, by=SYSTEM, at=timezone.now())
