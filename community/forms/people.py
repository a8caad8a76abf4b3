"""What a coordinator types about people: how to find them, and what to put right."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from community.form_fields import DayField, PhoneField
from community.forms.reasons import ReasonForm
from community.forms.schools import SchoolForm
from community.models import Institution, Member
from community.reports.people import PeopleWanted
from community.vault import blind_index


class PeopleFilterForm(forms.Form):
    """The list's query string. Whatever makes no sense there is left out, never refused."""

    q = forms.CharField(required=False, max_length=50, label=_("姓名、拼音、单位或手机号后四位"))
    type = forms.ChoiceField(
        required=False,
        label=_("人员类别"),
        choices=[("", _("全部类别")), *Member.TraineeType.choices],
    )
    state = forms.ChoiceField(
        required=False,
        label=_("账号"),
        choices=[("", _("全部账号")), ("new", _("还没有登录过")), ("phone", _("请您更改手机号"))],
    )
    unit = forms.ModelChoiceField(
        required=False, label=_("单位"), queryset=Institution.objects.none()
    )

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]

    def wanted(self) -> PeopleWanted:
        self.is_valid()
        typed = self.cleaned_data
        return PeopleWanted(
            search=typed.get("q", ""),
            institution=typed.get("unit"),
            trainee_type=typed.get("type", ""),
            state=typed.get("state", ""),
        )


class PhoneChangeForm(ReasonForm):
    phone = PhoneField(
        label=_("新手机号"), help_text=_("先打电话核对是本人，再改。改后旧手机不能再登录。")
    )
    field_order = ("phone", "reason")

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"]
        if blind_index(phone, purpose="phone") == self.member.phone_index:
            raise forms.ValidationError(
                _("登记的已经是这个号码，不用改。请核对新号码。"), code="same"
            )
        return phone


class NameForm(ReasonForm):
    name = forms.CharField(
        label=_("姓名"), max_length=50, help_text=_("照身份证写，少数民族姓名用间隔号“·”。")
    )
    field_order = ("name", "reason")


class TransferForm(SchoolForm, ReasonForm):
    post = forms.CharField(label=_("新职务"), max_length=50, required=False)
    on = DayField(label=_("从哪天起"), initial=timezone.localdate)
    field_order = ("school", "school_id", "post", "on", "reason")
