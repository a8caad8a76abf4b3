"""A change of somebody's data is explained: the field that every such form has."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("原因"),
        max_length=200,
        help_text=_("写给日后查看的人，会记入操作日志。"),
    )
