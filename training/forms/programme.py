"""The office's form of a programme: what an editor may choose, and what she may no longer take away."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from django import forms
from django.forms.models import BaseModelFormSet
from django.utils.translation import gettext as _
from modelcluster.forms import BaseChildFormSet
from wagtail.admin.forms import WagtailAdminModelForm

from community.models import Designation, Region
from training.models import CityStop, Module, Programme, Requirement, RequirementResult


class ModuleChoiceField(forms.TypedChoiceField):
    """A module of this programme only; those of the draft too, before they have a row."""

    def __init__(self, modules: list[Module], **kwargs: Any) -> None:
        self.modules = {str(module.pk): module for module in modules if module.pk is not None}
        choices = [("", "—"), *((key, module.title) for key, module in self.modules.items())]
        super().__init__(choices=choices, coerce=self._module, empty_value=None, **kwargs)

    def _module(self, key: object) -> Module:
        """The module with the id ``key``, as typed or as stored; ValueError where there is none."""
        module = self.modules.get(str(key))
        if module is None:
            raise ValueError(key)
        return module

    def prepare_value(self, value: Any) -> Any:
        return value.pk if isinstance(value, Module) else value


class PartIdField(forms.IntegerField):
    """The hidden id of a row. A draft's part has one before the database knows it; what is unknown is new."""

    def __init__(self, known: Container[int], **kwargs: Any) -> None:
        self.known = known
        super().__init__(required=False, widget=forms.HiddenInput(), **kwargs)

    def clean(self, value: Any) -> int | None:
        try:
            number = super().clean(value)
        except forms.ValidationError:
            return None
        return number if number in self.known else None


class PartsFormSet(BaseChildFormSet):  # type: ignore[misc]
    """Rows of modules and requirements, told apart by the ids that the draft gave them.

    Django would look for each id in the table and refuse a draft's; and a row that another editor has
    taken out meanwhile would be a 500.
    """

    def add_fields(self, form: forms.ModelForm[Any], index: int | None) -> None:
        super().add_fields(form, index)
        known = {part.pk for part in self.get_queryset() if part.pk is not None}
        form.fields["id"] = PartIdField(known, initial=form.instance.pk)

    def _construct_form(self, i: int, **kwargs: Any) -> forms.ModelForm[Any]:
        if self.is_bound and i < self.initial_form_count():
            typed = self.data.get(f"{self.add_prefix(i)}-id", "")
            known = {str(part.pk): part for part in self.get_queryset()}
            kwargs["instance"] = known.get(typed) or self.model()
            form: forms.ModelForm[Any] = super(BaseModelFormSet, self)._construct_form(  # type: ignore[misc]
                i, **kwargs
            )
            return form
        built: forms.ModelForm[Any] = super()._construct_form(i, **kwargs)
        return built


class ProgrammeForm(WagtailAdminModelForm):
    instance: Programme

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lists = Designation.objects.order_by("list_key").values_list("list_key", flat=True)
        if "designation_list" in self.fields:
            self.fields["designation_list"] = forms.ChoiceField(
                label=_("标记名单"),
                choices=[("", _("不标记")), *((key, key) for key in lists.distinct())],
                required=False,
                help_text=_("选88，就在县名后标出四大片区88个县（2016—2020年）。"),
            )
        requirements = self.formsets.get("requirements")
        if requirements is not None:
            requirements.form = _requirement_form(requirements.form, self.instance)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if {"modules", "requirements"} <= self.formsets.keys():
            self._check_module_references()
            self._check_results_stay()
        return cleaned

    def _dropped(self, relation: str) -> set[int]:
        """Ids of the rows that the editor ticked away."""
        formset = self.formsets[relation]
        cleaned = [form for form in formset.forms if form.is_valid() or form.errors]
        return {form.instance.pk for form in cleaned if formset._should_delete_form(form)}

    def _check_module_references(self) -> None:
        """A requirement must not give the hours of a module that is being taken away."""
        dropped = self._dropped("modules")
        formset = self.formsets["requirements"]
        for form in formset.forms:
            if not form.is_valid() or formset._should_delete_form(form):
                continue
            module = form.cleaned_data.get("module")
            if module is not None and module.pk in dropped:
                form.add_error(
                    "module",
                    _("模块“%(title)s”在这次修改里删掉了，请改选一个模块，或者留空。")
                    % {"title": module.title},
                )

    def _check_results_stay(self) -> None:
        """A requirement that somebody was judged by stays (the results point to it)."""
        if self.instance.pk is None:
            return
        kept = {part.pk for part in self.instance.requirements.all()}
        kept -= self._dropped("requirements")
        judged = RequirementResult.objects.filter(requirement__programme=self.instance.pk)
        gone = (
            Requirement.objects.filter(pk__in=judged.values("requirement"))
            .exclude(pk__in=kept)
            .first()
        )
        if gone is not None:
            self.add_error(
                None,
                _("结业要求“%(title)s”已有审核结果，不能删除。不再要求，请另建一个培训项目。")
                % {"title": gone.title},
            )


def _requirement_form(base: type[forms.ModelForm[Any]], programme: Programme) -> Any:
    """``base`` with the modules of ``programme`` to choose from; for the rows and the empty row."""
    modules = list(programme.modules.all())

    class OfThisProgramme(base):  # type: ignore[valid-type, misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            field = self.fields["module"]
            self.fields["module"] = ModuleChoiceField(
                modules,
                required=False,
                label=field.label,
                help_text=_("通过后计入这个模块的学时。新加的模块先保存草稿，再回来选。"),
            )

        def _get_validation_exclusions(self) -> set[str]:
            # Django would look for the module's row, which a draft's module does not have yet.
            excluded: set[str] = super()._get_validation_exclusions()
            return excluded | {"module"}

    OfThisProgramme.__name__ = base.__name__
    return OfThisProgramme


class CityStopForm(WagtailAdminModelForm):
    """A stop is in a city, ends after it begins, and is the only one with its number and city."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "region" in self.fields:
            field = self.fields["region"]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = Region.objects.cities()
        if "programme" in self.fields and self.instance.pk is not None:
            self.fields["programme"].disabled = True

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("结束日期早于开始日期，请改其中一个。"))
        others = CityStop.objects.filter(programme=cleaned.get("programme")).exclude(
            pk=self.instance.pk
        )
        region, number = cleaned.get("region"), cleaned.get("number")
        if region and others.filter(region=region).exists():
            self.add_error(
                "region",
                _("%(city)s已经有这个项目的一站，请直接修改那一站。") % {"city": region.name},
            )
        if number and others.filter(number=number).exists():
            self.add_error("number", _("第%(n)s站已经有了，请换一个序号。") % {"n": number})
        return cleaned
