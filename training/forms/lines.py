"""Several lines in one form, added and dropped without a script: by buttons that send the whole form back.

A press on such a button judges nothing: the page comes again with what was typed, one line more or less.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

MOST_LINES = 40


class LinesFormSet(forms.BaseFormSet[Any]):
    """Every line that was sent is judged as a new one; a line with nothing in it is passed over."""

    def initial_form_count(self) -> int:
        return 0 if self.is_bound else super().initial_form_count()

    @property
    def filled(self) -> list[Any]:
        """The lines in which something was typed, of a valid set."""
        return [form for form in self.forms if form.cleaned_data]


def lines_of(form: type[forms.Form]) -> Any:
    """A set of lines, each of them a ``form``."""
    return forms.formset_factory(
        form, formset=LinesFormSet, extra=0, max_num=MOST_LINES, absolute_max=MOST_LINES
    )


def typed_lines(
    form: type[forms.Form], data: Mapping[str, str], prefix: str
) -> list[dict[str, str]]:
    """What was typed into each line, as it was typed."""
    total = data.get(f"{prefix}-TOTAL_FORMS", "0")
    count = min(int(total), MOST_LINES) if total.isdecimal() else 0
    return [
        {name: data.get(f"{prefix}-{number}-{name}", "") for name in form.base_fields}
        for number in range(count)
    ]


def without(lines: list[dict[str, str]], number: str) -> list[dict[str, str]]:
    """The lines but for the one whose drop button was pressed."""
    return [line for at, line in enumerate(lines) if str(at) != number]


def faults_in(*forms: forms.BaseForm) -> dict[str, Any]:
    """What the summary of faults over several forms shows (`_error_summary.html`)."""
    faulty = [form for form in forms if form.errors]
    return {
        "forms": faulty,
        "count": sum(len(faults) for form in faulty for faults in form.errors.values()),
    }
