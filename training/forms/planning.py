"""What is typed where a class is planned: what to start from, the class, its half-days, the next city."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from community.models import Region
from community.refusals import Refusal
from community.wording import date_range
from training.curriculum import FrozenModule
from training.forms.lines import lines_of
from training.models import CityStop, Cohort, Programme
from training.operations.planning import Meeting
from training.operations.session import ModuleTaken, NoSuchModule, SessionTimes


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ClockField(forms.TimeField):
    """A time of day, as clocks and as Chinese keyboards write it."""

    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", ["%H:%M", "%H:%M:%S", "%H：%M"])
        super().__init__(**kwargs)


class StopChoice(forms.ModelChoiceField[CityStop]):
    def label_from_instance(self, obj: CityStop) -> str:
        words = {
            "programme": obj.programme.title,
            "number": obj.number,
            "city": obj.region.short_name,
            "days": date_range(obj.starts_on, obj.ends_on),
        }
        return str(_("%(programme)s，第%(number)d站%(city)s，%(days)s") % words)


class StartForm(forms.Form):
    """From which programme, and who hosts it."""

    programme = forms.ModelChoiceField(
        label=_("培训项目"), queryset=Programme.objects.none(), to_field_name="slug"
    )
    host = forms.ModelChoiceField(label=_("举办地区"), queryset=Region.objects.none())

    def __init__(self, *args: Any, programmes: Any, hosts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].queryset = programmes  # type: ignore[attr-defined]
        self.fields["host"].queryset = hosts  # type: ignore[attr-defined]
        self.fields["programme"].empty_label = None  # type: ignore[attr-defined]
        self.fields["host"].empty_label = None  # type: ignore[attr-defined]


class ClassFields(forms.Form):
    """The facts of a class that its coordinator decides, now or later."""

    name = forms.CharField(
        label=_("班次名称"),
        max_length=60,
        help_text=_("会印在名单和大屏上，例如“昭觉县班”。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    starts_on = DayField(label=_("开始日期"))
    ends_on = DayField(label=_("结束日期"))
    venue = forms.CharField(
        label=_("地点"),
        max_length=100,
        required=False,
        help_text=_("写到学员能找到的程度。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    late_minutes = forms.IntegerField(
        label=_("开始后几分钟算迟到"), min_value=0, max_value=120, initial=10
    )
    takes_sign_out = forms.BooleanField(label=_("每个半天结束时还要签退"), required=False)


class PlanForm(ClassFields):
    code = forms.CharField(
        label=_("班次编号"),
        max_length=Cohort._meta.get_field("code").max_length,
        help_text=_("全省不能重复，建好以后不改。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    is_of_stop = forms.BooleanField(required=False)
    field_order = ("name", "code", "starts_on", "ends_on", "venue", "late_minutes")

    def __init__(self, *args: Any, stop: CityStop | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if stop is None:
            del self.fields["is_of_stop"]
        else:
            self.fields["is_of_stop"].label = _("属于第%(number)d站（%(city)s）") % {
                "number": stop.number,
                "city": stop.region.name,
            }
        self._stop = stop

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).strip().upper()

    def facts(self) -> dict[str, Any]:
        """The arguments of `plan_cohort` that stand here."""
        chosen = dict(self.cleaned_data)
        stop = self._stop if chosen.pop("is_of_stop", False) else None
        return {**chosen, "stop": stop}


class MeetingForm(forms.Form):
    """One half-day: its module, its day and its hours."""

    module = forms.ChoiceField(label=_("模块"), choices=[])
    label = forms.CharField(
        label=_("简称"), max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    day = DayField(label=_("日期"))
    start = ClockField(label=_("开始"))
    end = ClockField(label=_("结束"))
    place = forms.CharField(
        label=_("地点"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, modules: Sequence[FrozenModule] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["module"].choices = module_choices(modules)  # type: ignore[attr-defined]

    def add_refusal(self, refusal: Refusal) -> None:
        """What `add_session` refuses, at the field where it is mended."""
        places = {SessionTimes: "end", ModuleTaken: "module", NoSuchModule: "module"}
        self.add_error(places.get(type(refusal)), refusal.message)

    def meeting(self) -> Meeting:
        typed = self.cleaned_data
        return Meeting(
            module_key=typed["module"],
            label=typed["label"],
            starts_at=moment(typed["day"], typed["start"]),
            ends_at=moment(typed["day"], typed["end"]),
            place=typed["place"],
        )


MeetingLines = lines_of(MeetingForm)


def module_choices(modules: Sequence[FrozenModule]) -> list[tuple[str, str]]:
    return [(module.key, module.title) for module in modules]


def moment(day: date, clock: Any) -> datetime:
    """A clock's time on a day, here."""
    return timezone.make_aware(datetime.combine(day, clock))


class CopyStopForm(forms.Form):
    """Which stop goes on to which city, and from when, and where."""

    stop = StopChoice(label=_("照哪一站"), queryset=CityStop.objects.none(), empty_label=None)
    region = forms.ModelChoiceField(
        label=_("下一个市州"), queryset=Region.objects.none(), empty_label=_("请选择")
    )
    starts_on = DayField(
        label=_("第一天"), help_text=_("各场次和日程按原来的间隔顺延，时间和时长不变。")
    )
    venue = forms.CharField(
        label=_("地点"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, stops: Any, cities: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stop"].queryset = stops  # type: ignore[attr-defined]
        self.fields["region"].queryset = cities  # type: ignore[attr-defined]
