"""What training offers in the office."""

from __future__ import annotations

from wagtail.snippets.models import register_snippet

from training.viewsets import CityStopViewSet, ProgrammeViewSet

register_snippet(ProgrammeViewSet)
register_snippet(CityStopViewSet)
