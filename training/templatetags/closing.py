"""How standings are said and marked on the closing page and in 我的学习."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from community.templatetags.tongke import badge

register = template.Library()


@register.filter
def standing_words(standing: str) -> str:
    """An outcome or a chance in words."""
    return {
        "passed": _("结业"),
        "waiting": _("待完成"),
        "failed": _("未结业"),
        "done": _("已齐"),
        "on_course": _("正常"),
        "at_risk": _("要注意"),
        "lost": _("已不能结业"),
    }.get(standing, standing)


@register.simple_tag
def standing_badge(standing: str) -> SafeString:
    """The same as a badge, with an icon where one helps."""
    kind, icon = {
        "passed": ("done", "check"),
        "done": ("done", "check"),
        "waiting": ("wait", "clock"),
        "at_risk": ("wait", "alert"),
        "failed": ("err", "x"),
        "lost": ("err", "x"),
    }.get(standing, ("", ""))
    return badge(standing_words(standing), kind, icon)
