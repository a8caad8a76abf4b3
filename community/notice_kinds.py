"""What a line of the inbox is about: each floor says it for the kinds that it sends (ruling 2)."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class NoticeKind:
    """``glyph`` stands in the grid before a task; ``subject`` beside the line and on the filter."""

    glyph: str
    subject: str | Promise
    action: str | Promise


_OTHER = NoticeKind("信", _("消息"), _("去看"))
_kinds: dict[str, NoticeKind] = {}


def register_notice_kind(
    kind: str, *, glyph: str, subject: str | Promise, action: str | Promise = ""
) -> None:
    """Say how lines of ``kind`` are shown; called from the ``ready()`` of the floor that sends
    them.
    """
    _kinds[kind] = NoticeKind(glyph, subject, action or _OTHER.action)


def notice_kind(kind: str) -> NoticeKind:
    """How lines of ``kind`` are shown; of a kind that nobody registered as a plain message."""
    return _kinds.get(kind, _OTHER)


def kinds_of_subject(subject: str) -> list[str]:
    """The kinds whose subject reads ``subject``."""
    return [kind for kind, shown in _kinds.items() if str(shown.subject) == subject]


def kinds_registered() -> frozenset[str]:
    return frozenset(_kinds)
