"""Entering many invented people at once: members, posts, enrolments and marks, in bulk."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from community.models import Affiliation, Institution, Member, Region
from community.names import pinyin_key
from community.operations.member import set_identity, set_phone
from training.models import Attendance, Cohort, Enrolment, Requirement, RequirementResult, Session
from website.demo.people import Invention

_BATCH = 1000
_POSTED_ON = date(2019, 9, 1)
_RECEIPT = "ACDEFGHJKMNPQRTUVWXY3479"

_STAGES = {
    "幼儿园": Institution.Stage.PRESCHOOL,
    "九年一贯制": Institution.Stage.NINE_YEAR,
    "职业": Institution.Stage.VOCATIONAL,
    "中学": Institution.Stage.JUNIOR,
}


def stage_of(name: str) -> Institution.Stage:
    """The stage that an invented school's name says."""
    found = (stage for word, stage in _STAGES.items() if word in name)
    return next(found, Institution.Stage.PRIMARY)


@dataclass
class Crowd:
    """Invents people and puts them where they belong; keeps the schools it has made."""

    invention: Invention
    at: datetime
    _schools: dict[tuple[str, str], Institution] = field(default_factory=dict)
    _usernames: int = 0

    def school(self, county: Region) -> Institution:
        name = self.invention.school(county.name)
        known = self._schools.get((county.code, name))
        if known is None:
            kind = (
                Institution.Kind.URBAN_SCHOOL if "实验" in name else Institution.Kind.RURAL_SCHOOL
            )
            known, _ = Institution.objects.get_or_create(
                region=county,
                name=name,
                defaults={"kind": kind, "stage": stage_of(name)},
            )
            self._schools[county.code, name] = known
        return known

    def bureau(self, county: Region) -> Institution:
        name = f"{county.name}教育体育和科学技术局"
        known = self._schools.get((county.code, name))
        if known is None:
            # No exchange has the area 0000: a number that is made up rings nowhere.
            kind, phone = Institution.Kind.ADMINISTRATION, f"0000-{county.code}"
            known, _ = Institution.objects.get_or_create(
                region=county, name=name, defaults={"kind": kind, "phone": phone}
            )
            self._schools[county.code, name] = known
        return known

    def enter(self, cohort: Cohort, county: Region, count: int) -> list[Enrolment]:
        """``count`` new people of ``county`` on the roster of ``cohort``."""
        people: list[tuple[Member, Institution, str]] = []
        for _ in range(count):
            in_bureau = self.invention.chance(0.15)
            member = Member(
                username=self._username(),
                name=self.invention.name(county.code),
                trainee_type=(
                    Member.TraineeType.ADMINISTRATOR if in_bureau else Member.TraineeType.PRINCIPAL
                ),
                is_sample=True,
            )
            member.name_key = pinyin_key(member.name)
            set_phone(member, self.invention.phone())
            set_identity(member, kind="resident", number=self.invention.identity(county.code))
            member.password = "!"  # noqa: S105  (no account is active before its owner activates it)
            words = self.invention.words["bureau_posts" if in_bureau else "posts"]
            people.append(
                (
                    member,
                    self.bureau(county) if in_bureau else self.school(county),
                    self.invention.one_of(words),
                )
            )
        Member.objects.bulk_create([member for member, _, _ in people], batch_size=_BATCH)
        posts = Affiliation.objects.bulk_create(
            [
                Affiliation(member=member, institution=school, post=post, from_on=_POSTED_ON)
                for member, school, post in people
            ],
            batch_size=_BATCH,
        )
        start = cohort.enrolments.count()
        return Enrolment.objects.bulk_create(
            [
                Enrolment(
                    cohort=cohort,
                    member=member,
                    affiliation=affiliation,
                    institution=school,
                    county=county,
                    name=member.name,
                    name_key=member.name_key,
                    institution_name=school.name,
                    post=post,
                    trainee_type=member.trainee_type,
                    seat=f"{(start + n) // 16 + 1}排{(start + n) % 16 + 1}座",
                    group_name=f"第{(start + n) % 12 + 1}研讨组",
                    created_at=self.at,
                    changed_at=self.at,
                )
                for n, ((member, school, post), affiliation) in enumerate(
                    zip(people, posts, strict=True)
                )
            ],
            batch_size=_BATCH,
        )

    def _username(self) -> str:
        self._usernames += 1
        return f"s{self._usernames:07d}"

    def attend(
        self,
        session: Session,
        enrolments: list[Enrolment],
        share: float,
        late: float,
        until: datetime | None = None,
    ) -> None:
        """Mark about ``share`` of ``enrolments`` at ``session``, about ``late`` of them late.

        Nobody is marked after ``until``: in the hall that is open now nobody comes from the future.
        """
        marks = []
        for enrolment in enrolments:
            if not self.invention.chance(share):
                continue
            is_late = self.invention.chance(late)
            first, last = (
                (session.late_after, session.late_after + timedelta(minutes=6))
                if is_late
                else (session.opens_at, session.starts_at)
            )
            if until is not None:
                last = min(last, until)
            seconds = max(1, int((last - first).total_seconds()))
            moment = first + timedelta(seconds=self.invention.between(1, seconds))
            marks.append(
                Attendance(
                    session=session,
                    enrolment=enrolment,
                    kind=Attendance.Kind.IN,
                    state=Attendance.State.COUNTED,
                    proof=Attendance.Proof.ACCOUNT,
                    at=moment,
                    received_at=moment,
                    is_late=is_late,
                    by_id=enrolment.member_id,
                    receipt="".join(self.invention.one_of(list(_RECEIPT)) for _ in range(4)),
                    county_id=enrolment.county_id,
                    changed_at=moment,
                )
            )
        Attendance.objects.bulk_create(marks, batch_size=_BATCH, ignore_conflicts=True)

    def hand_in(
        self, requirement: Requirement, enrolments: list[Enrolment], share: float, at: datetime
    ) -> None:
        """Accept the work of about ``share`` of ``enrolments``."""
        RequirementResult.objects.bulk_create(
            [
                RequirementResult(
                    enrolment=enrolment,
                    requirement=requirement,
                    state=RequirementResult.State.ACCEPTED,
                    at=at,
                )
                for enrolment in enrolments
                if self.invention.chance(share)
            ],
            batch_size=_BATCH,
            ignore_conflicts=True,
        )
