"""One mark for everything that was published: what was kept under an older mark is not shown any more.

Public pages and the facts behind them are kept for a minute. Whoever publishes, withdraws or moves
something renews the mark, and all of it is built anew: at once in her own process, within a second in
the others, which ask for the mark that often.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

from django.core.cache import BaseCache, cache, caches

_KEY: Final = "publications"
_ASKED_EVERY_SECONDS: Final = 1


def kept_here() -> BaseCache:
    """What this process keeps for itself: drawn pages and parts, cheaper to draw again than to fetch."""
    here: Any = caches["template_fragments"]
    return here  # type: ignore[no-any-return]


def publications_mark() -> str:
    """The mark of now; made where there is none."""
    mark: str | None = kept_here().get(_KEY)
    if mark is None:
        mark = str(cache.get_or_set(_KEY, _fresh, None))
        kept_here().set(_KEY, mark, _ASKED_EVERY_SECONDS)
    return mark


def renew_publications() -> None:
    """Forget what is kept, also what is being built right now."""
    mark = _fresh()
    cache.set(_KEY, mark, None)
    kept_here().set(_KEY, mark, _ASKED_EVERY_SECONDS)


def _fresh() -> str:
    return uuid4().hex
