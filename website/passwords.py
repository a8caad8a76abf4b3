"""What a password must be, in our words; the rules are Django's (security.md §6)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class LongEnough(password_validation.MinimumLengthValidator):
    def validate(self, password: str, user: Any = None) -> None:
        if len(password) < self.min_length:
            words = {"count": len(password), "least": self.min_length}
            raise ValidationError(
                _("密码只有%(count)d个字符，至少%(least)d个，请加长。") % words,
                code="password_too_short",
            )

    def get_help_text(self) -> str:
        return _("至少%(least)d个字符。") % {"least": self.min_length}


class NotCommon(password_validation.CommonPasswordValidator):
    def get_error_message(self) -> str:
        return _("这个密码太常见，容易被试出来，请换一个。")

    def get_help_text(self) -> str:
        return _("不要用常见的密码。")


class NotOnlyDigits(password_validation.NumericPasswordValidator):
    def get_error_message(self) -> str:
        return _("密码不能全是数字，请加上字母或汉字。")

    def get_help_text(self) -> str:
        return _("不能全是数字。")
