"""Small words for the figures of training's pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django import template

from training.reports.coverage import CountyFigures

register = template.Library()


@register.filter
def figure(row: CountyFigures, metric: str) -> int | None:
    """The percentage that the page looks at."""
    return row.arrival if metric == "arrival" else row.completion


@register.filter
def of(words: Mapping[str, str], key: str) -> str:
    return words.get(key, "")


@register.filter
def month_day(day: date) -> str:
    """12月3日"""
    return f"{day.month}月{day.day}日"


@register.filter
def unlocal(value: float) -> str:
    """A number for SVG, whatever the page's language."""
    return f"{value:g}"
