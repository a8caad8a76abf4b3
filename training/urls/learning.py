"""Addresses of 我的学习."""

from __future__ import annotations

from django.urls import URLPattern, path

from training.views import learning

urlpatterns: list[URLPattern] = [
    path("me/", learning.my_learning, name="my_learning"),
    path("me/records/", learning.my_records, name="my_records"),
    path("me/records/records.csv", learning.my_records_file, name="my_records_file"),
]
