from __future__ import annotations

from django.urls import path

from training.views.coverage import coverage

urlpatterns = [path("areas/<str:area>/coverage/", coverage, name="coverage")]
