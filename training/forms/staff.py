"""What staff type at the desk."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from training.forms.sign_in import WhoForm
from training.models import Attendance, Session


class ClockField(forms.TimeField):
    """A time of the session's day, from the paper sheet; empty is now."""

    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("到场时间"))
        kwargs.setdefault("required", False)
        kwargs.setdefault("input_formats", ["%H:%M", "%H:%M:%S", "%H：%M"])
        super().__init__(**kwargs)


class ArrivalForm(forms.Form):
    """When somebody came; the day is the session's."""

    arrived = ClockField(help_text=_("照纸质表补登时填，不填就按现在算。"))

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        self.session = session
        super().__init__(*args, **kwargs)

    def moment(self) -> datetime | None:
        """The typed clock on the session's day, or None for now."""
        clock = self.cleaned_data.get("arrived")
        if clock is None:
            return None
        day = timezone.localtime(self.session.starts_at).date()
        return timezone.make_aware(datetime.combine(day, clock))


class WalkInForm(WhoForm, ArrivalForm):
    field_order = ("name", "phone", "arrived")


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("原因"),
        max_length=200,
        help_text=_("写给日后查看的人，例如：代签，本人未到。"),
    )


class CorrectionForm(ArrivalForm, ReasonForm):
    """What a mark should be, and why."""

    state = forms.ChoiceField(
        label=_("改为"),
        choices=[
            (Attendance.State.COUNTED, _("有效，算到场")),
            (Attendance.State.VOID, _("撤销，不算到场")),
        ],
        widget=forms.RadioSelect,
    )
    field_order = ("state", "arrived", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["arrived"].help_text = _("不改时间就不填。")


class PartHoursForm(ReasonForm):
    hours = forms.DecimalField(
        label=_("部分学时"),
        max_digits=4,
        decimal_places=1,
        min_value=Decimal("0.5"),
        required=False,
        help_text=_("只上了一部分时填，按0.5学时填。不填就恢复为全部学时。"),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    field_order = ("hours", "reason")
