"""The verdict table: every bad scan, with the time as an argument."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.claims import make_claim
from community.slot_code import TOKEN_STEP_SECONDS, sign_in_token, slot_at
from tests.factories.cast import moment
from training.models import Cohort, Enrolment, Session
from training.operations.scan import (
    CLAIM_MAX_AGE,
    Verdict,
    board_closes_at,
    board_code_at,
    board_time,
    judge_claim_text,
    judge_scan,
    judge_scanned_code,
    key,
)

# Nothing here reads the database, but the keys of an installation are made with it.
pytestmark = pytest.mark.django_db

NOW = moment(26, 8, 47, 12)


def a_session(**fields: Any) -> Session:
    """第一天上午, not stored: in from 8:20 to 10:00, late after 9:10, out from 11:50 to 12:30."""
    defaults: dict[str, Any] = {
        "pk": 12,
        "cohort": Cohort(pk=3, state=Cohort.State.RUNNING),
        "starts_at": moment(26, 9, 0),
        "ends_at": moment(26, 12, 0),
        "opens_at": moment(26, 8, 20),
        "closes_at": moment(26, 10, 0),
        "late_minutes": 10,
        "takes_sign_out": True,
        "sign_out_opens_at": moment(26, 11, 50),
        "sign_out_closes_at": moment(26, 12, 30),
    }
    return Session(**{**defaults, **fields})


HER = Enrolment(pk=7, cohort_id=3)


@pytest.mark.parametrize(
    ("clock", "verdict"),
    [
        ((8, 19, 59), Verdict.EARLY),
        ((8, 20, 0), Verdict.RECORDED),
        ((9, 10, 0), Verdict.RECORDED),
        ((9, 10, 1), Verdict.LATE),
        ((9, 59, 59), Verdict.LATE),
        ((10, 0, 0), Verdict.CLOSED),
        ((23, 59, 59), Verdict.CLOSED),
    ],
)
def test_the_clock_of_the_scan_decides_what_it_is(
    clock: tuple[int, int, int], verdict: Verdict
) -> None:
    judged = judge_scan(session=a_session(), enrolment=HER, kind="in", seen_at=moment(26, *clock))

    assert judged is verdict


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (Cohort.State.DRAFT, Verdict.COHORT_NOT_OPEN),
        (Cohort.State.ENROLLING, Verdict.RECORDED),
        (Cohort.State.RUNNING, Verdict.RECORDED),
        (Cohort.State.TO_CLOSE, Verdict.RECORDED),
        (Cohort.State.CLOSED, Verdict.COHORT_CLOSED),
        (Cohort.State.ARCHIVED, Verdict.COHORT_CLOSED),
    ],
)
def test_a_class_that_is_not_open_takes_nobody(state: str, verdict: Verdict) -> None:
    session = a_session(cohort=Cohort(pk=3, state=state))

    assert judge_scan(session=session, enrolment=HER, kind="in", seen_at=NOW) is verdict


def test_a_stranger_is_said_to_be_on_no_list_only_while_the_window_is_open() -> None:
    early = moment(26, 7, 0)

    assert judge_scan(session=a_session(), enrolment=None, kind="in", seen_at=NOW) is (
        Verdict.NOT_ENROLLED
    )
    assert judge_scan(session=a_session(), enrolment=None, kind="in", seen_at=early) is (
        Verdict.EARLY
    )


def test_a_session_that_is_gone_says_so() -> None:
    assert judge_scan(session=None, enrolment=HER, kind="in", seen_at=NOW) is Verdict.NO_SESSION


@pytest.mark.parametrize(
    ("fields", "clock", "signed_in", "verdict"),
    [
        ({}, (11, 49, 59), True, Verdict.EARLY),
        ({}, (11, 50, 0), True, Verdict.RECORDED),
        ({}, (12, 30, 0), True, Verdict.CLOSED),
        ({}, (12, 0, 0), False, Verdict.NOT_SIGNED_IN),
        ({"takes_sign_out": False}, (12, 0, 0), True, Verdict.NO_SIGN_OUT),
    ],
)
def test_signing_out_has_its_own_window_and_comes_after_signing_in(
    fields: dict[str, Any], clock: tuple[int, int, int], signed_in: bool, verdict: Verdict
) -> None:
    judged = judge_scan(
        session=a_session(**fields),
        enrolment=HER,
        kind="out",
        seen_at=moment(26, *clock),
        has_signed_in=signed_in,
    )

    assert judged is verdict


@pytest.mark.parametrize(
    ("age", "verdict"),
    [
        (0, None),
        (1, None),
        (2, Verdict.STALE),
        (90, Verdict.STALE),
        (-1, Verdict.FUTURE),
        (91, Verdict.FORGED),
    ],
)
def test_a_code_counts_in_its_own_slot_and_the_next(age: int, verdict: Verdict | None) -> None:
    token = sign_in_token(key(), 12, "in", slot_at(NOW, TOKEN_STEP_SECONDS) - age)

    reading = judge_scanned_code(token=token, at=NOW)

    assert reading.verdict is verdict
    assert reading.session_id == (None if verdict is Verdict.FORGED else 12)


def test_a_code_of_another_session_cannot_be_written_over() -> None:
    token = sign_in_token(key(), 12, "in", slot_at(NOW, TOKEN_STEP_SECONDS))
    other = sign_in_token(key(), 13, "in", slot_at(NOW, TOKEN_STEP_SECONDS))
    out = sign_in_token(key(), 12, "out", slot_at(NOW, TOKEN_STEP_SECONDS))

    assert judge_scanned_code(token=other[:-10] + token[-10:], at=NOW).verdict is Verdict.FORGED
    assert judge_scanned_code(token=out[:-10] + token[-10:], at=NOW).verdict is Verdict.FORGED


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
def test_any_text_at_all_is_judged(text: str) -> None:
    assert judge_scanned_code(token=text, at=NOW).verdict is Verdict.FORGED


def test_ten_thousand_characters_are_judged_like_any_others() -> None:
    assert judge_scanned_code(token="A" * 10_000, at=NOW).verdict is Verdict.FORGED


@pytest.mark.parametrize(
    ("browser", "later", "verdict"),
    [
        ("hers", timedelta(0), None),
        ("hers", CLAIM_MAX_AGE, None),
        ("hers", CLAIM_MAX_AGE + timedelta(seconds=1), Verdict.CLAIM_EXPIRED),
        ("another", timedelta(0), Verdict.COPIED),
        ("another", CLAIM_MAX_AGE * 2, Verdict.COPIED),
    ],
)
def test_a_claim_is_good_in_its_own_browser_for_a_while(
    browser: str, later: timedelta, verdict: Verdict | None
) -> None:
    text = make_claim(session_id=12, kind="in", slot=1, seen_at=NOW, browser="hers")

    judged, claim = judge_claim_text(text=text, browser=browser, at=NOW + later)

    assert judged is verdict
    assert claim is not None
    assert claim.session_id == 12


@pytest.mark.parametrize("text", ["", "x", "a:b:c", "☃" * 40])
def test_what_is_no_claim_is_no_claim(text: str) -> None:
    assert judge_claim_text(text=text, browser="hers", at=NOW) == (Verdict.NO_CLAIM, None)


def test_six_digits_are_found_in_the_slot_that_showed_them() -> None:
    session = a_session()
    code = board_code_at(session=session, kind="in", at=moment(26, 8, 53))

    evening = board_time(session=session, code=f"{code[:3]} {code[3:]}", at=moment(26, 17, 0))

    assert evening == moment(26, 8, 50)


def test_six_digits_of_a_slot_to_come_are_not_taken() -> None:
    session = a_session()
    code = board_code_at(session=session, kind="in", at=moment(26, 9, 5))

    assert board_time(session=session, code=code, at=moment(26, 8, 55)) is None
    assert board_time(session=session, code=code, at=moment(26, 9, 1)) == moment(26, 9, 0)


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "१२३४५६", "000000 or 1=1", "\x00" * 6])
def test_what_is_no_six_digits_is_found_nowhere(code: str) -> None:
    assert board_time(session=a_session(), code=code, at=moment(26, 17, 0)) is None


def test_six_digits_are_taken_until_the_evening_of_the_session() -> None:
    late = a_session(starts_at=moment(26, 18, 30), ends_at=moment(26, 21, 0))

    assert board_closes_at(a_session()) == moment(26, 18, 0)
    assert board_closes_at(late) == moment(26, 22, 0)
