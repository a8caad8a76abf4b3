"""What a coordinator types to give power, and to take it back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from community.form_fields import DayField
from community.forms.reasons import ReasonForm
from community.forms.schools import SchoolForm
from community.models import Appointment, Institution, Region


class AppointmentForm(SchoolForm):
    """Role, place, time and rights; only what its giver has to give (`community.operations`)."""

    role = forms.ChoiceField(
        label=_("角色"),
        widget=forms.RadioSelect,
        choices=[
            (Appointment.Role.COORDINATOR, _("培训管理员：管一个地区的名单、签到、人员和导出")),
            (Appointment.Role.SCHOOL_CLERK, _("学校管理员：只管一所学校")),
        ],
        initial=Appointment.Role.COORDINATOR,
    )
    region = forms.ModelChoiceField(
        label=_("地区"),
        queryset=Region.objects.none(),
        empty_label=None,
        help_text=_("授权学校管理员时，以学校所在地为准。"),
    )
    from_on = DayField(label=_("从哪天起"), initial=timezone.localdate)
    to_on = DayField(label=_("到哪天止"), required=False, help_text=_("到这一天为止，含当天。"))
    may_delegate = forms.BooleanField(label=_("可以再授权给别人"), required=False)
    may_unmask = forms.BooleanField(label=_("可以导出完整证件号"), required=False)
    field_order = (
        "role",
        "region",
        "school",
        "school_id",
        "from_on",
        "to_on",
        "may_delegate",
        "may_unmask",
    )

    def __init__(
        self,
        *args: Any,
        schools: QuerySet[Institution],
        regions: QuerySet[Region],
        unmasks: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, schools=schools, **kwargs)
        self.fields["region"].queryset = regions  # type: ignore[attr-defined]
        self.fields["school"].required = False
        self.fields["school"].label = _("学校")
        self.fields["school"].help_text = _("只有学校管理员要填。写几个字，再从像的单位里选。")
        if not unmasks:
            del self.fields["may_unmask"]

    def clean(self) -> dict[str, Any]:
        is_clerk = self.cleaned_data.get("role") == Appointment.Role.SCHOOL_CLERK
        if not is_clerk:  # a school belongs to the other role: what is typed there is nothing
            self.cleaned_data["school"] = ""
            self.errors.pop("school", None)
            self.errors.pop("school_id", None)
        cleaned = super().clean()
        if is_clerk and not cleaned.get("school") and "school" not in self.errors:
            self.add_error("school", _("学校管理员要选定学校，请填写学校。"))
        return cleaned

    def given(self) -> dict[str, Any]:
        """What was typed, as the operation takes it."""
        typed = self.cleaned_data
        is_clerk = typed["role"] == Appointment.Role.SCHOOL_CLERK
        school = self.institution if is_clerk else None
        return {
            "role": typed["role"],
            "region": school.region if school else typed["region"],
            "institution": school,
            "from_on": typed["from_on"],
            "to_on": typed["to_on"],
            "may_delegate": typed["may_delegate"],
            "may_unmask": typed.get("may_unmask", False),
        }


class WithdrawForm(ReasonForm):
    """Why, what becomes of what hangs on it, and what the page had said would fall."""

    hand_over = forms.ChoiceField(
        label=_("靠它的授权怎么办"),
        widget=forms.RadioSelect,
        choices=[
            ("", _("一并结束")),
            ("1", _("我能授的由我接手，其余结束")),
        ],
        required=False,
        initial="",
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    field_order = ("hand_over", "reason", "seen")

    def __init__(self, *args: Any, falls: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.falls = ",".join(map(str, sorted(falls)))
        self.fields["seen"].initial = self.falls
        if not falls:
            del self.fields["hand_over"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("seen", "") != self.falls:
            self.data = {**dict(self.data.items()), "seen": self.falls}
            raise forms.ValidationError(
                _("刚才有人改过授权，下面是现在会结束的，请看过再撤回。"), code="changed"
            )
        return cleaned
