"""Notification: one line in one member's inbox; the key makes telling twice telling once (ruling 26)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from community.models.member import Member

if TYPE_CHECKING:
    from community.scope import Viewer


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Only one's own."""
        from community.scope import is_system

        if is_system(viewer):
            return self
        return self.filter(member_id=viewer.pk) if viewer.is_authenticated else self.none()

    def open(self) -> Self:
        """Things still to be done."""
        return self.filter(is_task=True, settled_at__isnull=True)


class Notification(models.Model):
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="notifications")
    kind = models.SlugField(max_length=40)
    key = models.CharField(max_length=120)
    text = models.CharField(max_length=200)
    note = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=300, blank=True)
    is_task = models.BooleanField(default=False)
    due_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("消息")
        verbose_name_plural = _("消息")
        constraints = [models.UniqueConstraint(fields=["member", "kind", "key"], name="told_once")]
        indexes = [models.Index(fields=["member", "-created_at"], name="inbox_of_member")]

    def __str__(self) -> str:
        return self.text
