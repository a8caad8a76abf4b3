"""The office as provincial editors find it: words, programmes, pictures, hand-outs, and nothing else."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.models import Page

from community.models import NoticeIndexPage
from training.models import ProgrammeIndexPage
from website.models import HomePage

# People, groups, sites and workflows are not the office's; links to Wagtail's own site lead outside.
MENU: Final = frozenset({"explorer", "programmes", "city-stops", "images", "documents"})
# The frame of every page links to these.
PILLARS: Final = (HomePage, ProgrammeIndexPage, NoticeIndexPage)


@hooks.register("construct_main_menu")
def only_what_editors_need(request: HttpRequest, menu_items: list[Any]) -> None:
    menu_items[:] = [item for item in menu_items if item.name in MENU]


@hooks.register("before_delete_page")
def keep_the_pillars(request: HttpRequest, page: Page) -> HttpResponse | None:
    return _refuse_pillar(request, page)


@hooks.register("before_unpublish_page")
def keep_the_pillars_open(request: HttpRequest, page: Page) -> HttpResponse | None:
    return _refuse_pillar(request, page)


@hooks.register("before_bulk_action")
def keep_the_pillars_among_many(
    request: HttpRequest, action_type: str, objects: list[Any], action: Any
) -> HttpResponse | None:
    """The same, where several pages are ticked in a list."""
    if action_type not in {"delete", "unpublish", "move"}:
        return None
    pages = [thing for thing in objects if isinstance(thing, Page)]
    return next(filter(None, (_refuse_pillar(request, page) for page in pages)), None)


def _refuse_pillar(request: HttpRequest, page: Page) -> HttpResponse | None:
    if not isinstance(page.specific, PILLARS):
        return None
    messages.error(
        request,
        _("“%(title)s”是网站的固定栏目，不能下线或删除。要改文字，请直接编辑。")
        % {"title": page.title},
    )
    return redirect("wagtailadmin_explore", page.pk)
