"""The five-year booklet: a year of 学时 as a row of 田字格 cells (design.md §1)."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

register = template.Library()

_SIZE, _GAP, _HOURS = 24, 3, 6


@register.filter
def cn_number(number: int) -> str:
    """第一年: 1 to 9 as it is read; what lies beyond stays a figure."""
    return "〇一二三四五六七八九"[number] if 0 <= number <= 9 else str(number)


@register.simple_tag
def months_words(months: int) -> str:
    """还有1年9个月."""
    years, rest = divmod(months, 12)
    if years and rest:
        return _("还有%(years)d年%(months)d个月") % {"years": years, "months": rest}
    if years:
        return _("还有%(years)d年") % {"years": years}
    return _("还有%(months)d个月") % {"months": rest}


@register.simple_tag
def booklet(done: Decimal, planned: Decimal, cells: int = 12) -> SafeString:
    """One cell is 6 学时: filled from below by what is counted, dashed where it is under way."""
    parts = format_html_join("", "{}", ((_cell(n, done, planned),) for n in range(cells)))
    width = cells * (_SIZE + _GAP) - _GAP + 2
    return format_html(
        '<svg viewBox="-1 -1 {} {}" aria-hidden="true">{}</svg>', width, _SIZE + 2, parts
    )


def _cell(number: int, done: Decimal, planned: Decimal) -> SafeString:
    left, low = number * (_SIZE + _GAP), number * _HOURS
    filled = max(Decimal(0), min(Decimal(_HOURS), done - low)) / _HOURS
    hoped = max(Decimal(0), min(Decimal(_HOURS), done + planned - low)) / _HOURS
    drawing = format_html(
        '<rect class="{}" x="{}" y="0" width="{}" height="{}"/>',
        "p" if hoped and not filled else "g",
        left,
        _SIZE,
        _SIZE,
    )
    half = _SIZE // 2
    if filled < 1:
        drawing += format_html(
            '<path class="x" d="M{} 0V{} M{} {}H{}" fill="none"/>',
            left + half,
            _SIZE,
            left,
            half,
            left + _SIZE,
        )
    if filled:
        height = (filled * _SIZE).quantize(Decimal("0.01"))
        drawing += format_html(
            '<rect class="f" x="{}" y="{}" width="{}" height="{}"/>',
            left,
            _SIZE - height,
            _SIZE,
            height,
        )
    return mark_safe(drawing)  # noqa: S308  (built by format_html)
