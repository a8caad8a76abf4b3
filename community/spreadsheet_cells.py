"""Text in spreadsheet files: what a program would take for a formula is shown as text.

Rules: ruling 24 and 25, security.md T16. `safe_cell` is for CSV, which has no cell types (.xlsx
cells are written as strings); `unquote_cell` takes the mark off again when our own file, or
anybody's who marks text so, comes back: ``unquote_cell(safe_cell(x)) == x`` for every text.
"""

import re
from typing import Final

# Starts of formulas and of the separators that hide one: ASCII, the full-width and small forms that
# some programs fold to ASCII, the minus sign, and the bar of a DDE call. Blank space in front does
# not protect, so it is looked through; the quotes themselves are, so that marking can be undone.
_TRIGGER: Final = r"[=+\-@|\uff1d\uff0b\uff0d\uff20\uff5c\ufe66\ufe62\ufe63\ufe6b\u2212]"
_NEEDS_MARK: Final = re.compile(rf"'*(?:[\t\r\n]|[\s\x00\ufeff]*{_TRIGGER})")
_HAS_MARK: Final = re.compile(rf"'+(?:[\t\r\n]|[\s\x00\ufeff]*{_TRIGGER})")


def safe_cell(text: str) -> str:
    """``text`` as it may stand in a CSV file: +86… and -1 get one ``'`` in front, 0012 does not."""
    return f"'{text}" if _NEEDS_MARK.match(text) else text


def unquote_cell(text: str) -> str:
    """What `safe_cell` was given: one leading ``'`` goes where something dangerous follows it."""
    return text[1:] if _HAS_MARK.match(text) else text
