"""A province of invented classes: programmes, halls, marks, closings. Made in bulk, never by operations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db import connection
from django.utils import timezone

from community.models import Institution, Member, Region
from tests.bench.bulk import insert_select, next_id, settle, without_indexes
from training.curriculum import freeze_curriculum
from training.models import (
    Attendance,
    Certificate,
    CityStop,
    Closing,
    Cohort,
    CompletionRecord,
    Enrolment,
    Module,
    Programme,
    ProgrammeIndexPage,
    ProgrammePage,
    Requirement,
    Session,
)

HALL: Final = 400
HALF_DAYS: Final = 12
_FAMILY: Final = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏"
_GIVEN: Final = "文明国春秀建志海小玉永德晓红云天成思雨美英军芳强丽敏静伟娟涛"
_SNAPSHOT: Final = (
    '{"name": "示例", "hours": "36.0", "sessions": '
    + str([["module", "3.0", "present"]] * 12).replace("'", '"')
    + "}"
)


@dataclass(frozen=True)
class Classes:
    """How many people in classes of what size; ``in_one`` puts all of them into one class."""

    people: int
    hall: int = HALL
    is_closed: bool = True


def make_programme(slug: str, *, now: datetime) -> Programme:
    """Published, twelve half-days of 3 学时 and one work, with its page and a stop in every city."""
    programme = Programme.objects.create(
        slug=slug,
        title=f"信息技术推动教育变革与创新{slug}",
        summary="送培训到市州，12个半天，学做结合。",
        year=2026,
        level=Programme.Level.PROVINCIAL,
        mode=Programme.Mode.SHORT,
        organiser="四川省教育厅",
        designation_list="88",
        live=False,
    )
    for order in range(HALF_DAYS):
        Module.objects.create(
            programme=programme,
            title=f"模块{order + 1} 学科融合与学情分析",
            kind=Module.Kind.LECTURE,
            hours=Decimal("3.0"),
            summary="从一节课出发，看数据怎样帮助备课、上课和作业。",
            sort_order=order,
        )
    work = Module.objects.create(
        programme=programme,
        title="返校行动方案",
        kind=Module.Kind.WORK,
        hours=Decimal("6.0"),
        sort_order=HALF_DAYS,
    )
    Requirement.objects.create(
        programme=programme,
        kind=Requirement.Kind.WORK,
        title="返校行动方案",
        module=work,
        sort_order=0,
    )
    programme = Programme.objects.get(pk=programme.pk)
    programme.save_revision().publish()
    programme = Programme.objects.get(pk=programme.pk)
    cities = Region.objects.cities().order_by("code")
    CityStop.objects.bulk_create(
        CityStop(
            programme=programme,
            region=city,
            number=number,
            starts_on=now.date() + timedelta(days=7 * (number - 18)),
            ends_on=now.date() + timedelta(days=7 * (number - 18) + 5),
            venue=f"{city.name}教师培训中心",
        )
        for number, city in enumerate(cities, start=1)
    )
    index = ProgrammeIndexPage.objects.get()
    index.add_child(
        instance=ProgrammePage(
            title=programme.title, slug=slug, programme=programme, lead=programme.summary
        )
    )
    return programme


def make_institutions() -> None:
    """One school a county, where there is none."""
    counties = Region.objects.counties().exclude(institutions__isnull=False)
    Institution.objects.bulk_create(
        Institution(
            name=f"{county.name}中心小学校", kind=Institution.Kind.RURAL_SCHOOL, region=county
        )
        for county in counties
    )


def make_classes(programme: Programme, classes: Classes, *, starts_at: datetime) -> list[Cohort]:
    """Classes of ``programme`` whose people come from every county of their city, hall after hall.

    Everybody has a mark at each half-day: 95 of 100 count (some late), the others wait or are void.
    """
    make_institutions()
    cohorts = _cohorts(programme, classes, starts_at)
    base = next_id(Member, classes.people)
    with without_indexes(Member, Enrolment, Attendance, CompletionRecord):
        _people(programme, base, classes.people)
        _enrol(cohorts, base, classes)
        _attend(cohorts)
        if classes.is_closed:
            _close(cohorts, starts_at)
    settle()
    return cohorts


def _cohorts(programme: Programme, classes: Classes, starts_at: datetime) -> list[Cohort]:
    stops = list(CityStop.objects.filter(programme=programme).order_by("number"))
    frozen = freeze_curriculum(programme)
    count = -(-classes.people // classes.hall)
    day = starts_at.date()
    cohorts = Cohort.objects.bulk_create(
        Cohort(
            programme=programme,
            stop=stops[number % len(stops)],
            host_region_id=stops[number % len(stops)].region_id,
            code=f"{programme.slug}-{number}",
            name=f"{stops[number % len(stops)].region.short_name}场{number + 1}班",
            state=Cohort.State.CLOSED if classes.is_closed else Cohort.State.RUNNING,
            starts_on=day,
            ends_on=day + timedelta(days=5),
            curriculum=frozen,
            rule_version=frozen["rule"]["version"],
        )
        for number in range(count)
    )
    modules = [module for module in frozen["modules"] if module["kind"] != "work"]
    Session.objects.bulk_create(
        [
            Session(
                cohort=cohort,
                position=position + 1,
                title=module["title"],
                label=f"第{position // 2 + 1}天{'下午' if position % 2 else '上午'}",
                kind=module["kind"],
                content_key=f"module:{module['key']}",
                hours=Decimal(module["hours"]),
                starts_at=start,
                ends_at=start + timedelta(hours=3),
                opens_at=start - timedelta(minutes=40),
                closes_at=start + timedelta(hours=1),
            )
            for cohort in cohorts
            for position, module in enumerate(modules)
            for start in [starts_at + timedelta(days=position // 2, hours=5 * (position % 2))]
        ],
        batch_size=2000,
    )
    return cohorts


def _people(programme: Programme, base: int, people: int) -> None:
    places = ((_FAMILY, "n"), (_GIVEN, "n / 30"), (_GIVEN, "n / 7"))
    name = " || ".join(f"substr('{letters}', {at} %% 30 + 1, 1)" for letters, at in places)
    insert_select(
        Member,
        {
            "id": f"{base} + n",
            "username": f"'{programme.slug}' || n",
            "password": "'!' || md5(n::text)",
            "name": name,
            "name_key": "'name ' || lpad((n::bigint * 7919 %% 1000003)::text, 7, '0')",
            "id_kind": "'resident'",
            "id_sealed": "'1.' || md5(n::text) || md5('x' || n)",
            "id_index": f"md5('{programme.slug}' || n) || md5(n::text)",
            "id_masked": "'513431********' || lpad((n %% 10000)::text, 4, '0')",
            "phone_sealed": "'1.' || md5('p' || n)",
            "phone_index": f"md5('{programme.slug}p' || n) || md5(n::text)",
            "phone_masked": "'136****' || lpad((n %% 10000)::text, 4, '0')",
            "phone_last4": "lpad((n %% 10000)::text, 4, '0')",
            "created_at": "now()",
            "is_sample": "true",
        },
        "FROM generate_series(0, %s) n",
        (people - 1,),
    )


def _enrol(cohorts: list[Cohort], base: int, classes: Classes) -> None:
    """Person n sits in class n / hall; the counties of the class's city take turns in the rows."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_class")
        cursor.execute(
            "CREATE TEMP TABLE bench_class AS"
            " SELECT c.id AS cohort_id, row_number() OVER (ORDER BY c.id) - 1 AS place,"
            " array_agg(i.id ORDER BY i.region_id) AS schools"
            " FROM training_cohort c JOIN community_region g ON g.parent_id = c.host_region_id"
            " JOIN (SELECT DISTINCT ON (region_id) id, region_id FROM community_institution ORDER BY region_id, id) i"
            " ON i.region_id = g.code WHERE c.id = ANY(%s) GROUP BY c.id",
            [[cohort.pk for cohort in cohorts]],
        )
    first = next_id(Enrolment, classes.people)
    insert_select(
        Enrolment,
        {
            "id": f"{first} + n",
            "cohort": "k.cohort_id",
            "member": "m.id",
            "institution": "i.id",
            "county": "i.region_id",
            "name": "m.name",
            "name_key": "m.name_key",
            "institution_name": "i.name",
            "post": "'教师'",
            "trainee_type": "'teacher'",
            "seat": "(n %% %s / 20 + 1) || '排' || (n %% 20 + 1) || '座'".replace(
                "%s", str(classes.hall)
            ),
            "group_name": "'第' || (n %% 8 + 1) || '组'",
            "created_at": "now() - interval '90 days'",
            "changed_at": "now() - interval '90 days'",
        },
        f"FROM generate_series(0, %s) n JOIN bench_class k ON k.place = n / {classes.hall}"
        f" JOIN community_member m ON m.id = {base} + n"
        " JOIN community_institution i ON i.id = k.schools[n %% array_length(k.schools, 1) + 1]",
        (classes.people - 1,),
    )


def _attend(cohorts: list[Cohort]) -> None:
    chance = "(hashint8(e.id * 16 + s.position) & 1048575) %% 100"
    came = "s.starts_at + make_interval(secs => e.id %% 900 - 600)"
    insert_select(
        Attendance,
        {
            "session": "s.id",
            "enrolment": "e.id",
            "kind": "'in'",
            "state": f"CASE WHEN {chance} < 95 THEN 'counted' WHEN {chance} < 97 THEN 'pending' ELSE 'void' END",
            "proof": "'account'",
            "at": came,
            "received_at": came,
            "is_late": f"{chance} < 4",
            "receipt": "upper(substr(md5(e.id::text), 1, 4))",
            "browser": "md5('b' || e.id)",
            "by": "e.member_id",
            "county": "e.county_id",
            "changed_at": came,
        },
        "FROM training_enrolment e JOIN training_session s ON s.cohort_id = e.cohort_id WHERE e.cohort_id = ANY(%s)",
        ([cohort.pk for cohort in cohorts],),
    )


def _close(cohorts: list[Cohort], starts_at: datetime) -> None:
    at = starts_at + timedelta(days=7)
    Closing.objects.bulk_create(
        Closing(cohort=cohort, number=1, closed_at=at) for cohort in cohorts
    )
    ids = ([cohort.pk for cohort in cohorts],)
    chance = "(hashint8(e.id) & 1048575) %% 100"
    insert_select(
        CompletionRecord,
        {
            "enrolment": "e.id",
            "closing": "k.id",
            "version": "1",
            "outcome": f"CASE WHEN {chance} < 90 THEN 'passed' WHEN {chance} < 94 THEN 'waiting' ELSE 'failed' END",
            "hours": f"CASE WHEN {chance} < 90 THEN 42.0 WHEN {chance} < 94 THEN 36.0 ELSE 0 END",
            "snapshot": f"'{_SNAPSHOT}'::jsonb",
            "snapshot_hash": "md5(e.id::text) || md5('h' || e.id)",
            "rule_version": "c.rule_version",
            "at": "k.closed_at",
        },
        "FROM training_enrolment e JOIN training_cohort c ON c.id = e.cohort_id"
        " JOIN training_closing k ON k.cohort_id = c.id WHERE c.id = ANY(%s)",
        ids,
    )
    insert_select(
        Certificate,
        {
            "number": "'SC-2026-' || upper(substr(md5('c' || r.id), 1, 10)) || '-' || r.id",
            "enrolment": "r.enrolment_id",
            "member": "e.member_id",
            "record": "r.id",
            "data": f"'{_SNAPSHOT}'::jsonb",
            "data_hash": "r.snapshot_hash",
            "template_version": "'1'",
            "state_at": "r.at",
            "issued_at": "r.at",
        },
        "FROM training_completionrecord r JOIN training_enrolment e ON e.id = r.enrolment_id"
        " WHERE r.outcome = 'passed' AND e.cohort_id = ANY(%s)",
        ids,
    )


def long_ago() -> datetime:
    """Half-days of closed classes begin here: nine in the morning, two months back."""
    return timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(
        days=60
    )
