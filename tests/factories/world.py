"""The cast in the middle of everything: one of each thing that has an address, in two counties.

Whatever belongs to 昭觉 bears the character 骉 and whatever belongs to 布拖 bears 猋, so that a page which
shows a stranger's row gives itself away (tests/integration/website/test_canary.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from community.models import Appointment, Material, Member
from community.operations.appointment import appoint
from community.operations.notification import notify
from community.operations.phone import ask_for_phone_change
from community.slot_code import TOKEN_STEP_SECONDS, sign_in_token, slot_at
from tests.factories import rosters
from tests.factories.attended import attended_and_accepted, sign_in
from tests.factories.cast import (
    BUTUO,
    LIANGSHAN,
    LONG_AGO,
    MUCHUAN,
    SICHUAN,
    SYSTEM,
    ZHAOJUE,
    Cast,
    moment,
)
from training.models import (
    Attendance,
    Certificate,
    Cohort,
    CohortStaff,
    Enrolment,
    Export,
    Module,
    ProgrammeMaterial,
    Requirement,
    RosterBatch,
    Session,
)
from training.operations.attendance import Scan
from training.operations.certificate import issue_certificates
from training.operations.closing import close_cohort
from training.operations.cohort import create_cohort, move_cohort, open_cohort, staff_cohort
from training.operations.enrolment import enrol
from training.operations.export import ExportOrder, request_export
from training.operations.export_run import run_export
from training.operations.paper import draw_papers
from training.operations.roster import check_roster
from training.operations.roster_file import findings_of
from training.operations.roster_import import import_roster
from training.operations.scan import board_code_at, key
from training.operations.session import add_session
from training.operations.waiting import keep_waiting
from training.roster.fixes import group_key
from website.operations.site import EDITORS

TOKENS = {ZHAOJUE: "骉", BUTUO: "猋"}
SCHOOLS = {ZHAOJUE: "骉曲镇中心小学校", BUTUO: "猋洛镇中心小学校"}
PHONES = {ZHAOJUE: "1377770{:04d}", BUTUO: "1356660{:04d}"}
"""Numbers of the two counties: the first three digits are shown of one that is masked, too."""


@contextmanager
def world_of_its_own(django_db_blocker: Any) -> Iterator[World]:
    """A world for all tests of a module: inside one transaction that is rolled back after the last."""
    with django_db_blocker.unblock(), TemporaryDirectory() as folder:
        backend = "django.core.files.storage.FileSystemStorage"
        kept = {
            name: {
                "BACKEND": backend,
                "OPTIONS": {"location": f"{folder}/{name}", "base_url": base},
            }
            for name, base in (("default", "/media/"), ("private", None))
        }
        storages = {**settings.STORAGES, **kept}
        with override_settings(STORAGES=storages), transaction.atomic():
            yield World()
            transaction.set_rollback(True)


@dataclass
class World:
    at: datetime = field(default_factory=lambda: timezone.now().replace(microsecond=0))

    def __post_init__(self) -> None:
        self.cast = Cast(at=self.at - timedelta(days=30))
        self.programme = self.cast.programme
        self._numbers = dict.fromkeys(TOKENS, 0)
        self._people()
        self._hall()
        self._after_the_hall()
        self._files()
        self._rosters()

    # ── people ─────────────────────────────────────────────────────────────────────────────────

    def person(self, name: str, county: str, **more: Any) -> Member:
        """Somebody of one of the two counties, with its character wherever there is a word."""
        self._numbers[county] += 1
        return self.cast.member(
            TOKENS[county] + name,
            county,
            school=more.pop("school", SCHOOLS[county]),
            phone=PHONES[county].format(self._numbers[county]),
            **more,
        )

    def _coordinator(self, member: Member, region: str) -> Member:
        appoint(
            member=member,
            role=Appointment.Role.COORDINATOR,
            region=self.cast.region(region),
            from_on=LONG_AGO,
            may_delegate=True,
            may_unmask=region.endswith("00"),
            by=SYSTEM,
            at=self.at,
        )
        return member

    def _people(self) -> None:
        cast = self.cast
        self.zhaojue = self._coordinator(self.person("克哈", ZHAOJUE), ZHAOJUE)
        self.butuo = self._coordinator(self.person("子哈", BUTUO), BUTUO)
        self.liangshan = self._coordinator(cast.member("吉克石布", MUCHUAN), LIANGSHAN)
        self.province = self._coordinator(cast.member("蒋雨薇", MUCHUAN), SICHUAN)
        self.second = self._coordinator(cast.member("蒋二薇", MUCHUAN), SICHUAN)
        self.trainee = self.person("文渊", ZHAOJUE)
        self.class_teacher = cast.member("罗晓蓉", MUCHUAN)
        self.clerk = cast.member("周启明", MUCHUAN)
        self.editor = cast.member("谢长河", MUCHUAN)
        self.editor.groups.add(Group.objects.get(name=EDITORS))
        self.superuser = cast.member("管理员", MUCHUAN)
        self.superuser.is_superuser = True
        self.superuser.save(update_fields=["is_superuser"])
        self.newcomer = self.person("新人", ZHAOJUE, password=False)
        self.butuo_member = self.person("木呷", BUTUO)
        self.school = cast.school(ZHAOJUE, "骉古镇小学校")
        self.power = appoint(
            member=self.person("校务", ZHAOJUE),
            role=Appointment.Role.SCHOOL_CLERK,
            region=self.school.region,
            institution=self.school,
            from_on=LONG_AGO,
            by=SYSTEM,
            at=self.at,
        )

    @property
    def actors(self) -> dict[str, Member | None]:
        """Everybody whom the permission matrix asks about, in its order."""
        return {
            "anonymous": None,
            "trainee": self.trainee,
            "class_teacher": self.class_teacher,
            "clerk": self.clerk,
            "butuo": self.butuo,
            "zhaojue": self.zhaojue,
            "liangshan": self.liangshan,
            "province": self.province,
            "editor": self.editor,
            "superuser": self.superuser,
        }

    # ── classes ────────────────────────────────────────────────────────────────────────────────

    def _class(
        self, code: str, name: str, host: str, start: datetime, *, opens: bool = True, **more: Any
    ) -> Cohort:
        """Four half-days from ``start``, six hours apart."""
        cohort = create_cohort(
            programme=self.programme,
            host_region=self.cast.region(host),
            code=code,
            name=name,
            starts_on=timezone.localdate(start),
            ends_on=timezone.localdate(start) + timedelta(days=1),
            venue=more.pop("venue", "月城培训中心"),
            by=SYSTEM,
            at=self.at,
            **more,
        )
        for number, module in enumerate(self.programme.modules.exclude(kind=Module.Kind.WORK)):
            begins = start + timedelta(hours=6 * number)
            add_session(
                cohort=cohort,
                module_key=str(module.pk),
                label=f"{name}第{number + 1}场",
                starts_at=begins,
                ends_at=begins + timedelta(hours=3),
                by=SYSTEM,
                at=self.at,
            )
        return open_cohort(cohort=cohort, by=SYSTEM, at=self.at) if opens else cohort

    def enrolled(self, member: Member, cohort: Cohort, seat: str = "") -> Enrolment:
        affiliation = member.affiliations.get(to_on__isnull=True)
        token = TOKENS.get(affiliation.institution.region_id, "")
        return enrol(
            cohort=cohort,
            member=member,
            affiliation=affiliation,
            seat=f"{token}{seat or '6排12座'}",
            group_name=f"{token}组",
            by=SYSTEM,
            at=self.at,
        )

    def _hall(self) -> None:
        """凉山场, which the city runs: signing in now, with people of both counties."""
        self.cohort = self._class(
            "LS-NOW", "凉山场", LIANGSHAN, self.at - timedelta(minutes=5), stop=self.cast.stop
        )
        self.cohort = move_cohort(
            cohort=self.cohort, to=Cohort.State.RUNNING, by=SYSTEM, at=self.at
        )
        self.session: Session = self.cohort.sessions.get(position=1)
        self.last_session: Session = self.cohort.sessions.get(position=4)
        for member, role in (
            (self.class_teacher, CohortStaff.Role.CLASS_TEACHER),
            (self.clerk, CohortStaff.Role.CLERK),
        ):
            staff_cohort(
                cohort=self.cohort,
                member=member,
                role=role,
                from_on=LONG_AGO,
                by=SYSTEM,
                at=self.at,
            )
        self.enrolment = self.enrolled(self.trainee, self.cohort)
        self.marked = self.enrolled(self.person("石一", ZHAOJUE), self.cohort, "7排1座")
        self.mark = sign_in(
            self.marked,
            self.session,
            proof=Attendance.Proof.STAFF,
            by=self.liangshan,
            at=self.at,
            received_at=self.at + timedelta(hours=1),
            changed_at=self.at + timedelta(hours=1),
        )
        digits = self.enrolled(self.person("石二", ZHAOJUE), self.cohort, "7排2座")
        self.board_mark = sign_in(
            digits,
            self.session,
            state=Attendance.State.PENDING,
            proof=Attendance.Proof.BOARD,
            at=self.at,
        )
        self.butuo_enrolment = self.enrolled(self.butuo_member, self.cohort, "8排1座")
        sign_in(self.butuo_enrolment, self.session, at=self.at)
        self.waiting = self._waiting("骉某某", "13777709001")
        stranger = self.person("外人", ZHAOJUE)
        self.stranger = self._waiting(stranger.name, "13777709002", person=stranger)

    def _waiting(self, name: str, phone: str, person: Member | None = None) -> Enrolment:
        scan = Scan(kind="in", seen_at=self.at, door="scan", proof=Attendance.Proof.NONE)
        outcome = keep_waiting(
            session=self.session, name=name, phone=phone, scan=scan, person=person, at=self.at
        )
        assert outcome.mark is not None
        return outcome.mark.enrolment

    def _after_the_hall(self) -> None:
        """Classes that are over: the city's own to close, 昭觉's closed ones, and 昭觉's draft."""
        past = self.at - timedelta(days=60)
        self.over = self._class("LS-OVER", "凉山往期", LIANGSHAN, past)
        self.over_enrolment = attended_and_accepted(self.enrolled(self.trainee, self.over))
        self.closed = self._closed("ZJ-DONE", "骉自办班", [self.trainee, self.marked.member])
        issue_certificates(cohort=self.closed, by=SYSTEM, at=self.at)
        draw_papers()
        self.certificate = Certificate.objects.get(
            enrolment__cohort=self.closed, member=self.trainee
        )
        self.unsigned = self._closed("ZJ-SIGN", "骉待签班", [self.person("石三", ZHAOJUE)])
        self.draft = self._class(
            "ZJ-DRAFT", "骉新班", ZHAOJUE, self.at + timedelta(days=20), opens=False, venue="骉三楼"
        )
        self.planned = self._planned()
        notify(
            members=[self.trainee],
            kind="completion",
            key="world",
            text="骉的结果已经评定",
            url="/me/",
            at=self.at,
        )
        self.notification = self.trainee.notifications.get(key="world")
        ask_for_phone_change(member=self.trainee, at=self.at)

    def _closed(self, code: str, name: str, members: list[Member]) -> Cohort:
        cohort = self._class(code, name, ZHAOJUE, self.at - timedelta(days=50), venue="骉三楼")
        for member in members:
            attended_and_accepted(self.enrolled(member, cohort))
        for state in (Cohort.State.RUNNING, Cohort.State.TO_CLOSE):
            cohort = move_cohort(cohort=cohort, to=state, by=SYSTEM, at=self.at)
        close_cohort(cohort=cohort, by=SYSTEM, at=self.at)
        return Cohort.objects.get(pk=cohort.pk)

    def _planned(self) -> Cohort:
        """昭觉's, with one half-day on a day in daylight, whenever the tests are run."""
        cohort = create_cohort(
            programme=self.programme,
            host_region=self.cast.region(ZHAOJUE),
            code="ZJ-PLAN",
            name="骉筹备班",
            starts_on=moment(26).date(),
            ends_on=moment(27).date(),
            by=SYSTEM,
            at=self.at,
        )
        add_session(
            cohort=cohort,
            module_key=str(self.programme.modules.all()[0].pk),
            label="骉上午",
            starts_at=moment(26, 9, 0),
            ends_at=moment(26, 12, 0),
            by=SYSTEM,
            at=self.at,
        )
        return cohort

    # ── files ──────────────────────────────────────────────────────────────────────────────────

    def export_of(self, member: Member, region: str, **more: Any) -> Export:
        order = ExportOrder(
            kind=more.pop("kind", Export.Kind.COMPLETIONS),
            programme=self.programme,
            region=self.cast.region(region),
            file_format=more.pop("file_format", Export.Format.XLSX),
            **more,
        )
        return request_export(order=order, by=member, at=self.at, proved_at=self.at)

    def _files(self) -> None:
        self.export = run_export(export=self.export_of(self.zhaojue, ZHAOJUE), at=self.at)
        self.unmasked = self.export_of(
            self.second, LIANGSHAN, unmasked=True, reason="全国教师管理信息系统登记"
        )
        Export.objects.filter(pk=self.unmasked.pk).update(state=Export.State.APPROVAL)
        self.queued = self.export_of(self.zhaojue, ZHAOJUE, kind=Export.Kind.ATTENDANCE)
        self.handout = Material.objects.create(
            title="行动方案模板", file=ContentFile(b"%PDF-1.4", name="plan.pdf")
        )
        ProgrammeMaterial.objects.create(programme=self.programme, material=self.handout)

    def _rosters(self) -> None:
        """Two uploads of 昭觉 for 凉山场: one checked, with faults that are alike; one imported."""
        good = [self._row(number) for number in (1, 2)]
        alike = [self._row(number, 单位="昭觉县月亮小学校") for number in (3, 4)]
        self.checked = self._upload("骉名单.csv", [*good, *alike, self._row(5, 姓名="")])
        self.imported = self._upload("骉补报.csv", [self._row(number) for number in (6, 7)])
        self.imported = import_roster(batch=self.imported, by=self.zhaojue, at=self.at)
        self.on_roster = self.cohort.enrolments.active().filter(batch=self.imported)[0]

    def _row(self, number: int, **cells: str) -> dict[str, Any]:
        own = {
            "姓名": f"骉阿{'一二三四五六七'[number - 1]}",
            "手机号": f"1377770{8000 + number}",
            "单位": SCHOOLS[ZHAOJUE],
            "座位": f"骉9排{number}座",
            "研讨组": "骉组",
        }
        return rosters.person(number, **{**own, **cells})

    def roster_file(
        self, name: str = "骉再报.csv", rows: list[dict[str, Any]] | None = None
    ) -> Any:
        content = rosters.csv_bytes(rows or [self._row(1)])
        return SimpleUploadedFile(name, content, content_type="text/csv")

    def _upload(self, name: str, rows: list[dict[str, Any]]) -> RosterBatch:
        with TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(rosters.csv_bytes(rows))
            return check_roster(
                cohort=self.cohort,
                file=path,
                region=self.cast.region(ZHAOJUE),
                by=self.zhaojue,
                at=self.at,
            )

    def alike(self) -> str:
        """The first button that mends every row with the same fault in the checked upload."""
        problems = findings_of(self.checked).problems
        fixable = [fault for problem in problems for fault in problem.faults if fault.fixes]
        # Once somebody has mended them, the button is a stale one.
        return f"{group_key(fixable[0])}:0" if fixable else "gone:0"

    @property
    def requirement(self) -> Requirement:
        return self.programme.requirements.get()

    def results_file(self) -> dict[str, Any]:
        """An upload that returns the work of 凉山往期's only trainee."""
        lines = [
            "姓名,手机号后四位,结果,说明",
            f"{self.trainee.name},{self.trainee.phone_last4},退回修改,补充班级情况",
        ]
        file = SimpleUploadedFile("results.csv", "\n".join(lines).encode("utf-8-sig"))
        return {"work": str(self.requirement.pk), "file": file}

    def code(self) -> str:
        """What the big screen of 凉山场 shows now."""
        slot = slot_at(timezone.now(), TOKEN_STEP_SECONDS)
        return sign_in_token(key(), self.session.pk, "in", slot)

    def digits(self) -> str:
        """The six digits below it."""
        return board_code_at(session=self.session, kind="in", at=timezone.now())
