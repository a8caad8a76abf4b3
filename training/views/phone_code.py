"""Sending the code that proves a phone in the hall: allauth's log-in by code, begun by a scan."""

from __future__ import annotations

from typing import Any, Final

from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.internal.stagekit import clear_login, unstash_login
from allauth.account.models import Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from allauth.core import ratelimit
from django.http import HttpRequest

from community.budget import take
from community.models import Member
from community.sms_soon import send_sms_soon
from community.vault import blind_index, open_sealed, seal

CODES_A_PHONE: Final = 3
CODES_WINDOW_SECONDS: Final = 15 * 60
IN_SESSION: Final = "log-in"
"""What a number is sealed for while it waits in a session for its code, as for any log-in by code."""


class ScanCodeProcess(LoginCodeVerificationProcess):
    """Its message leaves in the background and speaks of signing in; all else is the log-in's own."""

    def send_by_phone(self, phone: str, skip_enumeration_mails: bool = False) -> None:
        if self.user:
            code = self.generate_code()
            number = open_sealed(phone, purpose=IN_SESSION)
            send_sms_soon(phone=number, template="sign_in_code", context={"code": code})


def start_phone_code(request: HttpRequest, member: Member | None, phone: str) -> None:
    """Begin a log-in by code for ``member``; for nobody just the same, but nothing is sent.

    At most three in 15 minutes for one number, whether or not somebody has it; the last one stays good.
    """
    key = f"code:{blind_index(phone, purpose='phone')}"
    if not take(key, limit=CODES_A_PHONE, seconds=CODES_WINDOW_SECONDS):
        return
    # …and no more than the log-in page has left for this number and this address.
    if not ratelimit.consume(request, action="request_login_code", key=phone):
        return
    clear_login(request)
    state: dict[str, Any] = ScanCodeProcess.initial_state(
        user=member, phone=seal(phone, purpose=IN_SESSION)
    )
    state["initiated_by_user"] = True
    login = Login(user=member)
    login.state["stages"] = {"current": LoginByCodeStage.key}
    stage = LoginByCodeStage(LoginStageController(request, login), request, login)
    stage.state.update(state)
    process = ScanCodeProcess(stage=stage)
    process.send()
    process.persist()


def is_code_awaited(request: HttpRequest) -> bool:
    """Whether this browser may still type a code; True for numbers that nobody has, too."""
    return not request.user.is_authenticated and unstash_login(request, peek=True) is not None
