from __future__ import annotations

from django.urls import URLPattern, path

from courses.views import case

app_name = "courses"
urlpatterns: list[URLPattern] = [path("cases/", case.cases, name="cases")]
