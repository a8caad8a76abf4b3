"""覆盖情况: the figures equal a live count, and nobody sees another county's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from community.publications import kept_here
from tests.factories.cast import BUTUO, LIANGSHAN, SICHUAN, ZHAOJUE, moment
from tests.factories.hall import open_now
from training.models import Attendance, Coverage, Session
from training.reports.coverage import (
    changed_cohorts,
    count_cohort,
    coverage_of,
    recount,
    sweep_coverage,
)
from training.reports.tally import roll_up

AFTER = moment(28, 9, 0)


def mark(session, enrolment, *, late=False, state="counted", at=None):
    at = at or session.opens_at
    return Attendance.objects.create(
        session=session,
        enrolment=enrolment,
        kind="in",
        state=state,
        proof="account",
        at=at,
        received_at=at,
        is_late=late,
        receipt="K7Q2",
        county_id=enrolment.county_id,
        changed_at=at,
    )


def test_what_is_kept_equals_a_live_count(cast):
    other = cast.enrolled(cast.member("阿苦以布", BUTUO))
    mark(cast.session, cast.enrolment, late=True)
    mark(cast.session, other)
    mark(cast.cohort.sessions.get(position=2), other, state="pending")

    recount([cast.cohort], AFTER)

    names = ["county_id", "enrolled", "expected", "present", "late", "closed_people", "completed"]
    kept = sorted(Coverage.objects.values_list(*names))
    live = sorted(
        tuple(getattr(row, name) for name in names) for row in count_cohort(cast.cohort, AFTER)
    )
    assert kept == live == [(BUTUO, 1, 4, 1, 0, 0, 0), (ZHAOJUE, 1, 4, 1, 1, 0, 0)]


def test_half_days_that_are_not_over_are_not_expected_yet(cast):
    assert cast.enrolment
    recount([cast.cohort], cast.session.closes_at - timedelta(minutes=1))
    assert Coverage.objects.get().expected == 0

    sweep_coverage(cast.session.closes_at)

    assert Coverage.objects.get().expected == 1


def test_who_has_come_to_what_is_open_now_is_said_apart(client, cast):
    session = open_now(cast)
    mark(session, cast.enrolment)
    cast.enrolled(cast.member("沙马以则"))
    cast.enrolled(cast.member("阿苦以布", BUTUO))
    recount([cast.cohort], timezone.now())
    roll_up([session.pk], timezone.now())

    def page(who, code):
        client.force_login(getattr(cast, who))
        return client.get(reverse("training:coverage", args=[code])).context["view"]

    county, city = page("zhaojue", ZHAOJUE), page("liangshan", LIANGSHAN)
    assert (county.signing_in, county.signing_in_of) == (1, 2)
    assert (city.signing_in, city.signing_in_of) == (1, 3)
    assert county.expected == 0

    Session.objects.filter(pk=session.pk).update(closes_at=timezone.now())
    kept_here().clear()  # KEPT_SECONDS later
    assert page("zhaojue", ZHAOJUE).signing_in_of == 0


def test_a_drawn_page_stands_until_the_next_count_and_only_for_its_region(client, cast):
    assert cast.enrolment
    recount([cast.cohort], AFTER)

    def page(who, code, **asked):
        client.force_login(getattr(cast, who))
        return client.get(reverse("training:coverage", args=[code]), {"only": "all", **asked}).text

    first = page("zhaojue", ZHAOJUE)
    with CaptureQueriesContext(connection) as again:
        page("zhaojue", ZHAOJUE)
    other = page("butuo", BUTUO)
    assert ">昭觉县</a>" in first
    assert ">昭觉县</a>" not in other
    assert not [q for q in again if "training_coverage" in q["sql"] and "SUM" in q["sql"]]
    assert page("zhaojue", ZHAOJUE, metric="arrival") != first

    cast.enrolled(cast.member("沙马以则"))
    recount([cast.cohort], AFTER + timedelta(seconds=30))
    assert page("zhaojue", ZHAOJUE) != first


def test_a_change_is_swept_up_and_quiet_classes_are_left_alone(cast):
    assert cast.enrolment
    recount([cast.cohort], AFTER)
    later = AFTER + timedelta(minutes=10)
    assert changed_cohorts(later) == []

    mark(cast.session, cast.enrolment, at=later)

    assert changed_cohorts(later) == [cast.cohort]
    sweep_coverage(later)
    assert Coverage.objects.get().present == 1


def test_a_coordinator_sees_her_counties_only(cast):
    assert cast.enrolment
    recount([cast.cohort], AFTER)

    def enrolled(viewer, code):
        view = coverage_of(programme=cast.programme, region=cast.region(code), viewer=viewer)
        return sum(county.enrolled for county in view.counties)

    assert enrolled(cast.province, SICHUAN) == enrolled(cast.zhaojue, ZHAOJUE) == 1
    assert enrolled(cast.butuo, ZHAOJUE) == 0


@pytest.mark.parametrize(
    ("who", "code", "status"),
    [
        ("province", SICHUAN, 200),
        ("liangshan", LIANGSHAN, 200),
        ("zhaojue", ZHAOJUE, 200),
        ("zhaojue", LIANGSHAN, 403),
        ("butuo", ZHAOJUE, 403),
        ("trainee", ZHAOJUE, 403),
    ],
)
def test_the_page_opens_inside_ones_region_only(client, cast, who, code, status):
    assert cast.enrolment
    recount([cast.cohort], AFTER)
    client.force_login(getattr(cast, who))

    response = client.get(reverse("training:coverage", args=[code]))

    assert response.status_code == status


def test_the_page_asks_as_much_for_1_10_and_100_classes(client, cast):
    from training.operations.cohort import create_cohort, open_cohort
    from training.operations.session import add_session

    client.force_login(cast.province)
    counts = []
    digits = "甲乙丙丁戊己庚辛壬癸"
    for number in range(1, 101):
        name = f"学员{digits[number // 10 % 10]}{digits[number % 10]}"
        member = cast.member(name, ZHAOJUE, password=False)
        cohort = create_cohort(
            programme=cast.programme,
            host_region=cast.region(ZHAOJUE),
            code=f"ZJ-{number}",
            name=f"昭觉{number}班",
            starts_on=AFTER.date(),
            ends_on=AFTER.date(),
            by=cast.province,
            at=AFTER,
        )
        module = cast.programme.modules.first()
        add_session(
            cohort=cohort,
            module_key=str(module.pk),
            label="上午",
            starts_at=AFTER,
            ends_at=AFTER + timedelta(hours=3),
            by=cast.province,
            at=AFTER,
        )
        cast.enrolled(member, open_cohort(cohort=cohort, by=cast.province, at=AFTER))
        recount([cohort], timezone.now())
        if number not in {1, 10, 100}:
            continue
        client.get(reverse("training:coverage", args=[SICHUAN]))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("training:coverage", args=[SICHUAN]) + "?only=all")
        counts.append(len(queries))

    assert len(set(counts)) == 1
