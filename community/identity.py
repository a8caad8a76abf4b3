"""Identity papers: how a number is written, whether it can be one, and how it is shown.

Rules: domain.md §h; the check digit and the date inside the number are GB 11643-1999.
"""

import re
from datetime import date
from operator import mul
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS: Final = "10X98765432"
_OLDEST_YEAR: Final = 1800

# The sheet of numbers that a residence permit begins with: Hong Kong, Macao, Taiwan.
_HMT_PREFIXES: Final = ("810000", "820000", "830000")

_EIGHTEEN: Final = re.compile(r"[0-9]{17}[0-9X]")
_PASSPORT: Final = re.compile(r"[A-Z0-9]{5,20}")
_OFFICER: Final = re.compile(r"[\u4e00-\u9fff]{0,4}[0-9A-Z]{4,12}[\u4e00-\u9fff]?")
_OTHER: Final = re.compile(r"[0-9A-Z\u4e00-\u9fff()/\-]{4,30}")
_SCIENTIFIC: Final = re.compile(r"[0-9]\.[0-9]+E\+?[0-9]+")

# Full-width forms to half-width, as a phone's keyboard leaves them; × for the X it looks like.
_HALF_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0xD7: ord("X")}
# Spaces, marks that copying out of a window brings along (U+202A..), and the apostrophe that a
# spreadsheet uses to say "this is text".
_NOISE: Final = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff'‘’`]+")
_DASHES: Final = re.compile(r"[-\u2010-\u2015\u2212]+")


class IdKind(TextChoices):
    """The papers that the national register knows (证件类型)."""

    RESIDENT = "resident", gettext_lazy("居民身份证")
    HMT_RESIDENCE = "hmt_residence", gettext_lazy("港澳台居民居住证")
    PASSPORT = "passport", gettext_lazy("护照")
    OFFICER = "officer", gettext_lazy("军官证")
    OTHER = "other", gettext_lazy("其他")


_WITH_CHECK_DIGIT: Final = (IdKind.RESIDENT, IdKind.HMT_RESIDENCE)


def normalise_id(kind: str, text: str) -> str:
    """The one spelling of a typed number: half-width, upper case, without spaces or stray marks.

    Dashes go too, except from papers of other kinds, where they may belong. Idempotent.
    """
    number = _NOISE.sub("", text.translate(_HALF_WIDTH)).upper()
    if kind != IdKind.OTHER:
        number = _DASHES.sub("", number)
    return _NOISE.sub("", number)


def check_digit(first_17: str) -> str:
    """The 18th character that GB 11643 gives to seventeen digits."""
    if len(first_17) != len(_WEIGHTS):
        raise ValueError(first_17)
    return _CHECK_DIGITS[sum(map(mul, _WEIGHTS, map(int, first_17))) % 11]


def birth_date(kind: str, number: str) -> date | None:
    """The date inside an 18-character number, or None where the paper or the date has none."""
    if kind not in _WITH_CHECK_DIGIT or not _EIGHTEEN.fullmatch(number):
        return None
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return born if born.year >= _OLDEST_YEAR else None


def id_fault(kind: str, number: str, today: date) -> str | None:
    """What is wrong with a normalised number and how to put it right, or None.

    A number with a check digit must have eighteen characters, a birth date that exists and is not
    after ``today``, and the right last character. Its first six digits need not be a code in use:
    numbers keep the code of the place and time of their issue (513021 达县). Source: domain.md §h.
    """
    if not number:
        return _("证件号没有填，请填写证件号。")
    if kind in _WITH_CHECK_DIGIT:
        return _fault_with_check_digit(kind, number, today)
    if kind == IdKind.PASSPORT and not _PASSPORT.fullmatch(number):
        return _("护照号应为5至20位字母和数字，请按护照资料页核对。")
    if kind == IdKind.OFFICER and not _OFFICER.fullmatch(number):
        return _("军官证号应为“×字第”加数字，请按证件核对。")
    if kind == IdKind.OTHER and not _OTHER.fullmatch(number):
        return _("证件号应为4至30位汉字、字母或数字，请按证件核对。")
    if kind not in IdKind.values:
        return _("证件类型不在可选的范围内，请从下拉列表中选择。")
    return None


def _fault_with_check_digit(kind: str, number: str, today: date) -> str | None:
    if _SCIENTIFIC.fullmatch(number):
        return _("证件号被表格改成了科学记数，请把这一列设为“文本”后重新填写。")
    if len(number) == 15 and number.isascii() and number.isdigit():
        return _("证件号是15位的旧号码，请改填18位号码。")
    if len(number) < 18:
        return _("证件号只有%(count)d位，请补全为18位。") % {"count": len(number)}
    if len(number) > 18:
        return _("证件号有%(count)d位，请核对后改为18位。") % {"count": len(number)}
    if not _EIGHTEEN.fullmatch(number):
        return _("证件号前17位应为数字，末位为数字或X，请按证件核对。")
    if kind == IdKind.HMT_RESIDENCE and not number.startswith(_HMT_PREFIXES):
        return _("港澳台居民居住证号应以810000、820000或830000开头，请核对号码或证件类型。")
    if kind == IdKind.RESIDENT and number.startswith(_HMT_PREFIXES):
        return _("这是港澳台居民居住证的号码，请把证件类型改为港澳台居民居住证。")
    born = birth_date(kind, number)
    if born is None:
        return _("证件号中的出生日期%(digits)s不存在，请按证件核对第7至14位。") % {
            "digits": number[6:14]
        }
    if born > today:
        return _("证件号中的出生日期%(digits)s晚于今天，请按证件核对第7至14位。") % {
            "digits": number[6:14]
        }
    if number[17] != check_digit(number[:17]):
        if number.endswith("000"):
            return _("证件号末3位变成了000，请把这一列设为“文本”后重新填写。")
        return _("证件号末位与前17位对不上，请按证件逐位核对。")
    return None


def mask_id(number: str) -> str:
    """The number as it is shown: 510***********1234; a short one keeps less, of equal length."""
    length = len(number)
    head, tail = (3, 4) if length >= 15 else (1, 2) if length >= 6 else (0, 0)
    return f"{number[:head]}{'*' * (length - head - tail)}{number[length - tail :]}"
