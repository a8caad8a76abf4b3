"""What Django says about a field, said the way the house says it: where, what, and how to go on.

A form that words its own faults is left alone: only messages that a field class brings by default
are put into our words. Rule: design.md §5, the error formula.
"""

from __future__ import annotations

from typing import Any

from django.core import validators
from django.core.exceptions import ValidationError
from django.forms import BoundField, Field, fields, widgets
from django.utils.translation import gettext as _


def fault_words(field: BoundField) -> list[str]:
    """Every fault of a bound field as a sentence; Django's own wording only where we have none."""
    return [
        _in_our_words(field, fault) or sentence
        for fault in field.errors.as_data()
        for sentence in fault.messages
    ]


# Validators that fields add by themselves.
_BROUGHT_BY_FIELDS = (
    validators.MaxLengthValidator,
    validators.MinLengthValidator,
    validators.MaxValueValidator,
    validators.MinValueValidator,
    validators.ProhibitNullCharactersValidator,
)


def _in_our_words(field: BoundField, fault: ValidationError) -> str | None:
    if not _is_default(field.field, fault):
        return None
    words: dict[str, Any] = {**(fault.params or {}), "label": field.label}
    template = _template(field.field, fault.code or "", words)
    return template % words if template else None


def _is_default(field: Field, fault: ValidationError) -> bool:
    """Whether nobody chose these words: neither the form nor a validator of its own."""
    defaults: list[object] = [validator.message for validator in _BROUGHT_BY_FIELDS]
    for kind in type(field).__mro__:
        defaults.extend(getattr(kind, "default_error_messages", {}).values())
    return any(fault.message is default for default in defaults)


def _template(field: Field, code: str, words: dict[str, Any]) -> str | None:
    if code in {"required", "missing"}:
        return _required(field)
    if code == "invalid":
        return _invalid(field)
    if code in {"invalid_choice", "invalid_list"}:
        if words.get("value"):
            return _("%(label)s里没有“%(value)s”这一项，请重新选择。")
        return _("%(label)s里没有这一项，请重新选择。")
    if code == "empty":
        return _("这个文件是空的，请换一个文件。")
    if code == "null_characters_not_allowed":
        return _("%(label)s里有看不见的字符，请删去后重新输入。")
    if code == "max_length" and isinstance(field, fields.FileField):
        return _("文件名有%(length)s个字，最多%(max)s个，请改短文件名。")
    return _limit(code)


def _required(field: Field) -> str:
    if isinstance(field, fields.FileField):
        return _("还没有选择文件，请选择%(label)s。")
    if isinstance(field.widget, widgets.CheckboxInput):
        return _("请勾选“%(label)s”。")
    if isinstance(field.widget, widgets.ChoiceWidget):
        return _("请选择%(label)s。")
    return _("请填写%(label)s。")


def _invalid(field: Field) -> str | None:
    if isinstance(field, fields.DateTimeField):
        return _("%(label)s没看懂，请写成2026-11-26 8:40的样子。")
    if isinstance(field, fields.DateField):
        return _("%(label)s没看懂，请写成2026-11-26的样子。")
    if isinstance(field, fields.TimeField):
        return _("%(label)s没看懂，请写成8:40的样子，24小时制。")
    if isinstance(field, fields.IntegerField):
        whole = type(field) is fields.IntegerField
        return _("%(label)s要填整数。") if whole else _("%(label)s要填数字。")
    if isinstance(field, fields.FileField):
        return _("没有收到文件，请重新选择%(label)s。")
    return None


def _limit(code: str) -> str | None:
    return {
        "max_length": _("%(label)s有%(show_value)s个字，最多%(limit_value)s个，请删短。"),
        "min_length": _("%(label)s只有%(show_value)s个字，至少%(limit_value)s个，请补全。"),
        "max_value": _("%(label)s最大是%(limit_value)s，请改小。"),
        "min_value": _("%(label)s最小是%(limit_value)s，请改大。"),
    }.get(code)
