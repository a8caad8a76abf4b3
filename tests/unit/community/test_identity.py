from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from community.identity import IdKind, birth_date, check_digit, id_fault, mask_id, normalise_id

TODAY = date(2026, 11, 26)


def number_of(prefix: str, born: date, order: int) -> str:
    first_17 = f"{prefix}{born:%Y%m%d}{order:03d}"
    return first_17 + check_digit(first_17)


NUMBERS = st.builds(
    number_of,
    st.from_regex(r"[1-7][0-9]{5}", fullmatch=True),
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(0, 999),
)


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_the_vectors_of_the_standard_are_good(number: str) -> None:
    assert id_fault(IdKind.RESIDENT, number, TODAY) is None


def test_a_prefix_that_is_no_longer_in_use_is_good() -> None:
    for prefix in ("513021", "510202", "512201", "512301"):
        assert id_fault(IdKind.RESIDENT, number_of(prefix, date(1970, 5, 1), 12), TODAY) is None


@given(NUMBERS)
def test_numbers_made_by_the_rule_are_good(number: str) -> None:
    assert id_fault(IdKind.RESIDENT, number, TODAY) is None
    assert birth_date(IdKind.RESIDENT, number) == date.fromisoformat(number[6:14])


@given(NUMBERS)
def test_the_check_digit_is_that_of_iso_7064(number: str) -> None:
    """MOD 11-2, worked out by powers of two instead of the standard's two tables."""
    values = [10 if digit == "X" else int(digit) for digit in number]

    assert sum(value * 2 ** (17 - place) for place, value in enumerate(values)) % 11 == 1


@given(NUMBERS, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_wrong_character_is_always_seen(number: str, place: int, wrong: str) -> None:
    assume(number[place] != wrong)

    changed = number[:place] + wrong + number[place + 1 :]

    assert id_fault(IdKind.RESIDENT, changed, TODAY) is not None


@given(NUMBERS, st.integers(0, 16))
def test_two_swapped_characters_are_always_seen(number: str, place: int) -> None:
    assume(number[place] != number[place + 1])
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]

    assert id_fault(IdKind.RESIDENT, swapped, TODAY) is not None


@pytest.mark.parametrize(
    "typed",
    [
        " 11010519491231002x ",
        "110105 19491231 002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105-19491231-002X",
        "'11010519491231002X",
        "\u202a11010519491231002X\u202c",
        "11010519491231002×",
    ],
)
def test_one_number_has_one_spelling(typed: str) -> None:
    assert normalise_id(IdKind.RESIDENT, typed) == "11010519491231002X"


@given(st.sampled_from(IdKind.values), st.text(max_size=40))
def test_normalising_a_number_twice_is_normalising_it_once(kind: str, text: str) -> None:
    once = normalise_id(kind, text)

    assert normalise_id(kind, once) == once


@given(st.sampled_from([*IdKind.values, "", "unknown"]), st.text(max_size=40))
def test_any_text_gets_an_answer(kind: str, text: str) -> None:
    fault = id_fault(kind, normalise_id(kind, text), TODAY)

    assert fault is None or fault.endswith("。")


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("", "没有填"),
        ("1101051949123100", "只有16位，请补全为18位"),
        ("11010519491231002X0", "有19位"),
        ("110105491231002", "15位的旧号码"),
        ("5.13021E+17", "科学记数"),
        ("1101051949123100AX", "前17位应为数字"),
        ("٣10105194912310021", "前17位应为数字"),
        ("110105194902310021", "19490231不存在"),
        ("110105000012310021", "00001231不存在"),
        ("110105179912310021", "17991231不存在"),
        ("110105194912310021", "末位与前17位对不上"),
        ("110105194912310000", "末3位变成了000"),
        (number_of("510104", date(2026, 11, 27), 1), "20261127晚于今天"),
        (number_of("810000", date(1990, 1, 1), 1), "改为港澳台居民居住证"),
    ],
)
def test_a_faulty_resident_number_is_told_what_to_change(number: str, says: str) -> None:
    assert says in (id_fault(IdKind.RESIDENT, number, TODAY) or "")


def test_somebody_born_today_has_a_number() -> None:
    assert id_fault(IdKind.RESIDENT, number_of("510104", TODAY, 1), TODAY) is None


def test_a_residence_permit_has_its_own_prefixes() -> None:
    good = number_of("830000", date(1990, 1, 1), 7)
    other = number_of("510104", date(1990, 1, 1), 7)

    assert id_fault(IdKind.HMT_RESIDENCE, good, TODAY) is None
    assert birth_date(IdKind.HMT_RESIDENCE, good) == date(1990, 1, 1)
    assert "开头" in (id_fault(IdKind.HMT_RESIDENCE, other, TODAY) or "")


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (IdKind.PASSPORT, "e1234 5678"),
        (IdKind.PASSPORT, "EA1234567"),
        (IdKind.OFFICER, "军字第1234567号"),
        (IdKind.OFFICER, "南字第01234567号"),
        (IdKind.OTHER, "川教(2016)-0012"),
    ],
)
def test_other_papers_have_looser_rules(kind: str, typed: str) -> None:
    number = normalise_id(kind, typed)

    assert id_fault(kind, number, TODAY) is None
    assert birth_date(kind, number) is None


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (IdKind.PASSPORT, "E12"),
        (IdKind.PASSPORT, "护照1234567"),
        (IdKind.OFFICER, "军"),
        (IdKind.OTHER, "<script>"),
        ("licence", "E12345678"),
    ],
)
def test_other_papers_are_refused_what_cannot_be_a_number(kind: str, number: str) -> None:
    assert id_fault(kind, number, TODAY) is not None


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("510104199001011234", "510***********1234"),
        ("11010519491231002X", "110***********002X"),
        ("E12345678", "E******78"),
        ("1234", "****"),
        ("", ""),
    ],
)
def test_a_masked_number_keeps_its_ends(number: str, masked: str) -> None:
    assert mask_id(number) == masked


@given(st.text("0123456789X", max_size=30))
def test_a_masked_number_hides_half_and_keeps_its_length(number: str) -> None:
    masked = mask_id(number)

    assert len(masked) == len(number)
    assert masked.count("*") * 2 >= len(number)
