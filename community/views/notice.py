"""公告: the list by date, and a feed of it. One notice is a Wagtail page."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from community.models import NoticePage
from community.reports.notice import latest_notices, notices_paged

IN_FEED = 20


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """Every published notice, newest first, by pages."""
    context = {"page_obj": notices_paged(request.GET.get("page"))}
    return render(request, "community/notice_index.html", context)


class NoticeFeed(Feed[Any, NoticePage]):
    """The latest notices as Atom, for whoever follows them in a reader."""

    feed_type = Atom1Feed
    title = _("同课·公告")
    link = reverse_lazy("notices")

    def items(self) -> list[NoticePage]:
        return latest_notices(IN_FEED)

    def item_title(self, item: NoticePage) -> str:
        return str(item.title)

    def item_description(self, item: NoticePage) -> str:
        return " ".join(part for part in (item.issuer, item.document_number) if part)

    def item_link(self, item: NoticePage) -> str:
        return settings.PUBLIC_URL + str(item.get_url())

    def item_updateddate(self, item: NoticePage) -> datetime:
        issued = timezone.make_aware(datetime.combine(item.issued_on, time.min))
        return max(issued, item.last_published_at or issued)
