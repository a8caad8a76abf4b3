"""The demo: one province in the middle of its training, seen from today."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from community.models import Appointment, Member, NoticeIndexPage, NoticePage, Region
from community.operations.appointment import appoint
from community.operations.consent import give_consent
from community.operations.member import affiliate, enter_member
from community.scope import System
from training.models import (
    AgendaItem,
    CityStop,
    Cohort,
    CohortStaff,
    Enrolment,
    Module,
    Programme,
    ProgrammeIndexPage,
    ProgrammePage,
    Requirement,
    Session,
)
from training.operations.certificate import issue_certificates
from training.operations.closing import close_cohort
from training.operations.cohort import create_cohort, move_cohort, open_cohort, staff_cohort
from training.operations.enrolment import enrol
from training.operations.session import add_session, change_session
from website.demo.crowd import Crowd, stage_of
from website.demo.people import DATA, Invention
from website.operations.site import EDITORS

BY = System("load_demo")
SEED = 33
PASSWORD = "tongke-demo-2016"  # noqa: S105  (printed in the README, for invented people only)
LIANGSHAN, MUCHUAN, ZHAOJUE = "513400", "511129", "513431"
# Days from today: a stop beyond is on the route and has no class yet, so one may copy another stop to it.
ONLY_ON_THE_ROUTE = 110
HALL = [34, 26, 18, 28, 20, 26, 18, 20, 20, 20, 28, 20, 24, 26, 20, 22, 16]
Say = Callable[[str], None]


@dataclass
class Demo:
    """Loads everything once; ``move_to_now`` keeps the open session open."""

    teachers: int
    now: datetime
    say: Say

    def load(self) -> None:
        self.invention = Invention(SEED)
        self.today = timezone.localdate(self.now)
        self.crowd = Crowd(self.invention, self.now - timedelta(days=100))
        with transaction.atomic():
            self.programme = self._programme()
            self._notices()
            self.cast = self._cast()
        self._route()
        self._county_classes()
        self._write_accounts()

    def _programme(self) -> Programme:
        words = json.loads((DATA / "programme.json").read_text(encoding="utf-8"))
        self.words = words
        programme = Programme.objects.create(
            slug=words["slug"],
            title=words["title"],
            summary=words["summary"],
            year=self.today.year,
            level=Programme.Level.PROVINCIAL,
            mode=Programme.Mode.SHORT,
            organiser=words["organiser"],
            basis=words["basis"],
            contact=words["contact"],
            designation_list=words["designation_list"],
            is_sample=True,
            live=False,
        )
        modules = [
            Module.objects.create(
                programme=programme,
                title=m["title"],
                kind=m["kind"],
                hours=Decimal(m["hours"]),
                summary=m["summary"],
                sort_order=order,
            )
            for order, m in enumerate(words["modules"])
        ]
        for order, r in enumerate(words["requirements"]):
            Requirement.objects.create(
                programme=programme,
                kind=r["kind"],
                title=r["title"],
                summary=r["summary"],
                module=modules[r["module"]],
                due_days=r["due_days"],
                sort_order=order,
            )
        programme = Programme.objects.get(pk=programme.pk)
        programme.save_revision().publish()
        index = ProgrammeIndexPage.objects.get()
        index.add_child(
            instance=ProgrammePage(
                title=words["title"], slug=words["slug"], programme=programme, lead=words["summary"]
            )
        )
        return Programme.objects.get(pk=programme.pk)

    def _notices(self) -> None:
        index = NoticeIndexPage.objects.get()
        for words in json.loads((DATA / "notices.json").read_text(encoding="utf-8")):
            index.add_child(
                instance=NoticePage(
                    title=words["title"],
                    slug=words["slug"],
                    issuer=settings.CERTIFICATE_ISSUER,
                    document_number=words["number"],
                    issued_on=(
                        date.fromisoformat(words["on"])
                        if "on" in words
                        else self.today + timedelta(days=words["days"])
                    ),
                    body=words["body"],
                )
            )

    def _cast(self) -> dict[str, Member]:
        people = json.loads((DATA / "cast.json").read_text(encoding="utf-8"))
        cast: dict[str, Member] = {}
        for words in people:
            member = enter_member(
                name=words["name"],
                phone=words["phone"],
                username=words["username"],
                id_kind="resident",
                id_number=self.invention.identity(words["county"]),
                trainee_type=words["trainee_type"],
                is_sample=True,
                by=BY,
                at=self.now,
            )
            member.set_password(PASSWORD)
            member.activated_at = self.now
            member.save(update_fields=["password", "activated_at"])
            county = Region.objects.get(pk=words["county"])
            school = self.crowd.bureau(county) if words["school"] == "局" else None
            if school is None:
                school = self._school(county, words["school"])
            affiliate(
                member=member,
                institution=school,
                on=date(2019, 9, 1),
                post=words["post"],
                by=BY,
                at=self.now,
            )
            give_consent(member=member, at=self.now)
            if words.get("region"):
                appoint(
                    member=member,
                    role=Appointment.Role.COORDINATOR,
                    region=Region.objects.get(pk=words["region"]),
                    from_on=date(2019, 9, 1),
                    may_delegate=True,
                    may_unmask=words["region"].endswith("00"),
                    by=BY,
                    at=self.now,
                )
            if words.get("is_editor"):
                member.groups.add(Group.objects.get(name=EDITORS))
            if words.get("is_superuser"):
                Member.objects.filter(pk=member.pk).update(is_superuser=True)
            cast[words["username"]] = member
        return cast

    def _school(self, county: Region, name: str) -> Any:
        from community.models import Institution

        school, _ = Institution.objects.get_or_create(
            region=county,
            name=name,
            defaults={"kind": Institution.Kind.RURAL_SCHOOL, "stage": stage_of(name)},
        )
        return school

    # ── classes ────────────────────────────────────────────────────────────────────────────────

    def _class(
        self,
        *,
        code: str,
        name: str,
        region: Region,
        starts_on: date,
        stop: CityStop | None,
        venue: str,
        opens: bool = True,
    ) -> Cohort:
        cohort = create_cohort(
            programme=self.programme,
            host_region=region,
            code=code,
            name=name,
            starts_on=starts_on,
            ends_on=starts_on + timedelta(days=1),
            stop=stop,
            venue=venue,
            by=BY,
            at=self.now,
        )
        Cohort.objects.filter(pk=cohort.pk).update(is_sample=True)
        modules = [m for m in self.programme.modules.all() if m.kind != Module.Kind.WORK]
        for number, module in enumerate(modules):
            words = self.words["modules"][number]
            day = starts_on + timedelta(days=number // 2)
            start = _moment(day, words["agenda"][0][0])
            session = add_session(
                cohort=cohort,
                module_key=str(module.pk),
                label=words["label"],
                starts_at=start,
                ends_at=start + timedelta(hours=3),
                place=venue,
                by=BY,
                at=self.now,
            )
            AgendaItem.objects.bulk_create(
                AgendaItem(
                    session=session,
                    starts_at=_moment(day, line[0]),
                    ends_at=_moment(day, line[1]),
                    title=line[2],
                    note=line[3],
                )
                for line in words["agenda"]
            )
        return open_cohort(cohort=cohort, by=BY, at=self.now) if opens else cohort

    def _route(self) -> None:
        with (DATA / "stops.csv").open(encoding="utf-8") as file:
            rows = [(row["code"], int(row["day"]), row["venue"]) for row in csv.DictReader(file)]
        others = max(0, self.teachers - sum(HALL))
        past = [code for code, day, _ in rows if day < 0]
        counties = {
            code: list(Region.objects.filter(parent_id=code).order_by("code"))
            for code, _, _ in rows
        }
        each = max(2, others // max(1, sum(len(counties[code]) for code in past)))
        for number, (code, day, venue) in enumerate(rows, start=1):
            with transaction.atomic():
                self._stop(number, code, day, venue, counties[code], each)
            self.say(f"  第{number}站 {Region.objects.get(pk=code).name}")

    def _stop(
        self, number: int, code: str, day: int, venue: str, counties: list[Region], each: int
    ) -> None:
        region = Region.objects.get(pk=code)
        starts_on = self.today + timedelta(days=day)
        stop = CityStop.objects.create(
            programme=self.programme,
            region=region,
            number=number,
            starts_on=starts_on,
            ends_on=starts_on + timedelta(days=1),
            venue=venue,
        )
        if day > ONLY_ON_THE_ROUTE:
            return
        cohort = self._class(
            code=f"IT-{code}",
            name=f"{region.short_name}场",
            region=region,
            starts_on=starts_on,
            stop=stop,
            venue=venue,
            opens=day <= 30,
        )
        if day > 30:
            return
        if code == LIANGSHAN:
            self._open_hall(cohort, counties)
        elif day > 0:
            for county in counties[:2]:
                self.crowd.enter(cohort, county, each)
        else:
            self._held(cohort, counties, each, day)

    def _held(self, cohort: Cohort, counties: list[Region], each: int, day: int) -> None:
        """A stop that is over; those whose 30 days for the plan are over too are closed."""
        requirement = Requirement.objects.get(programme=self.programme)
        sessions = list(cohort.sessions.all())
        for county in counties:
            enrolments = self.crowd.enter(
                cohort, county, each + self.invention.between(0, max(1, each // 3))
            )
            share = 0.985 if county.code[:2] == "51" and not _is_marked(county) else 0.95
            for session in sessions:
                self.crowd.attend(session, enrolments, share, 0.04)
            done = min(0.98, max(0.2, -day / 45)) * (0.9 if _is_marked(county) else 1.0)
            self.crowd.hand_in(requirement, enrolments, done, self.now - timedelta(days=1))
        move_cohort(cohort=cohort, to=Cohort.State.RUNNING, by=BY, at=self.now)
        cohort.refresh_from_db()
        move_cohort(cohort=cohort, to=Cohort.State.TO_CLOSE, by=BY, at=self.now)
        if day <= -35:
            cohort.refresh_from_db()
            close_cohort(cohort=cohort, by=BY, at=self.now)
            issue_certificates(cohort=cohort, by=BY, at=self.now)

    def _open_hall(self, cohort: Cohort, counties: list[Region]) -> None:
        """凉山场 today: 386 on the roster, most of them signed in."""
        for key, role in (
            ("luoxiaorong", CohortStaff.Role.CLASS_TEACHER),
            ("zhouqiming", CohortStaff.Role.CLERK),
        ):
            staff_cohort(
                cohort=cohort,
                member=self.cast[key],
                role=role,
                from_on=self.today - timedelta(days=7),
                by=BY,
                at=self.now,
            )
        enrolments: list[Enrolment] = []
        for county, count in zip(counties, HALL, strict=False):
            if county.code == ZHAOJUE:
                principal = self.cast["hewenyuan"]
                enrol(
                    cohort=cohort,
                    member=principal,
                    affiliation=principal.affiliations.get(to_on__isnull=True),
                    seat="6排12座",
                    group_name="第3研讨组",
                    by=BY,
                    at=self.now,
                )
                count -= 1
            enrolments += self.crowd.enter(cohort, county, count)
        move_cohort(cohort=cohort, to=Cohort.State.RUNNING, by=BY, at=self.now)
        first = cohort.sessions.get(position=1)
        move_to_now(self.now)
        first.refresh_from_db()
        self.crowd.attend(first, enrolments, 0.81, 0.0, until=self.now)

    def _county_classes(self) -> None:
        """Two classes that counties hold themselves: one closed, one planned (ruling 6)."""
        muchuan = Region.objects.get(pk=MUCHUAN)
        with transaction.atomic():
            cohort = self._class(
                code="MC-01",
                name="沐川县自办班",
                region=muchuan,
                starts_on=self.today - timedelta(days=60),
                stop=None,
                venue="沐川县教师进修学校",
            )
            teacher = self.cast["tangjing"]
            enrolments = [
                enrol(
                    cohort=cohort,
                    member=teacher,
                    affiliation=teacher.affiliations.get(to_on__isnull=True),
                    by=BY,
                    at=self.now,
                ),
                *self.crowd.enter(cohort, muchuan, 23),
            ]
            for session in cohort.sessions.all():
                self.crowd.attend(session, enrolments[:1], 1.0, 0.0)
                self.crowd.attend(session, enrolments[1:], 0.96, 0.05)
            requirement = Requirement.objects.get(programme=self.programme)
            self.crowd.hand_in(requirement, enrolments[:1], 1.0, self.now)
            self.crowd.hand_in(requirement, enrolments[1:], 0.9, self.now)
            for state in (Cohort.State.RUNNING, Cohort.State.TO_CLOSE):
                cohort = move_cohort(cohort=cohort, to=state, by=BY, at=self.now)
            close_cohort(cohort=cohort, by=BY, at=self.now)
            issue_certificates(cohort=cohort, by=BY, at=self.now)
            self._class(
                code="ZJ-01",
                name="昭觉县自办班",
                region=Region.objects.get(pk=ZHAOJUE),
                starts_on=self.today + timedelta(days=14),
                stop=None,
                venue="昭觉县教育体育和科学技术局三楼会议室",
                opens=False,
            )

    def _write_accounts(self) -> None:
        """The accounts that the log-in page offers while DEMO=1; a file beside the data."""
        people = json.loads((DATA / "cast.json").read_text(encoding="utf-8"))
        accounts = [
            {"username": p["username"], "name": p["name"], "role": p["role"]} for p in people
        ]
        path = settings.TONGKE_DATA / "demo_accounts.json"
        path.write_text(
            json.dumps({"password": PASSWORD, "accounts": accounts}, ensure_ascii=False, indent=1),
            encoding="utf-8",
        )


def _moment(day: date, clock: str) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.fromisoformat(clock)))


def _is_marked(county: Region) -> bool:
    return county.designations.filter(list_key="88").exists()


def move_to_now(now: datetime) -> Session | None:
    """Open the demo's first session of 凉山场 now: its window began half an hour ago (ruling 34)."""
    session = (
        Session.objects.filter(cohort__code=f"IT-{LIANGSHAN}", position=1)
        .select_related("cohort")
        .first()
    )
    if session is None or not session.cohort.is_open:
        return None
    start = now.replace(second=0, microsecond=0) + timedelta(minutes=5)
    return change_session(
        session=session,
        opens_at=start - timedelta(minutes=40),
        starts_at=start,
        ends_at=start + timedelta(hours=3),
        closes_at=start + timedelta(hours=2, minutes=30),
        by=BY,
        at=now,
    )
