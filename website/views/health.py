"""Whether this process can serve: the database answers, the keys are there."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from community.vault import keyring


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 when a query and the keyring answer, else 503; no detail leaves the house."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        keyring()
    except Exception:
        return JsonResponse({"status": "down"}, status=503)
    return JsonResponse({"status": "up"})
