"""What is typed on the settings of a class and about its people in the hall."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.models import Member
from training.forms.planning import ClassFields, DayField
from training.models import Cohort, CohortStaff


class ClassForm(ClassFields):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["venue"].help_text = _("已有场次的地点不跟着改，请在场次里改。")
        self.fields["late_minutes"].help_text = _("只管以后新加的场次，已有的场次在场次里改。")
        self.fields["takes_sign_out"].help_text = self.fields["late_minutes"].help_text

    @staticmethod
    def of(cohort: Cohort) -> dict[str, Any]:
        """What stands there now."""
        return {name: getattr(cohort, name) for name in ClassFields.base_fields}


class PostForm(forms.Form):
    """Who, as what, from when to when."""

    member = forms.ModelChoiceField(
        label=_("人员"),
        queryset=Member.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "invalid_choice": _("选的人不在您能看到的人员里，请重新查找。"),
            "required": _("还没有选人，请先按姓名或手机号查找，再选一个人。"),
        },
    )
    role = forms.ChoiceField(
        label=_("角色"), choices=CohortStaff.Role.choices, widget=forms.RadioSelect
    )
    from_on = DayField(label=_("从哪天起"))
    to_on = DayField(label=_("到哪天止"), required=False, help_text=_("不填就一直有效。"))

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].queryset = people  # type: ignore[attr-defined]
