"""Fields that people fill in everywhere, with the spelling and the faults of the ground."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from community.phones import normalise_phone, phone_fault


class PhoneField(forms.CharField):
    """A mobile number as people type it, cleaned to its one spelling (`community.phones`)."""

    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("手机号"))
        kwargs.setdefault("max_length", 40)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        phone = normalise_phone(super().clean(value) or "")
        fault = phone_fault(phone) if phone or self.required else None
        if fault:
            raise ValidationError(fault, code="phone")
        return phone


class DayField(forms.DateField):
    """A day, picked from the browser's own calendar."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
