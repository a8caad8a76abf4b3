from __future__ import annotations

from django.urls import URLPattern, path

from studios.views import studio

app_name = "studios"
urlpatterns: list[URLPattern] = [path("studios/", studio.index, name="index")]
