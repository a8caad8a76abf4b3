"""Signing in on a phone: short addresses, because they stand in a QR code and on a big screen."""

from __future__ import annotations

from django.urls import URLPattern, path
from django.views.generic import RedirectView

from training.views import board, scan, session, sign_in, waiting

urlpatterns: list[URLPattern] = [
    path("q/<path:token>", scan.scan, name="scan"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/name/", sign_in.sign_in_by_name, name="sign_in_by_name"),
    path("sign-in/waiting/", waiting.sign_in_waiting, name="sign_in_waiting"),
    path("bl", board.board, name="board"),
    path("bl/", RedirectView.as_view(pattern_name="training:board")),
    path("bl/kept/", board.board_kept, name="board_kept"),
    path("sessions/<int:session_id>/", session.session_detail, name="session"),
]
