"""Certificate numbers: ``SC-2026-K7Q2M9XRTB-4H`` (ruling 23; docs/rules/certificate.md).

Ten random characters say nothing about how many certificates there are. The two check characters
make the sixteen symbols of year, body and check a Reed-Solomon word over GF(31), the field that an
alphabet of 31 letters has. Two different words differ in at least three places, so one or two
wrong characters, and any two that changed places, are always noticed.
"""

import re
import secrets
from collections.abc import Iterable
from typing import Final, Protocol

from django.utils.translation import gettext as _

from community.slot_code import ALPHABET

PREFIX: Final = "SC"
BODY_LENGTH: Final = 10
CHECK_LENGTH: Final = 2
_SEGMENT_LENGTHS: Final = (len(PREFIX), 4, BODY_LENGTH, CHECK_LENGTH)
_LENGTH: Final = sum(_SEGMENT_LENGTHS)

_MODULUS: Final = len(ALPHABET)
# The powers of 3 run through all 30 residues of 31 but zero, so sixteen of them are all different.
_WEIGHTS: Final = tuple(pow(3, place, _MODULUS) for place in range(_LENGTH - len(PREFIX)))
_VALUES: Final = {letter: value for value, letter in enumerate(ALPHABET)}

_LOOK_ALIKES: Final = "0O1IL"
_LONGEST_INPUT: Final = 500
"""Characters looked at. A pasted link with its number is far shorter."""

_LINK: Final = re.compile(r"/v/([^/?#\s]+)", re.IGNORECASE)
_LABEL: Final = re.compile(r"^(?:证书)?编号:?")
_DASHES: Final = "‐‑‒–—―−﹣ー"
_UNSEEN: Final = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_ONE_READING: Final = {
    **{code: chr(code - 0xFEE0).upper() for code in range(0xFF01, 0xFF5F)},
    **{code: chr(code).upper() for code in range(ord("a"), ord("z") + 1)},
    **dict.fromkeys(map(ord, _DASHES), "-"),
    **dict.fromkeys(map(ord, _UNSEEN), ""),
}


class Chooser(Protocol):
    """Where chance comes from: the ``secrets`` module, or a seeded ``random.Random``."""

    def choice(self, seq: str, /) -> str:
        """One character of ``seq``."""
        ...


def new_number(year: int, random: Chooser = secrets) -> str:
    """A fresh number for a certificate of ``year`` (four digits, the year it is issued in).

    It is drawn, not reserved: the UNIQUE constraint decides, and whoever meets one of the
    31**10 again draws again.
    """
    if not 1000 <= year <= 9999:
        raise ValueError(f"a certificate's year has four digits: {year}")
    body = "".join(random.choice(ALPHABET) for _place in range(BODY_LENGTH))
    return f"{PREFIX}-{year}-{body}-{check_characters(str(year), body)}"


def check_characters(year: str, body: str) -> str:
    """The two characters that bring both sums of the word to zero (modulo 31)."""
    plain, weighted = _sums([*map(int, year), *map(_VALUES.__getitem__, body)])
    # first + second = -plain and heavy·first + heavier·second = -weighted, solved for both.
    heavy, heavier = _WEIGHTS[-CHECK_LENGTH:]
    second = (heavy * plain - weighted) * pow(heavier - heavy, -1, _MODULUS) % _MODULUS
    first = (-plain - second) % _MODULUS
    return ALPHABET[first] + ALPHABET[second]


def normalise_number(text: str) -> str:
    """What was typed or pasted, in the form a certificate is looked up by.

    Case, full-width forms, spaces, dashes, the word 编号 before it and a whole check link are put
    right, because each has one reading. Characters are never guessed: no ``O`` becomes a ``0``.
    What has not the length of a number comes back tidied, and ``number_fault`` says why.
    """
    tidy = _tidied(text)
    compact = tidy.replace("-", "")
    return "-".join(_segments(compact)) if len(compact) == _LENGTH else tidy


def number_fault(text: str) -> str | None:
    """Say in Chinese which segment is wrong, and what to do; None for a sound number.

    A sound number need not exist: that is for the register to say (查无此证).
    """
    tidy = _tidied(text)
    if not tidy:
        return _("请输入证书编号。编号印在证书标题下面，以SC开头。")
    compact = tidy.replace("-", "")
    typed = tidy.split("-")
    if len(typed) == len(_SEGMENT_LENGTHS):
        fault = _length_fault(typed)
        if fault:
            return fault
    elif len(compact) != _LENGTH:
        return _("编号除横线外应有%(expected)d位，您输入了%(found)d位，请对照证书检查。") % {
            "expected": _LENGTH,
            "found": len(compact),
        }
    prefix, year, body, check = _segments(compact)
    return (
        _prefix_fault(prefix)
        or _year_fault(year)
        or _letter_fault(3, body)
        or _letter_fault(4, check)
        or _check_fault(year, body, check)
    )


def _tidied(text: str) -> str:
    text = text[:_LONGEST_INPUT]
    link = _LINK.search(text)
    plain = "".join((link.group(1) if link else text).translate(_ONE_READING).split())
    return re.sub("-+", "-", _LABEL.sub("", plain)).strip("-")


def _segments(compact: str) -> list[str]:
    segments = []
    for length in _SEGMENT_LENGTHS:
        segments.append(compact[:length])
        compact = compact[length:]
    return segments


def _sums(symbols: Iterable[int]) -> tuple[int, int]:
    plain = weighted = 0
    for symbol, weight in zip(symbols, _WEIGHTS, strict=False):
        plain += symbol
        weighted += symbol * weight
    return plain % _MODULUS, weighted % _MODULUS


def _length_fault(typed: list[str]) -> str | None:
    for place, (segment, length) in enumerate(zip(typed, _SEGMENT_LENGTHS, strict=True), start=1):
        if len(segment) != length:
            return _(
                "编号第%(place)d段应有%(expected)d位，您输入了%(found)d位，请对照证书检查这一段。"
            ) % {"place": place, "expected": length, "found": len(segment)}
    return None


def _prefix_fault(prefix: str) -> str | None:
    if prefix == PREFIX:
        return None
    return _("编号第1段应是SC，您输入的是“%(found)s”，请从SC开始输入。") % {"found": prefix}


def _year_fault(year: str) -> str | None:
    if year.isascii() and year.isdigit() and year[0] != "0":
        return None
    return _("编号第2段应是4位年份，您输入的是“%(found)s”，请改成证书上的年份。") % {"found": year}


def _letter_fault(place: int, segment: str) -> str | None:
    for position, letter in enumerate(segment, start=1):
        if letter in _VALUES:
            continue
        where = {"place": place, "position": position, "letter": letter}
        if letter in _LOOK_ALIKES:
            return (
                _(
                    "编号第%(place)d段第%(position)d位是“%(letter)s”，"
                    "这一段不用0、O、1、I、L，请对照证书改这一位。"
                )
                % where
            )
        return (
            _(
                "编号第%(place)d段第%(position)d位“%(letter)s”不是编号用的字母或数字，"
                "请对照证书改这一位。"
            )
            % where
        )
    return None


def _check_fault(year: str, body: str, check: str) -> str | None:
    if check == check_characters(year, body):
        return None
    return _("编号第2段到第4段里有抄错的地方，末段2位对不上，请对照证书逐位检查。")
