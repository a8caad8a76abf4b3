from datetime import UTC, datetime, timedelta

import pytest
from django.core.signing import Signer
from hypothesis import given
from hypothesis import strategies as st

from community.claims import ClaimVerdict, judge_claim, make_claim, read_claim

SEEN = datetime(2026, 11, 26, 0, 47, 3, 250_000, tzinfo=UTC)
AGE = timedelta(minutes=15)


def claim_of(browser="phone", seen_at=SEEN, session_id=42):
    return make_claim(session_id=session_id, kind="in", slot=7, seen_at=seen_at, browser=browser)


def judged(text, browser="phone", at=SEEN):
    return judge_claim(text, browser=browser, at=at, max_age=AGE).verdict


@given(
    st.integers(1, 2**63 - 1),
    st.sampled_from(["in", "out"]),
    st.integers(0, 2**40),
    st.text(max_size=40),
)
def test_a_claim_brings_back_what_was_seen(session_id, kind, slot, browser) -> None:
    text = make_claim(session_id=session_id, kind=kind, slot=slot, seen_at=SEEN, browser=browser)
    claim = read_claim(text, browser=browser, at=SEEN + AGE, max_age=AGE)

    assert claim is not None
    assert (claim.session_id, claim.kind, claim.slot) == (session_id, kind, slot)
    assert claim.seen_at == SEEN


def test_a_claim_in_another_browser_is_a_copied_one() -> None:
    reading = judge_claim(claim_of("hers"), browser="his", at=SEEN, max_age=AGE)

    assert reading.verdict is ClaimVerdict.COPIED
    assert reading.claim is not None
    assert reading.claim.session_id == 42
    assert read_claim(claim_of("hers"), browser="his", at=SEEN, max_age=AGE) is None


def test_an_old_copy_is_still_a_copy() -> None:
    assert judged(claim_of("hers"), "his", SEEN + timedelta(days=1)) is ClaimVerdict.COPIED


def test_a_claim_ages() -> None:
    assert judged(claim_of(), at=SEEN + AGE) is ClaimVerdict.GOOD
    assert judged(claim_of(), at=SEEN + AGE + timedelta(milliseconds=1)) is ClaimVerdict.EXPIRED


def test_a_claim_from_tomorrow_does_not_count() -> None:
    assert judged(claim_of(), at=SEEN - timedelta(seconds=59)) is ClaimVerdict.GOOD
    assert judged(claim_of(), at=SEEN - timedelta(seconds=61)) is ClaimVerdict.EXPIRED


@pytest.mark.parametrize("text", ["", ":", "x", "a:b:c", claim_of.__name__, "\u4e2d:x"])
def test_a_claim_that_we_did_not_sign_is_forged(text) -> None:
    assert judged(text) is ClaimVerdict.FORGED


@given(st.integers(0, 200), st.sampled_from("abcXYZ019-_:"))
def test_a_claim_with_one_character_changed_is_forged(place, letter) -> None:
    text = claim_of()
    place %= len(text)
    if text[place] != letter:
        changed = text[:place] + letter + text[place + 1 :]
        assert judged(changed) is ClaimVerdict.FORGED


def test_what_was_signed_for_another_purpose_is_forged() -> None:
    assert judged(Signer(salt="other").sign_object([42, "in", 7, 0, "x"])) is ClaimVerdict.FORGED


def test_a_claim_does_not_tell_the_browsers_name() -> None:
    assert "foobar" not in claim_of("foobar")
    assert "Zm9vYmFy" not in claim_of("foobar")
