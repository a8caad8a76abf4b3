"""The log-in forms of allauth in our words; what they check stays allauth's."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any, Final

from allauth.account import forms as account
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from django import forms
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from community.operations.account import member_of_phone
from website.accounts import sealed_phone

NEW_PASSWORD_HINT = _("至少12个字符，不能全是数字。不要用生日、电话或别处用过的密码。")
FRESH: Final = timedelta(minutes=15)
LONGEST: Final = 150
CODE_ATTRS = {"autocomplete": "one-time-code", "inputmode": "numeric"}


def _say(form: forms.Form, **labels: Any) -> None:
    for name, label in labels.items():
        if name in form.fields:
            form.fields[name].label = label


def came_by_code(request: HttpRequest) -> bool:
    """Whether this session was opened by a code that went to the member's phone within the last
    minutes.
    """
    records = get_authentication_records(request, request.user)
    return any(
        record["method"] == "code" and time.time() - record["at"] < FRESH.total_seconds()
        for record in records
    )


class LogInForm(account.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in (self.fields["login"], self.fields["password"]):
            # Far beyond any real one; without a limit megabytes would be hashed.
            field.validators.append(MaxLengthValidator(LONGEST))
        _say(
            self,
            login=_("账号或手机号"),
            password=_("密码"),
            remember=_("两周内在这台设备上不用再登录（公用电脑请不要勾）"),
        )
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class RequestCodeForm(account.RequestLoginCodeForm):
    """A phone; who shares one with a colleague says who she is. Everybody gets the same answer."""

    name = forms.CharField(
        label=_("姓名或账号"),
        help_text=_("几个人登记了同一个手机号时才要填。"),
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, phone=_("手机号"))
        self.fields["phone"].help_text = _("名单里登记的11位手机号。号码在名单里，才会收到短信。")
        self.order_fields(["phone", "name"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if phone := cleaned.get("phone"):
            self._user = member_of_phone(phone=phone, name=cleaned.get("name", ""))
            cleaned["phone"] = sealed_phone(phone)
        return cleaned


class ConfirmCodeForm(account.ConfirmLoginCodeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, code=_("短信里的验证码"))
        self.fields["code"].widget.attrs.update(CODE_ATTRS)


class ChangePasswordForm(account.ChangePasswordForm):
    """Who has just come in by a code has shown who she is: she forgot the old one and is not asked
    for it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if came_by_code(context.request):
            del self.fields["oldpassword"]
        _say(
            self,
            oldpassword=_("现在的密码"),
            password1=_("新密码"),
            password2=_("再输一次新密码"),
        )
        self.fields["password1"].help_text = NEW_PASSWORD_HINT


class SetPasswordForm(account.SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, password1=_("新密码"), password2=_("再输一次新密码"))
        self.fields["password1"].help_text = NEW_PASSWORD_HINT


class ReauthenticateForm(account.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, password=_("密码"))


class AuthenticateForm(mfa.AuthenticateForm):
    """A code of the authenticator or, its letters included, a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, code=_("六位数字或备用码"))


class MfaReauthenticateForm(mfa.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, code=_("六位数字或备用码"))


class ActivateTotpForm(totp.ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, code=_("六位数字"))
        self.fields["code"].widget.attrs.update(CODE_ATTRS)
