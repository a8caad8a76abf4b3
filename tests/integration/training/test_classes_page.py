"""场次与签到, 学时审核: whose classes are listed, and what they cost."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories.cast import LIANGSHAN, SICHUAN, ZHAOJUE, moment
from training.operations.cohort import create_cohort


@pytest.mark.parametrize("name", ["sessions", "credits"])
@pytest.mark.parametrize(
    ("who", "code", "status"),
    [
        ("liangshan", LIANGSHAN, 200),
        ("zhaojue", ZHAOJUE, 200),
        ("province", SICHUAN, 200),
        ("butuo", ZHAOJUE, 403),
        ("zhaojue", LIANGSHAN, 403),
        ("trainee", ZHAOJUE, 403),
    ],
)
def test_a_list_opens_inside_ones_region_only(client, cast, name, who, code, status):
    assert cast.enrolment
    client.force_login(getattr(cast, who))

    assert client.get(reverse(f"training:{name}", args=[code])).status_code == status


def test_only_who_runs_the_class_is_offered_its_desk(client, cast):
    assert cast.enrolment
    desk = reverse("training:desk", args=[cast.session.pk])

    client.force_login(cast.liangshan)
    assert desk in client.get(reverse("training:sessions", args=[LIANGSHAN])).text
    client.force_login(cast.zhaojue)
    page = client.get(reverse("training:sessions", args=[ZHAOJUE])).text

    assert "凉山场" in page
    assert desk not in page


@pytest.mark.parametrize("name", ["sessions", "credits"])
@pytest.mark.parametrize(("who", "code"), [("liangshan", LIANGSHAN), ("zhaojue", ZHAOJUE)])
@pytest.mark.parametrize("has_people", [True, False])
def test_every_link_of_a_list_opens(client, cast, name, who, code, has_people):
    assert cast.enrolment if has_people else cast.cohort
    create_cohort(
        programme=cast.programme,
        host_region=cast.region(ZHAOJUE),
        code="ZJ-DRAFT",
        name="昭觉县自办班",
        starts_on=moment(28).date(),
        ends_on=moment(29).date(),
        by=cast.zhaojue,
        at=cast.at,
    )
    client.force_login(getattr(cast, who))

    page = client.get(reverse(f"training:{name}", args=[code])).text.split("<main")[1]

    links = set(re.findall(r'href="(/[^"#]+)"', page.split("</main>")[0]))
    assert links or not has_people
    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)


def test_an_empty_region_says_so(client, cast):
    client.force_login(cast.province)

    assert "还没有班次" in client.get(reverse("training:sessions", args=[SICHUAN])).text


def test_the_list_asks_the_same_number_of_queries_for_1_10_and_100_classes(client, cast):
    client.force_login(cast.liangshan)
    assert cast.cohort
    counts = []
    for number in range(1, 101):
        create_cohort(
            programme=cast.programme,
            host_region=cast.region(ZHAOJUE),
            code=f"ZJ-{number}",
            name=f"昭觉{number}班",
            starts_on=moment(1).date(),
            ends_on=moment(2).date(),
            by=cast.liangshan,
            at=cast.at,
        )
        if number not in {1, 10, 100}:
            continue
        client.get(reverse("training:sessions", args=[LIANGSHAN]))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("training:sessions", args=[LIANGSHAN]))
        counts.append(len(queries))

    assert len(set(counts)) == 1
