"""Short messages to phones, through the adapter that ``SMS_BACKEND`` names.

`OutboxSms` (the embedded default) keeps them in a file that the operator of the installation
reads; `HttpGatewaySms` hands them to a gateway. How many a phone may get is the caller's rule.
"""

import http.client
import json
import logging
import sys
import urllib.request
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol, cast

from django.conf import settings
from django.core.files import locks
from django.utils.module_loading import import_string
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.phones import mask_phone
from community.refusals import Refusal

logger = logging.getLogger(__name__)

GATEWAY_TIMEOUT_SECONDS: Final = 5
CODE_MINUTES: Final = 10
"""How long a code is said to be good unless the context says otherwise (the log-in's time-out)."""

OUTBOX_KEPT: Final = 200
"""Messages that the outbox keeps: enough to find a code, too few to become a register of phones."""

TEMPLATES: Final[dict[str, Any]] = {
    "login_code": gettext_lazy("【同课】登录验证码%(code)s，%(minutes)s分钟内有效，请勿告诉他人。"),
    "sign_in_code": gettext_lazy(
        "【同课】签到验证码%(code)s，%(minutes)s分钟内有效，请勿告诉他人。"
    ),
    "activation_code": gettext_lazy(
        "【同课】账号启用验证码%(code)s，%(minutes)s分钟内有效，请勿告诉他人。"
    ),
    "phone_change_code": gettext_lazy(
        "【同课】更换手机号的验证码%(code)s，%(minutes)s分钟内有效，请勿告诉他人。"
    ),
}
"""The words of each message by its name, by which gateways with templates of their own go."""


class SmsNotSent(Refusal):
    """The message did not leave the house; the person cannot help it."""

    code: ClassVar[str] = "sms_not_sent"
    status: ClassVar[int] = HTTPStatus.SERVICE_UNAVAILABLE


class SmsBackend(Protocol):
    """What ``SMS_BACKEND`` must name: a class without arguments that can send."""

    def send(
        self, *, phone: str, text: str, template: str, context: Mapping[str, str], at: datetime
    ) -> None: ...


def send_sms(*, phone: str, template: str, context: Mapping[str, str]) -> None:
    """Send the message ``template`` filled with ``context`` to a normalised phone number.

    Call it after the commit that it speaks of. Raises `SmsNotSent`; KeyError for a template or a
    word of it that does not exist.
    """
    text = str(TEMPLATES[template]) % {"minutes": CODE_MINUTES, **context}
    backend = cast(SmsBackend, import_string(settings.SMS_BACKEND)())
    backend.send(phone=phone, text=text, template=template, context=context, at=now())
    logger.info("sms %s sent to %s", template, mask_phone(phone))


class OutboxSms:
    """Keep the last messages in ``outbox/sms.jsonl`` of the data folder, readable by its owner.

    A demo also prints them on its console, where whoever tries it is looking.
    """

    def send(
        self, *, phone: str, text: str, template: str, context: Mapping[str, str], at: datetime
    ) -> None:
        line = {"at": localtime(at).isoformat("T", "seconds"), "phone": phone, "text": text}
        path = outbox_file()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        with path.open("r+", encoding="utf-8") as file:
            locks.lock(file, locks.LOCK_EX)
            lines = [*file.readlines(), json.dumps(line, ensure_ascii=False) + "\n"]
            file.seek(0)
            file.writelines(lines[-OUTBOX_KEPT:])
            file.truncate()
        if settings.DEMO:
            sys.stdout.write(f"[{mask_phone(phone)}] {text}\n")
            sys.stdout.flush()


def outbox_file() -> Path:
    """Where `OutboxSms` keeps its messages, one JSON object a line, the newest last."""
    return Path(settings.TONGKE_DATA) / "outbox" / "sms.jsonl"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A gateway that moves is for the operator to look at; codes do not follow it."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class HttpGatewaySms:
    """POST ``{phone, text, template, context}`` as JSON to ``SMS_GATEWAY_URL``; 2xx means taken.

    ``SMS_GATEWAY_TOKEN`` goes along as a bearer token. Proxies are those of the environment.
    """

    def send(
        self, *, phone: str, text: str, template: str, context: Mapping[str, str], at: datetime
    ) -> None:
        body = {"phone": phone, "text": text, "template": template, "context": dict(context)}
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Authorization": f"Bearer {settings.SMS_GATEWAY_TOKEN}",
        }
        data = json.dumps(body, ensure_ascii=False).encode()
        opener = urllib.request.build_opener(_NoRedirects)
        try:
            request = urllib.request.Request(  # noqa: S310 - the operator's own address
                settings.SMS_GATEWAY_URL, data, headers, method="POST"
            )
            with opener.open(request, timeout=GATEWAY_TIMEOUT_SECONDS):
                pass
        except (OSError, ValueError, http.client.HTTPException) as fault:
            # The reason is the operator's; it may hold the gateway's address but never the code.
            logger.warning("sms %s to %s not sent: %s", template, mask_phone(phone), fault)
            raise SmsNotSent(
                _("短信没有发出。请过几分钟再试一次，或请现场工作人员协助。")
            ) from fault
