"""Rolled-up figures: never bumped by a sign-in, recounted after it (performance.md §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from community.models import Region
from training.models.cohort import Cohort
from training.models.programme import Programme
from training.models.session import Session

if TYPE_CHECKING:
    from community.scope import Viewer


class SessionTally(models.Model):
    """How many of each county were expected at a session, came, came late, or await a person."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="tallies")
    county = models.ForeignKey(Region, on_delete=models.CASCADE, related_name="+")
    expected = models.PositiveIntegerField(default=0)
    present = models.PositiveIntegerField(default=0)
    late = models.PositiveIntegerField(default=0)
    pending = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "county"], name="one_tally_per_county")
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.county_id} {self.present}/{self.expected}"


class CoverageQuerySet(models.QuerySet["Coverage"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Figures of the viewer's regions."""
        from community.scope import region_q

        return self.filter(region_q(viewer, "county_id"))


class Coverage(models.Model):
    """One class's people of one county: enrolled, half-days held and attended, closed, completed.

    Kept by class, so that a change recounts one class only; a county's or a programme's figure is a sum of
    a few rows.
    """

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="coverage")
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="coverage")
    county = models.ForeignKey(Region, on_delete=models.CASCADE, related_name="coverage")
    enrolled = models.PositiveIntegerField(default=0)
    expected = models.PositiveIntegerField(default=0)
    present = models.PositiveIntegerField(default=0)
    late = models.PositiveIntegerField(default=0)
    closed_people = models.PositiveIntegerField(default=0)
    completed = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField(db_index=True)

    objects = CoverageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cohort", "county"], name="one_coverage_per_county")
        ]
        indexes = [models.Index(fields=["programme", "county"], name="coverage_of_programme")]

    def __str__(self) -> str:
        return f"{self.cohort_id} {self.county_id} {self.completed}/{self.enrolled}"
