"""Naming a school by typing: the one that is meant, or the ones that it could be."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from community.models import Institution
from community.operations.institution import normalise_institution_name
from community.reports.institutions import schools_like

_LISTED = 300
"""So many names are offered while one types; a city has too many to send them all."""


class SchoolForm(forms.Form):
    """``school`` is typed. If several could be meant, they are shown as ``school_id`` to choose from."""

    school = forms.CharField(
        label=_("单位"), max_length=100, help_text=_("写全称，或写几个字，再从像的单位里选。")
    )
    # No ChoiceField: what was chosen for other words than these is forgotten, not refused.
    school_id = forms.CharField(label=_("选一个单位"), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, schools: QuerySet[Institution], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.schools = schools
        self.institution: Institution | None = None
        self.fields["school"].widget.attrs["list"] = "schools"

    def names(self) -> list[str]:
        """For the list that browsers open while one types."""
        names = list(self.schools.order_by("name").values_list("name", flat=True)[: _LISTED + 1])
        return names if len(names) <= _LISTED else []

    def full_clean(self) -> None:
        if self.is_bound:
            self._offer(
                normalise_institution_name(str(self.data.get(self.add_prefix("school"), "")))
            )
        super().full_clean()

    def _offer(self, typed: str) -> None:
        """Which schools the typed words could mean; a single one of just that name is meant."""
        self._alike = schools_like(typed, schools=self.schools) if typed else []
        exact = [school for school in self._alike if school.name == typed]
        if len(exact) == 1:
            self.institution = exact[0]
            return
        chosen = str(self.data.get(self.add_prefix("school_id"), ""))
        self.institution = next((one for one in self._alike if str(one.pk) == chosen), None)
        if self._alike:
            field = self.fields["school_id"]
            field.widget = forms.RadioSelect(
                choices=[(str(one.pk), f"{one.name}（{one.region.name}）") for one in self._alike]
            )
            field.required = True
            field.error_messages["required"] = _("要选定一个单位，请从下面像的单位里选。")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.institution is None and cleaned.get("school"):
            if not self._alike:
                self.add_error(
                    "school",
                    _("这里没有叫“%(name)s”的单位，请核对名称，或先到“单位”里新增。")
                    % {"name": cleaned["school"]},
                )
            elif cleaned.get("school_id"):  # chosen for other words than these
                self.add_error("school_id", self.fields["school_id"].error_messages["required"])
        return cleaned
