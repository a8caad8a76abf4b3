"""What a coordinator types about schools and offices."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from community.models import Institution, Region
from community.operations.institution import normalise_institution_name
from community.phones import normalise_phone, phone_fault
from community.reports.institutions import schools_like


class InstitutionForm(forms.Form):
    """Its data. A typed name is brought to its one spelling before it is compared."""

    name = forms.CharField(
        label=_("单位名称"), max_length=100, help_text=_("写公章上的全称，如“昭觉县中心小学校”。")
    )
    kind = forms.ChoiceField(label=_("单位类别"), choices=Institution.Kind.choices)
    stage = forms.ChoiceField(
        label=_("学段"), choices=Institution.Stage.choices, initial=Institution.Stage.PRIMARY
    )
    identifier = forms.RegexField(
        r"^[0-9A-Za-z]{5,20}$",
        label=_("机构标识码"),
        required=False,
        help_text=_("十位学校（机构）标识码，没有可以不填。"),
        error_messages={"invalid": _("机构标识码只有数字和字母，请照证书核对。")},
    )

    phone = forms.RegexField(
        r"^[0-9+()（）\-— 转]{5,30}$",
        label=_("单位电话"),
        required=False,
        help_text=_("办公电话，对外公布；不要填个人手机号。"),
        error_messages={"invalid": _("单位电话只写数字和区号，如“0834-3222001转8”。")},
    )

    def clean_name(self) -> str:
        return normalise_institution_name(self.cleaned_data["name"])

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"]
        if phone and not phone_fault(normalise_phone(phone)):
            raise forms.ValidationError(_("这是手机号。这里对外公布，请填办公电话。"))
        return phone


class NewInstitutionForm(InstitutionForm):
    """A new one; what looks like it in the same region is shown first, and asked about once."""

    region = forms.ModelChoiceField(
        label=_("所在地"), queryset=Region.objects.none(), empty_label=None
    )
    is_another = forms.BooleanField(
        label=_("都不是，仍要新增"), required=False, widget=forms.HiddenInput
    )
    field_order = ("region", "name", "kind", "stage", "identifier", "phone", "is_another")

    def __init__(
        self,
        *args: Any,
        regions: QuerySet[Region],
        schools: QuerySet[Institution],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.schools = schools
        self.alike: list[Institution] = []
        self.fields["region"].queryset = regions  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        name, region = cleaned.get("name"), cleaned.get("region")
        if name and region:
            here = self.schools.filter(region=region)
            self.alike = schools_like(name, schools=here, limit=5)
        if self.alike:
            self.fields["is_another"].widget = forms.CheckboxInput()
            if not cleaned.get("is_another") and not self._is_there(name):
                self.add_error(
                    "is_another",
                    _("已有名称相近的单位，请看是不是其中一个；都不是，就勾选这一项再新增。"),
                )
        return cleaned

    def _is_there(self, name: str | None) -> bool:
        """The very name: the operation refuses it, whatever is ticked."""
        return any(one.name == name for one in self.alike)
