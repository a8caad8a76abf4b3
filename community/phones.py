"""Mobile numbers of the mainland: one spelling, what can be one, and how it is shown.

Rules: domain.md §h (`^1[3-9]\\d{9}$`, shown as 138****5678).
"""

import re
from typing import Final

from django.utils.translation import gettext as _

PHONE_LENGTH: Final = 11

_PHONE: Final = re.compile(r"1[3-9][0-9]{9}")
_HALF_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_NOISE: Final = re.compile(
    r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff'‘’`()\-\u2010-\u2015\u2212]+"
)
_AS_FLOAT: Final = re.compile(r"(?<=[0-9]{11})\.0*$")
_COUNTRY: Final = re.compile(r"^(?:\+|00)?86(?=1[0-9]{10}$)")


def normalise_phone(text: str) -> str:
    """The one spelling of a typed number: 138 0013 8000, +86-138…, １３８… are 13800138000.

    Only what has one reading is changed; anything else is left for `phone_fault`. Idempotent.
    """
    number = _NOISE.sub("", text.translate(_HALF_WIDTH))
    return _COUNTRY.sub("", _AS_FLOAT.sub("", number))


def phone_fault(phone: str) -> str | None:
    """What is wrong with a normalised number and how to put it right, or None."""
    if not phone:
        return _("手机号没有填，请填写11位手机号。")
    if not (phone.isascii() and phone.isdigit()):
        return _("手机号中有数字以外的字符，请只填11位数字。")
    if phone.startswith("0"):
        return _("手机号以0开头，像是座机号，请改填11位手机号。")
    count = len(phone)
    if count < PHONE_LENGTH:
        return _("手机号只有%(count)d位，请补全为11位。") % {"count": count}
    if count > PHONE_LENGTH:
        return _("手机号有%(count)d位，请核对后改为11位。") % {"count": count}
    if not _PHONE.fullmatch(phone):
        return _("手机号以%(head)s开头，手机号应以13至19开头，请核对。") % {"head": phone[:2]}
    return None


def office_link(phone: str) -> str:
    """What a telephone dials for an office's number as people write it: 0834-3222001转8 is 08343222001,8.

    The comma waits for the switchboard.
    """
    number, _extension, extension = phone.partition("转")
    digits = [re.sub(r"[^0-9+]", "", part) for part in (number, extension)]
    return ",".join(filter(None, digits))


def mask_phone(phone: str) -> str:
    """138****5678; of what is not a whole number nothing but its length is shown."""
    if not _PHONE.fullmatch(phone):
        return "*" * len(phone)
    return f"{phone[:3]}****{phone[-4:]}"


def last4(phone: str) -> str:
    """The four digits that may be stored and searched in the open (ruling 27)."""
    return phone[-4:]
