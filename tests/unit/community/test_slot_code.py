from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from community.slot_code import (
    ALPHABET,
    BOARD_STEP_SECONDS,
    STALE_SECONDS,
    TOKEN_STEP_SECONDS,
    CodeState,
    board_code,
    judge_board_code,
    judge_token,
    normalise_board_code,
    read_token,
    sign_in_token,
    slot_at,
    slot_ends_at,
)

KEY = b"k" * 32
NOON = datetime(2026, 11, 26, 12, 0, 0, tzinfo=timezone(timedelta(hours=8)))
KINDS = st.sampled_from(["in", "out"])
SESSIONS = st.integers(0, 2**63 - 1)
MOMENTS = st.datetimes(datetime(2016, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


def token_at(at, session_id=42, kind="in", key=KEY):
    return sign_in_token(key, session_id, kind, slot_at(at, TOKEN_STEP_SECONDS))


def test_a_slot_belongs_to_the_clock_and_not_to_the_time_zone() -> None:
    assert slot_at(NOON, 20) == slot_at(NOON.astimezone(UTC), 20)
    assert slot_at(NOON + timedelta(seconds=19, microseconds=999_999), 20) == slot_at(NOON, 20)
    assert slot_at(NOON + timedelta(seconds=20), 20) == slot_at(NOON, 20) + 1
    assert slot_ends_at(slot_at(NOON, 20), 20) == NOON + timedelta(seconds=20)


def test_a_moment_without_a_time_zone_has_no_slot() -> None:
    with pytest.raises(ValueError, match="time zone"):
        slot_at(datetime(2026, 11, 26, 12), 20)


@given(SESSIONS, KINDS, st.integers(0, 2**40))
def test_a_token_says_its_session_and_direction(session_id, kind, slot) -> None:
    token = sign_in_token(KEY, session_id, kind, slot)
    claim = read_token(token)

    assert set(token) <= set(ALPHABET)
    assert claim is not None
    assert (claim.session_id, claim.kind) == (session_id, kind)
    assert read_token(token.lower()) == claim


@given(st.text(max_size=40))
def test_any_text_is_read_as_a_token_or_not_at_all(text) -> None:
    claim = read_token(text)

    assert claim is None or claim.mac == text[-10:].upper()
    assert judge_token(KEY, text, NOON).state is CodeState.FORGED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "N",
        "ABCDEFGHJK",
        "2222222222",
        "2N222222222",  # a proof too short
        "0N2222222222",  # a letter that the alphabet lacks
        "23N2222222222",  # a second spelling of 3N…
        "ZZZZZZZZZZZZZZN2222222222",  # an id too long
        "ZZZZZZZZZZZZZN2222222222",  # an id too large
        "3X2222222222",  # neither in nor out
        "3N222222222ſ",
    ],
)
def test_what_is_not_spelled_as_a_token_is_none(text) -> None:
    assert read_token(text) is None


def test_an_id_that_no_table_can_hold_is_not_read() -> None:
    assert read_token(sign_in_token(KEY, 2**63 - 1, "in", 0)) is not None
    assert read_token(sign_in_token(KEY, 2**63, "in", 0)) is None
    with pytest.raises(ValueError, match="negative"):
        sign_in_token(KEY, -1, "in", 0)


@given(MOMENTS, SESSIONS, KINDS, st.floats(0, 19.9))
def test_a_token_is_good_for_its_slot_and_the_next(at, session_id, kind, later) -> None:
    token = sign_in_token(KEY, session_id, kind, slot_at(at, 20))
    starts = datetime.fromtimestamp(slot_at(at, 20) * 20, UTC)

    for slots, state, good in (
        (-1, CodeState.FUTURE, False),
        (0, CodeState.CURRENT, True),
        (1, CodeState.PREVIOUS, True),
        (2, CodeState.STALE, False),
    ):
        verdict = judge_token(KEY, token, starts + timedelta(seconds=20 * slots + later))
        assert (verdict.state, verdict.is_good, verdict.age) == (state, good, slots)
        assert verdict.slot == slot_at(at, 20)


def test_an_old_token_is_told_from_a_forged_one_for_half_an_hour() -> None:
    old = token_at(NOON)
    last = judge_token(KEY, old, NOON + timedelta(seconds=STALE_SECONDS))
    after = judge_token(KEY, old, NOON + timedelta(seconds=STALE_SECONDS + 20))

    assert (last.state, last.age) == (CodeState.STALE, 90)
    assert (after.state, after.age) == (CodeState.FORGED, None)


@given(SESSIONS, KINDS, st.integers(0, 30), st.sampled_from(ALPHABET))
def test_a_token_with_one_character_changed_is_not_good(session_id, kind, place, letter) -> None:
    token = token_at(NOON, session_id, kind)
    place %= len(token)
    assume(token[place] != letter)

    changed = token[:place] + letter + token[place + 1 :]

    assert judge_token(KEY, changed, NOON).state is CodeState.FORGED


def test_a_token_is_worthless_for_another_session_direction_or_key() -> None:
    token = token_at(NOON, 42, "in")
    mac = token[-10:]

    for other in (token_at(NOON, 43)[:-10] + mac, token_at(NOON, 42, "out")[:-10] + mac):
        assert judge_token(KEY, other, NOON).state is CodeState.FORGED
    assert judge_token(b"x" * 32, token, NOON).state is CodeState.FORGED


@given(MOMENTS, SESSIONS, KINDS)
def test_the_six_digits_count_for_their_slot_and_a_minute(at, session_id, kind) -> None:
    slot = slot_at(at, BOARD_STEP_SECONDS)
    code = board_code(KEY, session_id, kind, slot)
    ends = slot_ends_at(slot, BOARD_STEP_SECONDS)
    codes_after = [board_code(KEY, session_id, kind, slot + n) for n in range(1, 4)]
    assume(code not in codes_after)

    def judged(moment):
        return judge_board_code(KEY, session_id, kind, code, moment)

    assert len(code) == 6
    assert code.isdigit()
    assert judged(at) is CodeState.CURRENT
    assert judged(ends - timedelta(milliseconds=1)) is CodeState.CURRENT
    assert judged(ends) is CodeState.PREVIOUS
    assert judged(ends + timedelta(seconds=59)) is CodeState.PREVIOUS
    assert judged(ends + timedelta(seconds=60)) is CodeState.STALE
    assert judged(ends + timedelta(seconds=3 * BOARD_STEP_SECONDS)) is CodeState.FORGED


def test_the_six_digits_of_another_session_or_direction_do_not_count() -> None:
    slot = slot_at(NOON, BOARD_STEP_SECONDS)
    code = board_code(KEY, 42, "in", slot)
    codes = {
        board_code(KEY, session, kind, slot) for session in range(42, 52) for kind in ("in", "out")
    }

    assert len(codes) > 15
    assert judge_board_code(KEY, 42, "in", code, NOON) is CodeState.CURRENT
    assert judge_board_code(KEY, 43, "in", code, NOON) is CodeState.FORGED
    assert judge_board_code(KEY, 42, "out", code, NOON) is CodeState.FORGED
    assert judge_board_code(b"x" * 32, 42, "in", code, NOON) is CodeState.FORGED


def test_tomorrows_digits_do_not_count_today() -> None:
    next_code = board_code(KEY, 42, "in", slot_at(NOON, BOARD_STEP_SECONDS) + 1)

    assert judge_board_code(KEY, 42, "in", next_code, NOON) is CodeState.FORGED


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "١٢٣٤٥٦", "１２３", "\ud83d"])
def test_what_is_not_six_digits_is_forged(typed) -> None:
    assert judge_board_code(KEY, 42, "in", typed, NOON) is CodeState.FORGED


def test_digits_may_be_typed_wide_and_apart() -> None:
    assert normalise_board_code(" 12３-45６ ") == "123456"
