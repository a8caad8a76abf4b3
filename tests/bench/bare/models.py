"""The bare page: what Wagtail costs with nothing of ours, and the one table of the raw insert."""

from __future__ import annotations

from django.db import models
from wagtail.fields import RichTextField
from wagtail.models import Page


class BarePage(Page):
    """As `wagtail start` would have it: a title and a body."""

    body = RichTextField(blank=True)
    template = "bare/page.html"


class RawMark(models.Model):
    """What the raw view inserts: a pair that may be there once, and when."""

    session_id = models.BigIntegerField()
    enrolment_id = models.BigIntegerField()
    kind = models.CharField(max_length=3)
    state = models.CharField(max_length=8)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session_id", "enrolment_id", "kind"], name="one_raw_mark"
            )
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.enrolment_id}"
