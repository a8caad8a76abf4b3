"""Which characters the certificate's fonts can draw.

A name with a character that no font has is never printed as a box: its PDF waits as 待补字 until
an operator adds a font (ruling 23). Nothing else waits for it.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import typst
from django.conf import settings
from fontTools.ttLib import TTCollection, TTFont

SHIPPED_FONTS: Final = Path(__file__).parent / "fonts"
SERIF: Final[str] = "Noto Serif SC"
KAI: Final = "Tongke Kai"
_ORDER: Final[tuple[str, ...]] = (SERIF, KAI, "Noto Sans Yi", "Noto Serif Tibetan")

IGNORED: Final = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\U000e0001\U000e0020-\U000e007f]"
)
"""Marks for line breaking and direction: the paper leaves them out, so no name is turned round."""

UNSEEN: Final = re.compile(f"{IGNORED.pattern}|[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Those and variation selectors, which choose among glyphs and have none of their own."""

_FONT_SUFFIXES: Final = {".ttf", ".otf", ".ttc", ".otc"}
_REGULAR_WEIGHT: Final = 400

_NEVER_DRAWN: Final = {"Cc", "Co", "Cs"}
"""Controls, private use and surrogates: a private character has a meaning in one font only, so the
paper could not be read aloud, searched or kept (PDF/A)."""

FontFile = tuple[str, int, int]
"""Path, time of change and size: what a reading of it may be kept by."""


@dataclass(frozen=True, slots=True, eq=False)
class FontShelf:
    """The families found, in the order they are tried, and what each can draw."""

    fonts: typst.Fonts
    coverage: dict[str, frozenset[int]]

    def families(self) -> list[str]:
        """Names of the families, ours first, then an operator's by name."""
        return list(self.coverage)

    def draws(self, text: str, family: str) -> bool:
        """Whether one family alone draws all of ``text``."""
        covered = self.coverage.get(family, frozenset())
        return all(ord(letter) in covered for letter in text if not _is_unseen(letter))

    def missing(self, text: str) -> str:
        """The characters of ``text`` that none draws, each once, in order."""
        return "".join(
            letter
            for letter in dict.fromkeys(text)
            if not _is_unseen(letter)
            and (
                unicodedata.category(letter) in _NEVER_DRAWN
                or not any(ord(letter) in codes for codes in self.coverage.values())
            )
        )


def installed_font_dirs() -> tuple[Path, ...]:
    """Our own fonts, then the folders an operator named in ``CERTIFICATE_FONT_DIRS``."""
    return (SHIPPED_FONTS, *map(Path, settings.CERTIFICATE_FONT_DIRS))


def missing_glyphs(text: str, font_dirs: Iterable[Path]) -> str:
    """The characters of ``text`` that no font in the folders can draw, each once, in order.

    Empty when all can be drawn. Spaces, joiners and variation selectors need no glyph; controls,
    private-use characters and lone surrogates are always missing.
    """
    return font_shelf(font_dirs).missing(text)


def font_shelf(font_dirs: Iterable[Path]) -> FontShelf:
    """What the folders (and theirs) hold now. A font added while we run is found at once."""
    folders = tuple(str(folder) for folder in font_dirs)
    return _shelf(folders, _font_files(folders))


def _font_files(folders: tuple[str, ...]) -> tuple[FontFile, ...]:
    found: list[FontFile] = []
    for folder in folders:
        for path in sorted(Path(folder).rglob("*")):
            if path.suffix.lower() in _FONT_SUFFIXES and path.is_file():
                state = path.stat()
                found.append((str(path), state.st_mtime_ns, state.st_size))
    return tuple(found)


@lru_cache(maxsize=4)
def _shelf(folders: tuple[str, ...], files: tuple[FontFile, ...]) -> FontShelf:
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[folder for folder in folders if Path(folder).is_dir()],
    )
    # Where a family has several cuts, the compiler sets text in the upright one nearest regular.
    cuts: dict[str, typst.FontInfo] = {}
    for cut in fonts.fonts():
        kept = cuts.get(cut.family)
        if kept is None or _distance(cut) < _distance(kept):
            cuts[cut.family] = cut
    states = {file[0]: file for file in files}
    names = [name for name in _ORDER if name in cuts]
    names += sorted(cuts.keys() - set(_ORDER))
    return FontShelf(
        fonts=fonts,
        coverage={
            name: _code_points(states[path], cuts[name].index)
            for name in names
            if (path := cuts[name].path) is not None
        },
    )


def _distance(cut: typst.FontInfo) -> tuple[bool, int, float]:
    return cut.style != "normal", abs(cut.weight - _REGULAR_WEIGHT), abs(cut.stretch - 1)


@cache
def _code_points(file: FontFile, index: int) -> frozenset[int]:
    path = file[0]
    if path.lower().endswith(("ttc", "otc")):
        with TTCollection(path, lazy=True) as collection:
            return frozenset(collection.fonts[index].getBestCmap() or ())
    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap() or ())


def _is_unseen(letter: str) -> bool:
    return letter.isspace() or UNSEEN.fullmatch(letter) is not None
