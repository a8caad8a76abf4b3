import itertools
import random
import re
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.slot_code import ALPHABET
from training.certificates.number import (
    check_characters,
    new_number,
    normalise_number,
    number_fault,
)

SOUND = new_number(2026, random.Random(20261222))
numbers = st.builds(
    new_number,
    st.integers(min_value=1000, max_value=9999),
    st.integers(min_value=0).map(random.Random),
)


def is_sound(number: str) -> bool:
    return number_fault(number) is None


def with_changes(number: str, changes: dict[int, str]) -> str:
    return "".join(changes.get(place, letter) for place, letter in enumerate(number))


def letters_for(place: int) -> str:
    """What may stand at a place of the written number: a digit in the year, else the alphabet."""
    return "0123456789" if place < 7 else ALPHABET


PLACES = [3, 4, 5, 6, *range(8, 18), 19, 20]


def test_a_number_has_four_segments_and_no_look_alikes():
    assert re.fullmatch(r"SC-2026-[2-9A-HJKMNP-Z]{10}-[2-9A-HJKMNP-Z]{2}", SOUND)
    assert is_sound(SOUND)


def test_chance_comes_from_the_secrets_module_unless_it_is_given():
    assert new_number(2026) != new_number(2026, secrets)
    assert new_number(2026, random.Random(5)) == new_number(2026, random.Random(5))


@pytest.mark.parametrize("year", [0, 999, 10000, -2026])
def test_a_year_of_other_than_four_digits_makes_no_number(year):
    with pytest.raises(ValueError, match="four digits"):
        new_number(year)


@given(numbers)
def test_every_number_that_is_made_is_sound(number):
    assert is_sound(number)
    assert normalise_number(number) == number


def test_every_single_wrong_character_is_noticed():
    for place in PLACES:
        for letter in letters_for(place):
            if letter != SOUND[place]:
                assert not is_sound(with_changes(SOUND, {place: letter}))


def test_every_pair_of_wrong_characters_is_noticed():
    # The check is linear: whether a change is noticed depends on the differences alone, so one
    # number stands for all. 120 pairs of places, every pair of letters.
    columns = {}
    for place in PLACES:
        columns[place] = {
            letter: with_changes(SOUND, {place: letter})
            for letter in letters_for(place)
            if letter != SOUND[place]
        }
    for index, first in enumerate(PLACES):
        for second in PLACES[index + 1 :]:
            # For each wrong first letter exactly one value of the second could mend a single
            # check; with two checks none may.
            for changed in columns[first].values():
                for letter in columns[second]:
                    word = with_changes(changed, {second: letter}).replace("-", "")[2:]
                    year, body, check = word[:4], word[4:14], word[14:]
                    assert check != check_characters(year, body), (first, second, letter)


@given(numbers, st.sampled_from(PLACES), st.sampled_from(PLACES))
def test_two_characters_that_changed_places_are_noticed(number, one, other):
    swapped = with_changes(number, {one: number[other], other: number[one]})

    assert is_sound(swapped) == (swapped == number)


@given(numbers)
def test_neighbours_that_changed_places_are_noticed(number):
    for one, other in itertools.pairwise(PLACES):
        swapped = with_changes(number, {one: number[other], other: number[one]})
        assert is_sound(swapped) == (swapped == number)


@pytest.mark.parametrize(
    "typed",
    [
        SOUND.lower(),
        SOUND.replace("-", ""),
        SOUND.replace("-", " "),
        SOUND.replace("-", "——"),
        SOUND.replace("-", "－"),
        SOUND.replace("-", " – "),
        f"  {SOUND}\n",
        f"编号 {SOUND}",
        f"证书编号：{SOUND}",
        f"https://tongke.example/v/{SOUND}",
        f"https://tongke.example/v/{SOUND.lower()}/?from=scan",
        "\ufeff" + SOUND.replace("-", "\u200b-"),
        "".join(chr(ord(letter) + 0xFEE0) for letter in SOUND.lower()),
        "-" + SOUND + "-",
    ],
)
def test_what_has_one_reading_is_put_right(typed):
    assert normalise_number(typed) == SOUND
    assert number_fault(typed) is None


@pytest.mark.parametrize(("look_alike", "place"), [("O", 9), ("0", 9), ("l", 12), ("I", 17)])
def test_a_look_alike_is_named_and_never_guessed(look_alike, place):
    typed = with_changes(SOUND, {place: look_alike})

    assert normalise_number(typed) == typed.upper()
    assert number_fault(typed) == (
        f"编号第3段第{place - 7}位是“{look_alike.upper()}”，"
        "这一段不用0、O、1、I、L，请对照证书改这一位。"
    )


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", "请输入证书编号。编号印在证书标题下面，以SC开头。"),
        (" 　-- ", "请输入证书编号。编号印在证书标题下面，以SC开头。"),
        (
            SOUND[:-1],
            "编号第4段应有2位，您输入了1位，请对照证书检查这一段。",
        ),
        (
            with_changes(SOUND, {10: ""}),
            "编号第3段应有10位，您输入了9位，请对照证书检查这一段。",
        ),
        (
            SOUND.removeprefix("SC-"),
            "编号除横线外应有18位，您输入了16位，请对照证书检查。",
        ),
        (
            with_changes(SOUND, {0: "G"}),
            "编号第1段应是SC，您输入的是“GC”，请从SC开始输入。",
        ),
        (
            with_changes(SOUND, {4: "O"}),
            "编号第2段应是4位年份，您输入的是“2O26”，请改成证书上的年份。",
        ),
        (
            with_changes(SOUND, {3: "٢"}),
            "编号第2段应是4位年份，您输入的是“٢026”，请改成证书上的年份。",
        ),
        (
            with_changes(SOUND, {20: "京"}),
            "编号第4段第2位“京”不是编号用的字母或数字，请对照证书改这一位。",
        ),
        (
            with_changes(SOUND, {6: "7"}),
            "编号第2段到第4段里有抄错的地方，末段2位对不上，请对照证书逐位检查。",
        ),
    ],
)
def test_a_fault_says_where_and_what_to_do(typed, fault):
    assert number_fault(typed) == fault


@given(st.text())
def test_any_text_gets_an_answer(text):
    fault = number_fault(text)

    assert fault is None or fault.endswith("。")
    assert normalise_number(normalise_number(text)) == normalise_number(text)


def test_a_very_long_text_is_answered_at_once():
    assert number_fault("9" * 10_000_000) is not None
