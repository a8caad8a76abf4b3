"""One person for the roster, typed by hand: the columns of the file, as fields."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.identity import IdKind
from community.models import Member, Region
from training.roster.columns import COUNTY, ID_KIND, KEYS, LONGEST, TRAINEE_TYPE
from training.roster.faults import Fault, words

_BOX = {"autocomplete": "off"}


class RosterPersonForm(forms.Form):
    """Names of fields are the keys of the columns; what is right and wrong the file's rules say."""

    name = forms.CharField(label=_("姓名"), max_length=50, widget=forms.TextInput(attrs=_BOX))
    phone = forms.CharField(
        label=_("手机号"),
        max_length=20,
        help_text=_("11位。没有证件号时，按手机号和姓名认人。"),
        widget=forms.TextInput(attrs={**_BOX, "inputmode": "tel"}),
    )
    id_kind = forms.ChoiceField(
        label=_("证件类型"), required=False, choices=[("", _("不填")), *IdKind.choices]
    )
    id_number = forms.CharField(
        label=_("证件号"),
        max_length=40,
        required=False,
        help_text=_("填了就先按证件号认人。"),
        widget=forms.TextInput(attrs=_BOX),
    )
    county = forms.ChoiceField(label=_("县（市、区）"))
    unit = forms.CharField(
        label=_("单位"),
        max_length=LONGEST["unit"],
        help_text=_("填全称，和公章一致。"),
        widget=forms.TextInput(attrs={**_BOX, "list": "units"}),
    )
    trainee_type = forms.ChoiceField(
        label=_("人员类别"), choices=[("", _("请选择")), *Member.TraineeType.choices]
    )
    post = forms.CharField(
        label=_("职务"),
        max_length=LONGEST["post"],
        required=False,
        widget=forms.TextInput(attrs=_BOX),
    )
    seat = forms.CharField(
        label=_("座位"),
        max_length=LONGEST["seat"],
        required=False,
        widget=forms.TextInput(attrs=_BOX),
    )
    group = forms.CharField(
        label=_("研讨组"),
        max_length=LONGEST["group"],
        required=False,
        widget=forms.TextInput(attrs=_BOX),
    )
    form_number = forms.CharField(max_length=40, widget=forms.HiddenInput)

    has_fixes = False

    def __init__(self, *args: Any, regions: list[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._regions = {region.pk: region for region in regions}
        self.fields[COUNTY].choices = _by_city(regions)  # type: ignore[attr-defined]

    def cells(self) -> dict[str, str]:
        """The row as a file would have it."""
        typed = {key: str(self.cleaned_data.get(key, "")) for key in KEYS}
        region = self._regions[typed[COUNTY]]
        is_city = region.level == Region.Level.CITY
        city = region if is_city else region.parent
        return {
            **typed,
            "city": city.name if city else "",
            COUNTY: "" if is_city else region.name,
            ID_KIND: str(dict(IdKind.choices).get(typed[ID_KIND], "")),
            TRAINEE_TYPE: str(dict(Member.TraineeType.choices)[typed[TRAINEE_TYPE]]),
        }

    def add_faults(self, faults: list[Fault]) -> None:
        """Each fault of the row at its field; some can be mended by a button on the page of checks."""
        self.has_fixes = any(fault.fixes for fault in faults)
        for fault in faults:
            place = COUNTY if fault.column == "city" else fault.column
            self.add_error(place if place in self.fields else None, str(words(fault)))


def _by_city(regions: list[Region]) -> list[Any]:
    """Counties under their city; the city itself stands for what belongs to no county."""
    if len(regions) == 1:
        return [(regions[0].pk, regions[0].name)]
    groups: dict[str, list[tuple[str, Any]]] = {}
    for region in regions:
        if region.level == Region.Level.CITY:
            groups.setdefault(region.name, []).insert(0, (region.pk, _("本级直属单位")))
        elif region.parent is not None:
            groups.setdefault(region.parent.name, []).append((region.pk, region.name))
    return [("", _("请选择")), *groups.items()]
