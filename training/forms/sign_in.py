"""What is typed in a hall: a name and a phone, or six digits."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.form_fields import PhoneField
from community.names import NAME_MAX, name_fault, normalise_name
from community.slot_code import BOARD_CODE_LENGTH, normalise_board_code


class NameField(forms.CharField):
    """A name as people type it, cleaned to its one spelling (`community.names`)."""

    widget = forms.TextInput(attrs={"autocomplete": "name"})

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("姓名"))
        kwargs.setdefault("max_length", NAME_MAX * 2)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        name = normalise_name(super().clean(value) or "")
        if fault := name_fault(name):
            raise ValidationError(fault, code="name")
        return name


class BoardCodeField(forms.CharField):
    """The six digits of the big screen, with or without the gap in the middle."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"})

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("六位码"))
        kwargs.setdefault("max_length", 20)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        code = normalise_board_code(super().clean(value) or "")
        if not (code.isascii() and code.isdigit() and len(code) == BOARD_CODE_LENGTH):
            raise ValidationError(_("六位码是六位数字，请照大屏下方的数字填写。"), code="board")
        return code


class WhoForm(forms.Form):
    """Who somebody says that she is; nothing is believed before it is proved."""

    name = NameField(help_text=gettext_lazy("和名单上一样，间隔号写“·”。"))
    phone = PhoneField(help_text=gettext_lazy("名单里登记的11位手机号。"))


class BoardForm(forms.Form):
    code = BoardCodeField(help_text=gettext_lazy("大屏下方的六位数字。"))


class BoardWhoForm(WhoForm, BoardForm):
    """The six digits from somebody who is not logged in."""

    field_order = ("code", "name", "phone")
