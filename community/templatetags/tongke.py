"""The shared parts of every page: marks, badges, charts, codes, and how figures and dates are said.

The markup is the design system's (website/styles); nothing here carries a style or a script, so
that the content policy stays strict. Everything typed by people is escaped.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import segno
from django import template
from django.forms import BoundField, RadioSelect
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from community import wording
from community.form_words import fault_words
from community.icons import ICONS
from community.phones import mask_phone, normalise_phone, office_link

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """A line drawing beside words; it says nothing by itself, so readers skip it."""
    drawing = mark_safe(ICONS[name])  # noqa: S308  (our own drawings)
    return format_html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', drawing)


@register.simple_tag
def mark() -> SafeString:
    """The mark of Tongke: 同 in a tian grid."""
    return mark_safe(
        '<svg viewBox="0 0 32 32" aria-hidden="true">'
        '<rect x="1" y="1" width="30" height="30" rx="2" fill="none" stroke="currentColor"'
        ' stroke-width="1.5"/><path d="M16 1v30M1 16h30" stroke="currentColor" stroke-width="1"'
        ' stroke-dasharray="2 2" opacity=".55"/><path d="M8 26V7.5h16V26M12 12h8M12.5 16.5h7v5h-7z"'
        ' fill="none" stroke="#ffe08a" stroke-width="2.25"/></svg>'
    )


@register.simple_tag
def tian(glyph: str, mods: str = "") -> SafeString:
    """One character in a tian grid. ``mods``: words out of xs s l xl, wait err idle ink.

    An ornament: what it means is said in words beside it.
    """
    names = [mod if mod.startswith("tian") else f"tian--{mod}" for mod in mods.split()]
    return format_html(
        '<span class="{}" aria-hidden="true">{}</span>',
        " ".join(["tian", *names]),
        glyph,
    )


@register.simple_tag
def m88() -> SafeString:
    """The ring after the name of a county of the 88, where the page uses that list."""
    return format_html('<abbr class="m88" title="{}">88</abbr>', _("四大片区88个县之一"))


@register.simple_tag
def badge(text: str, kind: str = "", icon_name: str = "") -> SafeString:
    """A state in words. ``kind``: done, wait, err, live or nothing; an icon never stands alone."""
    return format_html(
        '<span class="badge{}">{}{}</span>',
        f" badge--{kind}" if kind else "",
        icon(icon_name) if icon_name else "",
        text,
    )


def _percent(value: float | Decimal | None) -> int:
    return max(0, min(100, round(value or 0)))


@register.simple_tag
def bar(percent: float | Decimal | None, low: bool = False) -> SafeString:
    """A bar beside a figure that is also written, so readers skip it. Cut to 0 to 100."""
    return format_html(
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="8"{}/></svg>',
        _percent(percent),
        mark_safe(' class="low"') if low else "",
    )


@register.simple_tag
def progress(percent: float | Decimal | None, label: str) -> SafeString:
    """How far something is, with a sentence for those who do not see it."""
    return format_html(
        '<svg class="progress" viewBox="0 0 100 8" preserveAspectRatio="none" role="img"'
        ' aria-label="{}"><rect width="{}" height="8"/></svg>',
        label,
        _percent(percent),
    )


@register.simple_tag
def sample(thing: object) -> SafeString | str:
    """示例 beside anything generated (ruling 37): whatever says ``is_sample``; nothing beside the rest."""
    return badge(_("示例")) if getattr(thing, "is_sample", False) else ""


@register.filter
def phone_link(phone: str) -> str:
    """``<a href="tel:{{ office.phone|phone_link }}">``: see `community.phones.office_link`."""
    return office_link(phone)


@register.filter
def date_range(start: date, end: date) -> str:
    """``{{ stop.starts_on|date_range:stop.ends_on }}``: 11月26—27日."""
    return wording.date_range(start, end)


@register.simple_tag
def face(name: str, me: bool = False) -> SafeString:
    """The first character of a name where others show a photograph."""
    return format_html(
        '<span class="face{}" aria-hidden="true">{}</span>',
        " face--me" if me else "",
        name[:1],
    )


@register.simple_tag
def day(value: date) -> SafeString:
    """A date as a calendar leaf: 26, under it 11月 周四. A moment is read in the local time."""
    at = wording.local_date(value)
    return format_html(
        '<div class="day"><b>{}</b><span>{} {}</span></div>',
        at.day,
        _("%(month)d月") % {"month": at.month},
        wording.weekday(at),
    )


@register.simple_tag
def crumbs(*trail: str) -> SafeString:
    """``{% crumbs "名单" url "导入结果" %}``: words and address in turn, at last this page."""
    pairs = list(zip(trail[0 : len(trail) - 1 : 2], trail[1::2], strict=True))
    items = format_html_join("", '<li><a href="{1}">{0}</a></li>', pairs)
    if len(trail) % 2:
        items += format_html('<li><span aria-current="page">{}</span></li>', trail[-1])
    return format_html(
        '<nav class="crumbs" aria-label="{}"><ol>{}</ol></nav>', _("当前位置"), items
    )


@register.simple_tag
def qr(text: str, label: str) -> SafeString:
    """``text`` as a QR code that phones read (never a Micro QR), drawn inline.

    Two modules of quiet zone: it always stands on white, which gives the rest.
    """
    drawing = segno.make_qr(text, error="m").svg_inline(
        border=2,
        dark="#15211b",
        light="#ffffff",
        omitsize=True,
        svgclass=None,
        lineclass=None,
    )
    opening = format_html('<svg role="img" aria-label="{}"', label)
    return mark_safe(drawing.replace("<svg", opening, 1))  # noqa: S308  (segno's drawing)


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """The widget of a field in the design's markup; hints and faults are tied to it by Django.

    Placeholders are left out: a hint stands above the field, where it stays while one types. Codes
    are set in the face of codes.
    """
    widget = field.field.widget
    if getattr(widget, "input_type", "text") in {"checkbox", "radio", "hidden"}:
        return field.as_widget()
    names = ["input", widget.attrs.get("class", "")]
    if widget.attrs.get("autocomplete") == "one-time-code":
        names.insert(1, "input--code")
    return field.as_widget(attrs={"class": " ".join(filter(None, names)), "placeholder": False})


@register.filter
def control_kind(field: BoundField) -> str:
    """How a field is laid out: ``choice`` (one box), ``choices`` (many), ``group`` or ``line``."""
    if isinstance(field.field.widget, RadioSelect):  # boxes of a multiple choice are one too
        return "choices"
    if field.use_fieldset:
        return "group"
    return "choice" if getattr(field.field.widget, "input_type", "") == "checkbox" else "line"


@register.filter
def focus_id(field: BoundField) -> str:
    """Where a link of the error summary must land: the first control of the field."""
    return field.id_for_label or (f"{field.auto_id}_0" if field.use_fieldset else field.auto_id)


@register.filter
def faults(field: BoundField) -> list[str]:
    """The faults of a field in our words (`community.form_words`)."""
    return fault_words(field)


@register.simple_tag
def error_count(*forms: object) -> int:
    """How many faults the given forms have between them."""
    return sum(len(faults) for form in forms for faults in getattr(form, "errors", {}).values())


@register.simple_tag(takes_context=True)
def error_summary(context: template.Context, *forms: object) -> str:
    """All faults of one or several forms, each a link to its field; nothing if there are none."""
    faulty = [form for form in forms if getattr(form, "errors", None)]
    if not faulty:
        return ""
    return render_to_string(
        "_error_summary.html",
        {"forms": faulty, "count": error_count(*faulty)},
        request=context.get("request"),
    )


for _say in (
    wording.thousands,
    wording.hours,
    wording.cn_date,
    wording.full_date,
    wording.clock,
    wording.clock_seconds,
    wording.cn_numeral_date,
    wording.recent,
):
    register.filter(_say.__name__, _say)


@register.simple_tag(takes_context=True)
def back_url(context: template.Context) -> str:
    """The page of ours that a refused request came from; the front page if it did not say."""
    request: HttpRequest | None = context.get("request")
    came_from = request.headers.get("Referer", "") if request else ""
    if request and url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
        return came_from
    return reverse("home")


@register.filter
def masked_phone(value: str | None) -> str:
    """138****5678; of anything that is not a whole number, only stars."""
    return mask_phone(normalise_phone(str(value))) if value else ""
