"""What everybody sees of a published programme, kept for a minute or until something is published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from django.conf import settings

from community.publications import kept_here, publications_mark
from community.scope import Viewer
from training.models import Programme, ProgrammePage
from training.reports.curriculum_parts import load_parts
from training.reports.programme import StopLine, stop_lines


@dataclass(frozen=True)
class Words:
    """What editors wrote about a programme; empty where nobody did."""

    title: str
    lead: str = ""
    body: str = ""


@dataclass(frozen=True)
class Published:
    """``programme`` has its lists in memory; ``stamp`` names this very reading of the database.

    ``moved_to``: the name of its page, where that is another one.
    """

    stamp: str
    day: date
    words: Words
    programme: Programme
    stops: list[StopLine]
    moved_to: str = ""


def published(slug: str, *, viewer: Viewer, today: date) -> Published | None:
    """The programme whose page, or which itself, is called ``slug``; None where nothing is published so.

    Three to five statements, and none for a minute after. Hand-outs are those that ``viewer`` may open: all for
    whoever is logged in, the public ones for strangers.
    """
    mark = publications_mark()
    key = f"programme:{bool(viewer.is_authenticated)}:{slug}"
    kept: tuple[str, Published] | None = kept_here().get(key)
    if kept is not None and kept[0] == mark and kept[1].day == today:
        return kept[1]
    read = _read(slug, viewer=viewer, today=today)
    if read is not None and settings.PUBLIC_PAGE_SECONDS > 0:
        kept_here().set(key, (mark, read), settings.PUBLIC_PAGE_SECONDS)
    return read


def _read(slug: str, *, viewer: Viewer, today: date) -> Published | None:
    page = (
        ProgrammePage.objects.live()
        .filter(slug=slug, programme__in=Programme.objects.visible_to(viewer))
        .select_related("programme")
        .first()
    )
    moved_to = ""
    if page is not None:
        programme, words = page.programme, Words(page.title, page.lead, page.body)
    else:
        found = Programme.objects.visible_to(viewer).filter(slug=slug).first()
        if found is None:
            return None
        programme, words = found, Words(found.title)
        pages = ProgrammePage.objects.live().filter(programme=found)
        moved_to = pages.values_list("slug", flat=True).first() or ""
    load_parts(programme, viewer=viewer)
    stops = stop_lines(programme, today=today)
    return Published(uuid4().hex, today, words, programme, stops, moved_to)
