"""The front page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.models import Page

if TYPE_CHECKING:
    from django.http import HttpRequest


class HomePage(Page):
    headline = models.CharField(_("标题"), max_length=40, default="一堂好课走进每个县")
    lead = models.CharField(
        _("导语"),
        max_length=120,
        default="四川省教师培训与教研平台。培训送到市州，名师带着研讨，课例人人可看。",
    )

    content_panels = [*Page.content_panels, FieldPanel("headline"), FieldPanel("lead")]
    private_page_options: list[str] = []
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["training.ProgrammeIndexPage", "community.NoticeIndexPage"]
    max_count = 1
    template = "home.html"

    class Meta:
        verbose_name = _("首页")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from website.views.home import home_context

        return {**super().get_context(request, *args, **kwargs), **home_context(request)}
