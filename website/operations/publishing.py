"""Publishing what editors scheduled, and withdrawing what they let expire."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import transaction
from wagtail.models import DraftStateMixin, Page, Revision

logger = logging.getLogger(__name__)


def publish_due(*, at: datetime) -> int:
    """Publish every revision whose hour has come at ``at`` and withdraw what expired; how many.

    Each for itself: one that cannot be published any more keeps none of the others waiting. Safe to
    repeat.
    """
    done = 0
    for model in _draftable():
        for expired in model._default_manager.filter(live=True, expire_at__lt=at):
            done += _each(
                expired.unpublish, set_expired=True, log_action="wagtail.unpublish.scheduled"
            )
    due = Revision.objects.filter(approved_go_live_at__lt=at).order_by("approved_go_live_at")
    for revision in due:
        done += _each(revision.publish, log_action="wagtail.publish.scheduled")
    return done


def publishing_round(at: datetime) -> None:
    """The worker's round."""
    publish_due(at=at)


def _draftable() -> list[Any]:
    others = (m for m in apps.get_models() if issubclass(m, DraftStateMixin))
    return [Page, *(model for model in others if not issubclass(model, Page))]


def _each(deed: Callable[..., Any], **options: Any) -> int:
    try:
        with transaction.atomic():
            deed(**options)
    except Exception:
        logger.exception("what was scheduled could not be done")
        return 0
    return 1
