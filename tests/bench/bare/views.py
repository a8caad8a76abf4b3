"""The floors as views: one INSERT and nothing else; a few lines of JSON."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

_INSERT = (
    "INSERT INTO bare_rawmark (session_id, enrolment_id, kind, state, at)"
    " VALUES (%s, %s, 'in', 'counted', %s) ON CONFLICT DO NOTHING"
)


def raw(request: HttpRequest, session_id: int, enrolment_id: int) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [session_id, enrolment_id, timezone.now()])
    return HttpResponse(b"ok")


def json(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "up", "counties": 183, "cities": 21, "name": "同课"})
