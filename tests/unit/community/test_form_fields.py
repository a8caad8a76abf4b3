import pytest
from django.core.exceptions import ValidationError

from community.form_fields import PhoneField


@pytest.mark.parametrize("typed", ["138 0013 8000", "+86-13800138000", "１３８００１３８０００"])
def test_a_phone_has_one_spelling(typed):
    assert PhoneField().clean(typed) == "13800138000"


def test_a_short_phone_says_how_short():
    with pytest.raises(ValidationError, match="只有10位"):
        PhoneField().clean("1390000112")


def test_a_phone_that_must_be_there_must_be_there():
    with pytest.raises(ValidationError):
        PhoneField().clean("")


def test_a_phone_that_need_not_be_there_may_be_left_out():
    assert PhoneField(required=False).clean("") == ""
