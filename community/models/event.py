"""Event: a fact of a lower floor that an upper floor may pull later (ruling 1)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Event(models.Model):
    append_only: ClassVar[bool] = True

    kind = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=40)
    at = models.DateTimeField()
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["kind", "id"], name="event_by_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_kind}:{self.subject_id}"
