"""A named cast, as in a play: the same people in every test, each in her own county."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

from community.models import Affiliation, Appointment, Institution, Member, Region
from community.operations.appointment import appoint
from community.operations.consent import give_consent
from community.operations.member import affiliate, enter_member
from community.scope import System
from training.models import (
    CityStop,
    Cohort,
    CohortStaff,
    Enrolment,
    Module,
    Programme,
    Requirement,
    Session,
)
from training.operations.cohort import create_cohort, open_cohort, staff_cohort
from training.operations.enrolment import enrol
from training.operations.session import add_session

SICHUAN, LIANGSHAN, LESHAN = "510000", "513400", "511100"
BUTUO, ZHAOJUE, MUCHUAN = "513429", "513431", "511129"
SYSTEM = System("test")
BEIJING = ZoneInfo("Asia/Shanghai")
LONG_AGO = date(2020, 1, 1)
PASSWORD = "correct-horse-battery-88"


def moment(day: int = 26, hour: int = 8, minute: int = 40, second: int = 0) -> datetime:
    """A moment of November 2026 in the hall."""
    return datetime(2026, 11, day, hour, minute, second, tzinfo=BEIJING)


@dataclass
class Cast:
    """Makes each person, school and class at first use and keeps it."""

    at: datetime = field(default_factory=lambda: moment(20, 9, 0))
    _phones: int = 0

    def region(self, code: str) -> Region:
        return Region.objects.get(pk=code)

    def school(self, code: str, name: str = "") -> Institution:
        region = self.region(code)
        school, _ = Institution.objects.get_or_create(
            region=region,
            name=name or f"{region.name}中心小学校",
            defaults={"kind": Institution.Kind.RURAL_SCHOOL, "stage": Institution.Stage.PRIMARY},
        )
        return school

    def phone(self) -> str:
        self._phones += 1
        return f"139{self._phones:08d}"

    def member(
        self,
        name: str,
        code: str = ZHAOJUE,
        *,
        school: str = "",
        phone: str = "",
        password: bool = True,
    ) -> Member:
        member = enter_member(
            name=name,
            phone=phone or self.phone(),
            trainee_type=Member.TraineeType.PRINCIPAL,
            by=SYSTEM,
            at=self.at,
        )
        affiliate(
            member=member,
            institution=self.school(code, school),
            on=LONG_AGO,
            post="校长",
            by=SYSTEM,
            at=self.at,
        )
        if password:
            member.set_password(PASSWORD)
            member.save(update_fields=["password"])
        give_consent(member=member, at=self.at)
        return member

    def coordinator(self, name: str, code: str, *, may_delegate: bool = True) -> Member:
        member = self.member(name, code if code[4:] != "00" else ZHAOJUE)
        appoint(
            member=member,
            role=Appointment.Role.COORDINATOR,
            region=self.region(code),
            from_on=LONG_AGO,
            may_delegate=may_delegate,
            may_unmask=code == SICHUAN,
            by=SYSTEM,
            at=self.at,
        )
        return member

    @cached_property
    def province(self) -> Member:
        return self.coordinator("蒋雨薇", SICHUAN)

    @cached_property
    def liangshan(self) -> Member:
        return self.coordinator("吉克石布", LIANGSHAN)

    @cached_property
    def zhaojue(self) -> Member:
        return self.coordinator("吉木克哈", ZHAOJUE)

    @cached_property
    def butuo(self) -> Member:
        return self.coordinator("阿尔子哈", BUTUO)

    @cached_property
    def trainee(self) -> Member:
        return self.member("何文渊", ZHAOJUE, school="昭觉县谷曲镇中心小学校")

    @cached_property
    def class_teacher(self) -> Member:
        member = self.member("罗晓蓉", MUCHUAN)
        staff_cohort(
            cohort=self.cohort,
            member=member,
            role=CohortStaff.Role.CLASS_TEACHER,
            from_on=LONG_AGO,
            by=SYSTEM,
            at=self.at,
        )
        return member

    @cached_property
    def clerk(self) -> Member:
        member = self.member("周启明", MUCHUAN)
        staff_cohort(
            cohort=self.cohort,
            member=member,
            role=CohortStaff.Role.CLERK,
            from_on=LONG_AGO,
            by=SYSTEM,
            at=self.at,
        )
        return member

    @cached_property
    def editor(self) -> Member:
        from django.contrib.auth.models import Group

        from website.operations.site import EDITORS

        member = self.member("谢长河", MUCHUAN)
        member.groups.add(Group.objects.get(name=EDITORS))
        return member

    @cached_property
    def superuser(self) -> Member:
        member = self.member("管理员", MUCHUAN)
        member.is_superuser = True
        member.save(update_fields=["is_superuser"])
        return member

    @cached_property
    def programme(self) -> Programme:
        """Four half-days of 3 学时 and a plan of 6; published."""
        programme = Programme.objects.create(
            slug="it-change",
            title="信息技术推动教育变革与创新",
            summary="送培训到市州。",
            year=2026,
            level=Programme.Level.PROVINCIAL,
            mode=Programme.Mode.SHORT,
            organiser="四川省教育厅",
            designation_list="88",
            live=False,
        )
        titles = ["认识与路径", "三个课堂怎么建", "学科融合与学情分析", "保障与考核"]
        kinds = [
            Module.Kind.LECTURE,
            Module.Kind.EXCHANGE,
            Module.Kind.WORKSHOP,
            Module.Kind.DISCUSSION,
        ]
        for order, (title, kind) in enumerate(zip(titles, kinds, strict=True)):
            Module.objects.create(
                programme=programme, title=title, kind=kind, hours=Decimal("3.0"), sort_order=order
            )
        work = Module.objects.create(
            programme=programme,
            title="返校行动方案",
            kind=Module.Kind.WORK,
            hours=Decimal("6.0"),
            sort_order=4,
        )
        Requirement.objects.create(
            programme=programme,
            kind=Requirement.Kind.WORK,
            title="返校行动方案",
            module=work,
            due_days=30,
            sort_order=0,
        )
        programme = Programme.objects.get(pk=programme.pk)
        programme.save_revision().publish()
        return Programme.objects.get(pk=programme.pk)

    @cached_property
    def stop(self) -> CityStop:
        return CityStop.objects.create(
            programme=self.programme,
            region=self.region(LIANGSHAN),
            number=18,
            starts_on=date(2026, 11, 26),
            ends_on=date(2026, 11, 27),
            venue="西昌市月城培训中心",
        )

    @cached_property
    def cohort(self) -> Cohort:
        """凉山场: open, four sessions on 26 and 27 November 2026."""
        cohort = create_cohort(
            programme=self.programme,
            host_region=self.region(LIANGSHAN),
            code="LS18",
            name="凉山场",
            starts_on=date(2026, 11, 26),
            ends_on=date(2026, 11, 27),
            stop=self.stop,
            by=SYSTEM,
            at=self.at,
        )
        modules = [m for m in self.programme.modules.all() if m.kind != Module.Kind.WORK]
        labels = ["第一天上午", "第一天下午", "第二天上午", "第二天下午"]
        for number, (module, label) in enumerate(zip(modules, labels, strict=True)):
            start = moment(26 + number // 2, 9 if number % 2 == 0 else 14, 0)
            add_session(
                cohort=cohort,
                module_key=str(module.pk),
                label=label,
                starts_at=start,
                ends_at=start + timedelta(hours=3),
                by=SYSTEM,
                at=self.at,
            )
        return open_cohort(cohort=cohort, by=SYSTEM, at=self.at)

    @cached_property
    def session(self) -> Session:
        """第一天上午: 签到 8:20 to 10:00, late after 9:10."""
        return self.cohort.sessions.get(position=1)

    def affiliation(self, member: Member) -> Affiliation:
        return member.affiliations.get(to_on__isnull=True)

    def enrolled(self, member: Member, cohort: Cohort | None = None) -> Enrolment:
        return enrol(
            cohort=cohort or self.cohort,
            member=member,
            affiliation=self.affiliation(member),
            seat="6排12座",
            group_name="第3研讨组",
            by=SYSTEM,
            at=self.at,
        )

    @cached_property
    def enrolment(self) -> Enrolment:
        return self.enrolled(self.trainee)
