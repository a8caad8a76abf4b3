"""Chinese is the language of the code: most look-ups find nothing, and should find it soon.

Some packages bring two generations of Chinese catalogues. Django keeps each older one as a fallback of
the one before, so a message that nobody translates asks ten catalogues in a row, a hundred times a page.
"""

from __future__ import annotations

from gettext import GNUTranslations
from typing import Any

from django.utils.translation import trans_real


def fold_fallbacks(language: str) -> None:
    """Make one catalogue of all that stand behind that of ``language``; the nearest still wins."""
    catalogue: Any = trans_real.translation(language)
    behind: list[Any] = []
    while (found := (behind[-1] if behind else catalogue)._fallback) is not None:
        behind.append(found)
    if len(behind) < 2 or not all(isinstance(one, GNUTranslations) for one in behind):
        return
    nearest = behind[0]
    for one in behind[1:]:
        nearest._catalog = {**one._catalog, **nearest._catalog}
    nearest._fallback = None
