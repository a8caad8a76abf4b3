"""What is typed about one half-day and its agenda."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from community.refusals import Refusal
from training.forms.lines import lines_of
from training.forms.planning import ClockField, DayField, moment
from training.models import Session
from training.operations.planning import AgendaLine
from training.operations.session import SessionTimes

LONGEST_WINDOW = 24 * 60


class SessionForm(forms.Form):
    """A half-day that is there. Windows are said in minutes, so that they move with the hours."""

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
    opens_before = forms.IntegerField(
        label=_("开始前几分钟开放签到"), min_value=0, max_value=LONGEST_WINDOW
    )
    closes_after = forms.IntegerField(
        label=_("开始后几分钟停止签到"), min_value=1, max_value=LONGEST_WINDOW
    )
    late_minutes = forms.IntegerField(label=_("开始后几分钟算迟到"), min_value=0, max_value=120)
    takes_sign_out = forms.BooleanField(label=_("结束时还要签退"), required=False)
    out_before = forms.IntegerField(
        label=_("结束前几分钟开放签退"), min_value=0, max_value=LONGEST_WINDOW
    )
    out_after = forms.IntegerField(
        label=_("结束后几分钟停止签退"), min_value=0, max_value=LONGEST_WINDOW
    )

    @staticmethod
    def of(session: Session) -> dict[str, Any]:
        """What stands there now."""
        start, end = timezone.localtime(session.starts_at), timezone.localtime(session.ends_at)
        out_opens = session.sign_out_opens_at or session.ends_at - timedelta(minutes=10)
        out_closes = session.sign_out_closes_at or session.ends_at + timedelta(minutes=30)
        return {
            "label": session.label,
            "day": start.date(),
            "start": start.time(),
            "end": end.time(),
            "place": session.place,
            "opens_before": _minutes(session.starts_at - session.opens_at),
            "closes_after": _minutes(session.closes_at - session.starts_at),
            "late_minutes": session.late_minutes,
            "takes_sign_out": session.takes_sign_out,
            "out_before": _minutes(session.ends_at - out_opens),
            "out_after": _minutes(out_closes - session.ends_at),
        }

    def add_refusal(self, refusal: Refusal) -> None:
        """What `change_session` refuses, at the field where it is mended."""
        typed = self.cleaned_data
        is_late = isinstance(refusal, SessionTimes) and typed["end"] > typed["start"]
        place = "out_before" if is_late else "end"
        self.add_error(place if isinstance(refusal, SessionTimes) else None, refusal.message)

    def fields_of_session(self) -> dict[str, Any]:
        """The arguments of `change_session`."""
        typed = self.cleaned_data
        starts_at, ends_at = (
            moment(typed["day"], typed["start"]),
            moment(typed["day"], typed["end"]),
        )
        signs_out = typed["takes_sign_out"]
        return {
            "label": typed["label"],
            "place": typed["place"],
            "starts_at": starts_at,
            "ends_at": ends_at,
            "opens_at": starts_at - timedelta(minutes=typed["opens_before"]),
            "closes_at": starts_at + timedelta(minutes=typed["closes_after"]),
            "late_minutes": typed["late_minutes"],
            "takes_sign_out": signs_out,
            "sign_out_opens_at": ends_at - timedelta(minutes=typed["out_before"])
            if signs_out
            else None,
            "sign_out_closes_at": ends_at + timedelta(minutes=typed["out_after"])
            if signs_out
            else None,
        }


def _minutes(span: timedelta) -> int:
    return round(span.total_seconds() / 60)


class AgendaForm(forms.Form):
    """One line of a half-day's timetable."""

    start = ClockField(label=_("开始"))
    end = ClockField(label=_("结束"))
    title = forms.CharField(
        label=_("内容"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    note = forms.CharField(
        label=_("主讲或说明"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def line(self, day: date) -> AgendaLine:
        typed = self.cleaned_data
        return AgendaLine(
            moment(day, typed["start"]), moment(day, typed["end"]), typed["title"], typed["note"]
        )


AgendaLines = lines_of(AgendaForm)
