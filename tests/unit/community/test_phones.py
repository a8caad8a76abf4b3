import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.phones import last4, mask_phone, normalise_phone, phone_fault

PHONES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


@pytest.mark.parametrize(
    "typed",
    [
        "138 0013 8000",
        "138-0013-8000",
        "+8613800138000",
        "+86 138 0013 8000",
        "008613800138000",
        "8613800138000",
        "(+86)138–0013–8000",
        "１３８００１３８０００",
        "\u202d13800138000\u202c",
        "'13800138000",
        "13800138000.0",
        "　13800138000\n",
    ],
)
def test_one_phone_has_one_spelling(typed: str) -> None:
    assert normalise_phone(typed) == "13800138000"


@given(
    PHONES,
    st.sampled_from(["", "+86", "0086", "86", "+86 "]),
    st.sampled_from([" ", "-", "　", ""]),
)
def test_any_phone_in_any_dress_is_good(phone: str, country: str, gap: str) -> None:
    typed = country + phone[:3] + gap + phone[3:7] + gap + phone[7:]

    assert normalise_phone(typed) == phone
    assert phone_fault(phone) is None


@given(st.text(max_size=30))
def test_any_text_gets_an_answer_and_one_spelling(text: str) -> None:
    phone = normalise_phone(text)
    fault = phone_fault(phone)

    assert normalise_phone(phone) == phone
    assert (fault is None) == bool(re.fullmatch(r"1[3-9][0-9]{9}", phone))


@pytest.mark.parametrize(
    ("phone", "fault"),
    [
        ("", "手机号没有填，请填写11位手机号。"),
        ("1380013800", "手机号只有10位，请补全为11位。"),
        ("138001380001", "手机号有12位，请核对后改为11位。"),
        ("02886110000", "手机号以0开头，像是座机号，请改填11位手机号。"),
        ("8613800", "手机号只有7位，请补全为11位。"),
        ("12800138000", "手机号以12开头，手机号应以13至19开头，请核对。"),
        ("1380013800O", "手机号中有数字以外的字符，请只填11位数字。"),
        ("١٣٨٠٠١٣٨٠٠٠", "手机号中有数字以外的字符，请只填11位数字。"),
        ("13800138000/13900139000", "手机号中有数字以外的字符，请只填11位数字。"),
    ],
)
def test_a_faulty_phone_is_told_what_to_change(phone: str, fault: str) -> None:
    assert phone_fault(normalise_phone(phone)) == fault


def test_a_phone_is_shown_by_its_ends() -> None:
    assert mask_phone("13812345678") == "138****5678"
    assert last4("13812345678") == "5678"


@given(st.text("0123456789", max_size=20))
def test_what_is_not_a_phone_is_not_shown(text: str) -> None:
    masked = mask_phone(text)

    assert len(masked) == len(text)
    assert masked.count("*") >= min(4, len(text))
