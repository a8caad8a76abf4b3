"""Addresses of training, one file a room."""

from __future__ import annotations

from training.urls import (
    certificates,
    closing,
    coverage,
    desk,
    exports,
    learning,
    planning,
    programme,
    roster,
    sign_in,
)

app_name = "training"
urlpatterns = [
    *programme.urlpatterns,
    *sign_in.urlpatterns,
    *desk.urlpatterns,
    *planning.urlpatterns,
    *roster.urlpatterns,
    *closing.urlpatterns,
    *certificates.urlpatterns,
    *learning.urlpatterns,
    *exports.urlpatterns,
    *coverage.urlpatterns,
]
