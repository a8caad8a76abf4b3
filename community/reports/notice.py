"""公告 as lists: published ones only, newest first."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator

from community.models import NoticePage

PER_PAGE = 20


def latest_notices(count: int) -> list[NoticePage]:
    """The ``count`` notices issued last."""
    return list(NoticePage.objects.live().order_by("-issued_on", "-pk")[:count])


def notices_paged(number: str | None) -> Page[Any]:
    """One page of all notices; a number that is none, or too large, gives the nearest page."""
    published = NoticePage.objects.live().order_by("-issued_on", "-pk")
    return Paginator(published, PER_PAGE).get_page(number)
