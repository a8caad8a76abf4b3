"""How a certificate's state is said in a page title."""

from __future__ import annotations

from django import template

from training.models import Certificate

register = template.Library()


@register.simple_tag
def state_words(state: str) -> str:
    """有效, 核定中, 已更正, 已撤销."""
    return str(Certificate.State(state).label)
