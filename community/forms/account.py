"""What people type about their own account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from community.form_fields import PhoneField
from community.models import Member


class ConsentForm(forms.Form):
    agree = forms.BooleanField(label=_("我已看过，同意这样处理我的个人信息"))
    next = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2000)


class ActivateForm(forms.Form):
    """First log-in by telephone; the fields are those of a log-in by code."""

    phone = PhoneField(help_text=_("名单里登记的11位手机号。"))
    name = forms.CharField(
        label=_("姓名或账号"),
        help_text=_("几个人登记了同一个手机号时才要填。"),
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class SlipForm(forms.Form):
    """First log-in by a printed slip: who, the code, and the password from now on."""

    username = forms.CharField(
        label=_("账号"),
        help_text=_("登录单上写的账号。"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    code = forms.CharField(
        label=_("登录码"),
        help_text=_("登录单上的10个字母和数字，中间的短横可以不填，不分大小写。"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}
        ),
    )
    password = forms.CharField(
        label=_("新密码"),
        help_text=_("至少12个字符，不能全是数字。不要用生日、电话或别处用过的密码。"),
        max_length=150,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("再输一次新密码"),
        max_length=150,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        return username.strip().lower()

    def clean_password(self) -> str:
        """Weighed without looking the account up, so that faults tell nothing about it."""
        password: str = self.cleaned_data["password"]
        validate_password(password, Member(username=self.cleaned_data.get("username", "")))
        return password

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, second = cleaned.get("password"), cleaned.get("again")
        if first and second and first != second:
            self.add_error(
                "again", ValidationError(_("两次输入的密码不一样，请重新输入。"), code="differs")
            )
        return cleaned
