"""Short messages that nobody waits for: the page answers before the gateway does.

A log-in code goes this way so that asking for one takes as long for a number that nobody has as
for one that somebody has (security.md T19). A gateway that does not answer is the operator's to
see, in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait

from community.phones import mask_phone
from community.sms import SmsNotSent, send_sms

logger = logging.getLogger(__name__)

# A hall of 300 asks at once; a gateway takes some tenths of a second for each.
_senders = ThreadPoolExecutor(max_workers=8, thread_name_prefix="sms")
_under_way: set[Future[None]] = set()


def send_sms_soon(*, phone: str, template: str, context: Mapping[str, str]) -> None:
    """Hand the message to the senders of this process and return. What fails is logged, not
    raised.
    """
    sending = _senders.submit(_send, phone, template, context)
    _under_way.add(sending)
    sending.add_done_callback(_under_way.discard)


def _send(phone: str, template: str, context: Mapping[str, str]) -> None:
    try:
        send_sms(phone=phone, template=template, context=context)
    except SmsNotSent as refusal:
        logger.warning("sms %s to %s: %s", template, mask_phone(phone), refusal)
    except Exception:
        logger.exception("sms %s to %s", template, mask_phone(phone))


def wait_for_sms(seconds: float = 10) -> bool:
    """Wait until what is under way has left; False if it has not by then. For tests and commands."""
    return not wait(set(_under_way), timeout=seconds).not_done
