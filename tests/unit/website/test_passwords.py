import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import translation


def faults(password: str) -> list[str]:
    with translation.override("zh-hans"), pytest.raises(ValidationError) as refused:
        validate_password(password)
    return refused.value.messages


def test_a_short_password_says_how_short_it_is():
    assert faults("山高水长2026") == ["密码只有8个字符，至少12个，请加长。"]


def test_a_common_password_is_refused():
    assert "这个密码太常见，容易被试出来，请换一个。" in faults("1qaz2wsx3edc")


def test_digits_alone_are_refused():
    assert "密码不能全是数字，请加上字母或汉字。" in faults("202611260847")


def test_a_sentence_is_a_password():
    validate_password("一堂好课走进每个县2026")
