"""Addresses of certificates and of the public check."""

from __future__ import annotations

from django.urls import URLPattern, path
from django.views.generic import RedirectView

from training.views import certificate, verify

urlpatterns: list[URLPattern] = [
    path("v/", verify.verify_form, name="verify"),
    path("v", RedirectView.as_view(pattern_name="training:verify", query_string=True)),
    path("v/<str:number>", verify.verify_number, name="verify_number"),
    path("v/<str:number>/", RedirectView.as_view(pattern_name="training:verify_number")),
    path("v/<str:number>/name/", verify.check_name, name="verify_name"),
    path("me/certificates/<str:number>/", certificate.my_certificate, name="my_certificate"),
    path(
        "me/certificates/<str:number>/certificate.pdf",
        certificate.paper,
        name="my_certificate_paper",
    ),
    path("certificates/<str:number>/correct/", certificate.correct, name="correct_certificate"),
]
