"""What is typed where results are entered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from training.models import Requirement, RequirementResult
from training.operations.requirement import Verdict


class ResultForm(forms.Form):
    """One person's result; what it asks for depends on the requirement."""

    state = forms.ChoiceField(label=_("结果"), choices=RequirementResult.State.choices)
    score = forms.DecimalField(
        label=_("分数"), required=False, max_digits=5, decimal_places=1, min_value=0, max_value=100
    )
    note = forms.CharField(label=_("说明"), required=False, max_length=200)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind == Requirement.Kind.SCORE:
            self.fields["score"].help_text = _("合格与否按分数判断。")
            self.fields["state"].required = False
            self.fields["state"].widget = forms.HiddenInput()

    def verdict(self) -> Verdict:
        state = self.cleaned_data["state"] or RequirementResult.State.ACCEPTED
        return Verdict(state, self.cleaned_data["score"], self.cleaned_data["note"])


class ResultFileForm(forms.Form):
    file = forms.FileField(
        label=_("结果表格"),
        allow_empty_file=True,
        help_text=_(
            ".xlsx或.csv。列：姓名、手机号后四位（或证件号）、结果（通过、退回修改、不合格）或分数、说明。"
        ),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )
