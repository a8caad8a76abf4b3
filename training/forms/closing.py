"""What is typed on the closing page."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class ReopenForm(forms.Form):
    reason = forms.CharField(
        label=_("取消结班的原因"),
        max_length=200,
        min_length=2,
        help_text=_("会记入操作日志，例如“第二天下午的签到要更正”。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class IssueForm(forms.Form):
    """Carries the count that the person saw, so that nobody signs more than that."""

    expected = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class CorrectionForm(forms.Form):
    name = forms.CharField(
        label=_("姓名"),
        max_length=50,
        help_text=_("证书上应有的姓名，少数民族姓名的间隔号用“·”。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    unit = forms.CharField(
        label=_("单位"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    reason = forms.CharField(
        label=_("更正原因"),
        max_length=200,
        min_length=2,
        help_text=_("会写在旧证书的记录里，例如“姓名错字”。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
