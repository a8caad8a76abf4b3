"""The words about a programme; the facts are ``Programme``'s."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page

from training.models.programme import Programme

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class ProgrammeIndexPage(Page):
    """Where programme pages hang in the tree; /programmes/ itself is ``training.views.programme``."""

    private_page_options: list[str] = []
    parent_page_types = ["website.HomePage"]
    subpage_types = ["training.ProgrammePage"]
    max_count = 1
    template = "training/programme_index.html"

    class Meta:
        verbose_name = _("培训项目列表")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from training.reports.programme import programmes_listed

        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        context["programmes"] = programmes_listed(viewer=request.user, today=timezone.localdate())
        return context


class ProgrammePage(Page):
    """How the programme is introduced. Points down to the facts; a fact never points at a page."""

    programme = models.OneToOneField(Programme, on_delete=models.PROTECT, related_name="+")
    lead = models.CharField(_("导语"), max_length=200, blank=True)
    body = RichTextField(
        _("正文"), blank=True, features=["h2", "h3", "bold", "ol", "ul", "link", "document-link"]
    )

    content_panels = [
        *Page.content_panels,
        FieldPanel("programme"),
        FieldPanel("lead"),
        FieldPanel("body"),
    ]
    private_page_options: list[str] = []
    parent_page_types = ["training.ProgrammeIndexPage"]
    subpage_types: list[str] = []
    template = "training/programme_page.html"

    class Meta:
        verbose_name = _("培训项目页")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from training.reports.programme import programme_view

        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        context["view"] = programme_view(self.programme, viewer=request.user, at=timezone.now())
        return context

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The words of a programme that is not published are not shown either."""
        if not self.programme.live:
            raise Http404
        return super().serve(request, *args, **kwargs)
