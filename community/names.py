"""Names of people: one spelling for each, and what may stand in one.

Rules: domain.md §h (民委发〔2016〕33号). The separator of ethnic names is U+00B7, a name field
holds at least 50 characters, and rare Han characters are letters like any other: a letter is judged
by its script and never by a range of code points.
"""

import unicodedata
from typing import Final

import regex
from django.utils.translation import gettext as _
from pypinyin import Style, lazy_pinyin

from community.surnames import COMPOUND_READINGS, COMPOUND_SURNAMES, SURNAME_READINGS

NAME_MAX: Final = 50
"""Characters in a name, 民委发〔2016〕33号 (domain.md §h)."""

PINYIN_KEY_MAX: Final = 200
"""Characters in a stored sort key; a longer key is cut, which only loosens the order."""

SEPARATOR: Final = "\u00b7"

# What keyboards, spreadsheets and old systems put where U+00B7 belongs. Written as code points
# because most of them cannot be told apart on screen.
_DOTS: Final = (
    "\u002e\u00b7\u0387\u02d9\u1427\u16eb\u2022\u2024\u2027\u2219\u22c5\u25cf\u25e6\u2e31\u2e33"
    "\u3002\u30fb\ua78f\ufe52\uff0e\uff61\uff65"
)

# Kangxi radicals come out of PDF files in place of the character they look like. Nobody is named
# by a radical, so the reading is single. (Variants of a character are left as they are: NFKC would
# merge characters that a register tells apart.)
_RADICALS: Final = {
    code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)
}
_FULL_WIDTH_LETTERS: Final = {
    code: chr(code - 0xFEE0) for code in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
}
_QUOTES: Final = {0x2019: "'", 0x02BC: "'", 0xFF07: "'", 0x2010: "-", 0x2011: "-", 0xFF0D: "-"}
_ONE_SPELLING: Final = {
    **_RADICALS,
    **_FULL_WIDTH_LETTERS,
    **_QUOTES,
    **{ord(dot): SEPARATOR for dot in _DOTS},
}

_SPACES: Final = regex.compile(r"\s+")
_AROUND_DOT: Final = regex.compile(r" ?\u00b7[ \u00b7]*")
_BESIDE_HAN: Final = regex.compile(r"(?<=\p{Han}) | (?=\p{Han})")

# A letter of a name: Han letters with 〇 (a numeral that people are named by) and 々, and Latin.
# Radicals and other symbols of the Han script are not letters.
_LETTER: Final = r"(?:[\p{Han}&&\p{L}]|\u3007|\p{Latin})"
_NOT_LETTER: Final = regex.compile(rf"(?V1)(?!{_LETTER}|[\u00b7 '\-]).", regex.DOTALL)
_STRAY_MARK: Final = regex.compile(r"(?V1)(?<!\p{Latin}\p{M}*)[ '\-]|[ '\-](?!\p{Latin})")
_VARIATION_SELECTOR: Final = regex.compile(r"\p{Variation_Selector}")
_DOT_OUT_OF_PLACE: Final = regex.compile(r"^\u00b7|\u00b7$|\u00b7\u00b7")


def normalise_name(text: str) -> str:
    """The one spelling of a typed name; what has only one reading is put right silently.

    NFC (never NFKC: it merges Han variants), every look-alike dot to U+00B7, no dot at either end
    or twice, full-width Latin letters and spaces to half-width, no space beside a Han character or
    a dot and single spaces elsewhere. Idempotent. What it cannot put right is for `name_fault`.
    """
    name = unicodedata.normalize("NFC", text).translate(_ONE_SPELLING)
    name = _SPACES.sub(" ", name)
    name = _AROUND_DOT.sub(SEPARATOR, name)
    name = _BESIDE_HAN.sub("", name)
    return unicodedata.normalize("NFC", name.strip(f" {SEPARATOR}"))


def name_fault(name: str) -> str | None:
    """What is wrong with a normalised name and how to put it right, or None.

    Accepts Han letters of any plane, U+00B7 between parts, and Latin letters with single spaces,
    hyphens or apostrophes between them (names on passports). Source: domain.md §h.
    """
    if not name:
        return _("姓名没有填，请填写姓名。")
    if len(name) > NAME_MAX:
        return _("姓名有%(count)d个字符，最多%(limit)d个，请核对是否多填了内容。") % {
            "count": len(name),
            "limit": NAME_MAX,
        }
    stray = _NOT_LETTER.search(name)
    if stray:
        return _fault_of_character(stray.group())
    if _DOT_OUT_OF_PLACE.search(name):
        return _("姓名中的间隔号只能放在两部分之间，一次一个，请删去多余的“·”。")
    if _STRAY_MARK.search(name):
        return _("姓名中的空格、连字符和撇号只能放在两个字母之间，请删去多余的符号。")
    return None


def _fault_of_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Co":
        return _("姓名中有本机自造的字，别的电脑显示不出来，请改用输入法中的标准字。")
    if category in {"Cs", "Cn"}:
        return _("姓名中有损坏的字符，请重新输入姓名。")
    if category in {"Cc", "Cf", "Zl", "Zp"} or _VARIATION_SELECTOR.fullmatch(character):
        return _("姓名中有看不见的字符，请删去后重新输入姓名。")
    if category in {"Nd", "Nl", "No"}:
        return _("姓名中有数字“%(character)s”，请删去。") % {"character": character}
    if character in "?？*＊□■":
        return _("姓名中有“%(character)s”，可能是没有显示出来的字，请按身份证补全。") % {
            "character": character
        }
    return _("姓名中有“%(character)s”，请只填汉字、间隔号“·”或拉丁字母。") % {
        "character": character
    }


def surname(name: str) -> str:
    """The part of a name that may be shown to strangers (certificate page, lists in a hall).

    Two characters for a compound surname (欧阳), one for another Han name. Of a name with U+00B7
    the whole first part: it is the clan's name among Yi people, and of Tibetan and Uygur names,
    which have none, it is the part that people are called by; either way the rest stays hidden. Of
    a Latin name the first word. Never the whole name: a name of one character has no surname, and
    欧阳 alone is 欧 with the given name 阳. ``name`` is normalised.
    """
    for mark in (SEPARATOR, " "):
        first, found, rest = name.partition(mark)
        if found and rest:
            return first
    if len(name) > 2 and name[:2] in COMPOUND_SURNAMES:
        return name[:2]
    return name[:1] if len(name) > 1 else ""


def given_name(name: str) -> str:
    """What `surname` leaves hidden, without the mark between them; never empty for a real name."""
    return name[len(surname(name)) :].lstrip(f"{SEPARATOR} ")


def masked_name(name: str) -> str:
    """The name with its given part starred: 张**, 欧阳*, 阿衣·**; the stars are at most two."""
    shown, hidden = surname(name), given_name(name)
    mark = SEPARATOR if name[len(shown) :].startswith(SEPARATOR) else ""
    return f"{shown}{mark}{'*' * min(len(hidden), 2)}"


def _syllables(name: str) -> list[str]:
    """The name in Latin syllables, lower case; a character without a reading stands for itself."""
    read: list[str] = []
    for part in name.replace(SEPARATOR, " ").split():
        rest = part
        if not read:
            if part[:2] in COMPOUND_READINGS and len(part) > 2:
                read.extend(COMPOUND_READINGS[part[:2]])
                rest = part[2:]
            elif len(part) > 1 and part[0] in SURNAME_READINGS:
                read.append(SURNAME_READINGS[part[0]])
                rest = part[1:]
        read.extend(syllable.lower() for syllable in lazy_pinyin(rest, style=Style.NORMAL))
    return read


def pinyin_key(name: str) -> str:
    """A key that sorts names as a printed roster does: by syllables without tones (zeng li).

    Surnames are read as surnames (曾 zeng, 单 shan). At most `PINYIN_KEY_MAX` characters; sort by
    the name itself after it, so that people who sound alike keep one order.
    """
    return " ".join(_syllables(name))[:PINYIN_KEY_MAX]


def pinyin_initials(name: str) -> str:
    """The first letter of each syllable (曾丽 zl), for finding a person while they stand there."""
    return "".join(syllable[0] for syllable in _syllables(name))[:NAME_MAX]
