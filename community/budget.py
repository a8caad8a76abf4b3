"""So many in so long: codes to one phone, tries of one address, counted in the shared cache."""

from __future__ import annotations

from django.core.cache import cache


def take(key: str, *, limit: int, seconds: int) -> bool:
    """Take one of ``limit`` in a window of ``seconds`` that begins with the first; False when spent.

    With Redis all processes share the count; in the embedded default there is one process (F16). Where
    two begin a window at the same instant one may go uncounted: it is a budget, not a lock.
    """
    name = f"budget:{key}"
    if cache.add(name, 1, seconds):
        return limit >= 1
    try:
        return bool(cache.incr(name) <= limit)
    except ValueError:  # it ran out between the two
        cache.set(name, 1, seconds)
        return limit >= 1
