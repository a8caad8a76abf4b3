"""Notices that the province publishes as pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page

if TYPE_CHECKING:
    from django.http import HttpRequest


class NoticeIndexPage(Page):
    """Where notices hang in the tree; /notices/ itself is ``community.views.notice``."""

    private_page_options: list[str] = []
    parent_page_types = ["website.HomePage"]
    subpage_types = ["community.NoticePage"]
    max_count = 1
    template = "community/notice_index.html"

    class Meta:
        verbose_name = _("公告列表")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from community.reports.notice import notices_paged

        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        return {**context, "page_obj": notices_paged(request.GET.get("page"))}


class NoticePage(Page):
    """One notice: who issued it, under which number, on which day."""

    issuer = models.CharField(_("发文单位"), max_length=60)
    document_number = models.CharField(_("文号"), max_length=40, blank=True)
    issued_on = models.DateField(_("发布日期"), db_index=True)
    is_sample = models.BooleanField(_("示例"), default=False)
    body = RichTextField(
        _("正文"), features=["h2", "h3", "bold", "ol", "ul", "link", "document-link"]
    )

    content_panels = [
        *Page.content_panels,
        FieldPanel("issuer"),
        FieldPanel("document_number"),
        FieldPanel("issued_on"),
        FieldPanel("body"),
        FieldPanel("is_sample"),
    ]
    private_page_options: list[str] = []
    parent_page_types = ["community.NoticeIndexPage"]
    subpage_types: list[str] = []
    template = "community/notice_page.html"

    class Meta:
        verbose_name = _("公告")
        verbose_name_plural = _("公告")
