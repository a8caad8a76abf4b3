"""The desk's figures and lists: by county, never a name on the screen, constant queries."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from community.models import Region
from tests.factories.cast import BUTUO, MUCHUAN, ZHAOJUE, Cast, moment
from tests.unit.training.operations.test_attendance import pending_board_mark, scan, with_sign_out
from tests.unit.training.operations.test_matching import keep, phone_of
from tests.unit.training.reports.test_tally import come, people
from training.models import Attendance
from training.operations.attendance import record_attendance
from training.reports.desk import (
    candidates,
    county_name,
    desk_figures,
    find_on_roster,
    known_person,
    late_people,
    not_signed_out,
    phone_clusters,
    recent_marks,
    unmarked,
    waiting_marks,
    waiting_people,
)
from training.reports.tally import roll_up

NOW = moment(26, 9, 30)


def test_counties_that_miss_most_come_first(cast: Cast) -> None:
    everybody = people(cast)
    come(cast, everybody[0])
    come(cast, everybody[4])
    roll_up([cast.session.pk], NOW)

    figures = desk_figures(cast.session, list_key="88")

    assert [(c.code, c.present, c.expected) for c in figures.counties] == [
        (BUTUO, 0, 2),
        (ZHAOJUE, 1, 2),
        (MUCHUAN, 1, 1),
    ]
    assert (figures.expected, figures.present, figures.late, figures.missing) == (5, 2, 2, 3)
    assert [c.is_marked for c in figures.counties] == [True, True, True]
    assert [c.is_nearly_full for c in figures.counties] == [False, False, True]
    assert figures.counties[0].missing == 2


def test_a_session_that_nobody_counted_yet_shows_nothing(cast: Cast) -> None:
    figures = desk_figures(cast.session, list_key="88")

    assert (figures.expected, figures.counties) == (0, ())


def test_a_county_is_named_as_people_say_it() -> None:
    assert county_name(Region(name="木里藏族自治县", level="county")) == "木里县"
    assert county_name(Region(name="昭觉县", level="county")) == "昭觉县"
    assert county_name(Region(name="西昌市", level="county")) == "西昌市"


def test_the_last_who_came_are_a_county_and_a_seat(cast: Cast) -> None:
    everybody = people(cast)
    for minute, enrolment in enumerate(everybody):
        come(cast, enrolment, minute=minute)

    shown = recent_marks(cast.session)

    assert [(one.county, one.seat) for one in shown] == [
        ("沐川县", "6排12座"),
        ("布拖县", "6排12座"),
        ("布拖县", "6排12座"),
    ]
    assert "学员" not in repr(shown)


def test_late_people_are_listed_with_their_county(cast: Cast) -> None:
    everybody = people(cast)
    come(cast, everybody[0], minute=5)
    come(cast, everybody[1])

    assert [mark.enrolment for mark in late_people(cast.session)] == [everybody[1]]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("何文", 1),
        ("hwy", 1),
        ("hw", 1),
        ("HEWEN", 1),
        ("heweny", 1),
        ("谷曲", 1),
        ("何 谷曲", 1),
        ("何 布拖", 0),
        ("wy", 0),
        ("xx", 0),
        ("%", 0),
        ("'; --", 0),
        ("\\", 0),
        ("(", 0),
    ],
)
def test_people_are_found_by_name_letters_and_school(cast: Cast, words: str, found: int) -> None:
    people(cast)

    assert len(find_on_roster(cast.session, words=words)) == found


def test_people_are_found_by_the_last_four_digits(cast: Cast) -> None:
    people(cast)
    last4 = phone_of(cast.trainee)[-4:]

    assert find_on_roster(cast.session, words=last4) == [cast.enrolment]


def test_a_search_can_be_narrowed_to_a_county(cast: Cast) -> None:
    people(cast)

    assert len(find_on_roster(cast.session, words="学员", county=BUTUO)) == 2


def test_a_search_comes_with_marks_in_two_queries(cast: Cast) -> None:
    everybody = people(cast)
    come(cast, everybody[0])

    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = find_on_roster(cast.session, words="")

    assert len(asked) == 2
    assert len(unmarked(cast.session, found)) == 4
    assert next(p for p in found if p == everybody[0]).mark_in is not None


def test_waiting_people_and_waiting_codes_are_two_lists(cast: Cast) -> None:
    pending_board_mark(cast)
    keep(cast, name="沙马以则", phone="13800005555")

    assert [person.name for person in waiting_people(cast.session)] == ["沙马以则"]
    assert [mark.enrolment for mark in waiting_marks(cast.session)] == [cast.enrolment]


def test_who_came_and_did_not_sign_out_is_listed(cast: Cast) -> None:
    session = with_sign_out(cast)
    everybody = people(cast)
    come(cast, everybody[0])
    come(cast, everybody[1])
    record_attendance(
        session=session,
        enrolment=everybody[1],
        scan=scan(moment(26, 11, 55), kind="out"),
        by=everybody[1].member,
        at=moment(26, 11, 55),
    )

    assert not_signed_out(session) == [everybody[0]]


def test_without_a_sign_out_nobody_misses_it(cast: Cast) -> None:
    come(cast, people(cast)[0])

    assert not_signed_out(cast.session) == []


def test_a_phone_that_signed_two_people_in_is_shown_to_staff(cast: Cast) -> None:
    everybody = people(cast)
    for enrolment, browser in zip(everybody, "aabc\0", strict=True):
        record_attendance(
            session=cast.session,
            enrolment=enrolment,
            scan=_scan_from(browser.strip("\0") * 32),
            by=enrolment.member,
            at=NOW,
        )

    (cluster,) = phone_clusters(cast.session)

    assert cluster.size == 2
    assert {mark.enrolment for mark in cluster.marks} == set(everybody[:2])
    Attendance.objects.filter(enrolment=everybody[0]).update(state="void")
    assert phone_clusters(cast.session) == []


def _scan_from(browser: str) -> Any:
    from training.operations.attendance import Scan

    return Scan(kind="in", seen_at=NOW, browser=browser)


def test_whom_a_waiting_person_may_be_is_the_same_name_or_phone(cast: Cast) -> None:
    everybody = people(cast)
    by_name = keep(cast, name="何文渊", phone="13800006666").enrolment
    by_phone = keep(cast, name="何文元").enrolment
    neither = keep(cast, name="无此人", phone="13800007777").enrolment

    assert candidates(cast.session, by_name) == [everybody[0]]
    assert candidates(cast.session, by_phone) == [everybody[0]]
    assert candidates(cast.session, neither) == []


def test_a_stranger_is_known_only_by_the_same_name_and_phone(cast: Cast) -> None:
    stranger = cast.member("沙马以则")
    phone = phone_of(stranger)

    known = keep(cast, name="沙马以则", phone=phone).enrolment
    other = keep(cast, name="沙马以", phone=phone).enrolment

    assert known_person(known) == stranger
    assert known_person(other) is None
    cast.enrolled(stranger)
    assert known_person(known) is None
