"""Our own image and document models (a one-way door of Wagtail: chosen on day one)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.documents.models import AbstractDocument, DocumentQuerySet
from wagtail.images.models import AbstractImage, AbstractRendition

if TYPE_CHECKING:
    from community.scope import Viewer


class Picture(AbstractImage):
    """An image that provincial editors uploaded."""

    admin_form_fields = ("title", "file", "description", "tags", "focal_point_x", "focal_point_y")


class PictureRendition(AbstractRendition):
    image = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        unique_together = (("image", "filter_spec", "focal_point_key"),)


class MaterialQuerySet(DocumentQuerySet):
    def visible_to(self, viewer: Viewer) -> Self:
        """What editors mark public; the rest only for people who are logged in."""
        from community.scope import is_system

        if is_system(viewer) or viewer.is_authenticated:
            return self
        return self.filter(is_public=True)


class Material(AbstractDocument):
    """A hand-out: slides, a text version, a form to fill."""

    is_public = models.BooleanField(_("不登录也能看"), default=True)

    admin_form_fields = ("title", "file", "is_public", "tags")
    objects = MaterialQuerySet.as_manager()

    class Meta(AbstractDocument.Meta):
        verbose_name = _("材料")
        verbose_name_plural = _("材料")
