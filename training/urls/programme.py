"""Addresses of the curriculum."""

from __future__ import annotations

from django.urls import URLPattern, path

from training.views import programme

urlpatterns: list[URLPattern] = [
    path("programmes/", programme.programmes, name="programmes"),
    path("programmes/<slug:slug>/", programme.programme, name="programme"),
]
