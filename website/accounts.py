"""How allauth meets our members: no public sign-up, phones looked up by blind index, one account
one limit.

Whoever asks with a number or a name that nobody has is answered as everybody else is (security.md
T19).
"""

from __future__ import annotations

import unicodedata
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from community.form_fields import PhoneField
from community.http import client_ip
from community.models import Member
from community.operations.account import (
    keep_password,
    member_of_phone,
    note_failed_log_in,
    prove_phone,
    remember_log_in,
)
from community.operations.phone import PhoneTaken
from community.operations.rotation import TWO_STEP
from community.phones import normalise_phone, phone_fault
from community.sms_soon import send_sms_soon
from community.vault import blind_index, open_sealed, seal
from community.views.consent import FIRST_TIME
from website.account_words import ACCOUNT_FAULTS, MFA_FAULTS
from website.gates import holds_power


def name_of(member: Member) -> str:
    return member.name


def sealed_phone(phone: str) -> str:
    """How a number waits in a session for its code: not readable in the session's store (T18)."""
    return seal(phone, purpose="log-in")


def phone_of_log_in(sealed: str) -> str:
    """What `sealed_phone` put away; "" for nothing."""
    return open_sealed(sealed, purpose="log-in") if sealed else ""


def account_key(typed: str) -> str:
    """What counts guesses at one account: every spelling of a phone or a user name is one key.

    Upper and then lower case, because databases fold some letters (ſ, K) that Python's ``lower``
    leaves.
    """
    phone = normalise_phone(typed)
    if phone and phone_fault(phone) is None:
        return phone
    return unicodedata.normalize("NFKC", typed.strip()).upper().lower()


class MfaAdapter(DefaultMFAAdapter):
    """Secrets of authenticators are sealed like every other secret of a person (ruling 27)."""

    error_messages = {**DefaultMFAAdapter.error_messages, **MFA_FAULTS}

    def get_totp_label(self, user: Member) -> str:
        """The user name: the label goes into an app on a phone, where no real name belongs."""
        return user.username

    def build_totp_svg(self, url: str) -> str:
        """Nothing: our page draws the code itself."""
        return ""

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Who holds power does not switch it off where the house demands it."""
        return not (settings.STAFF_MUST_USE_TOTP and holds_power(authenticator.user, "/office/"))

    def encrypt(self, text: str) -> str:
        return seal(text, purpose=TWO_STEP)

    def decrypt(self, encrypted_text: str) -> str:
        return open_sealed(encrypted_text, purpose=TWO_STEP)


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {**DefaultAccountAdapter.error_messages, **ACCOUNT_FAULTS}

    def phone_form_field(self, **kwargs: Any) -> PhoneField:
        """Mainland numbers as people type them; allauth's own wants +86 in front."""
        return PhoneField(**kwargs)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come from rosters (ruling 11)."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """As everywhere in the house; behind a Unix socket everybody has the same one."""
        return client_ip(request) or "local"

    # ── Telephones ──────────────────────────────────────────────────────────────────────────────

    def get_user_by_phone(self, phone: str) -> Member | None:
        return member_of_phone(phone=normalise_phone(phone))

    def get_phone(self, user: Member) -> tuple[str, bool] | None:
        if not user.phone_sealed:
            return None
        return open_sealed(user.phone_sealed, purpose="phone"), user.phone_proved_at is not None

    def set_phone(self, user: Member, phone: str, verified: bool) -> None:
        """Never: the county's contact changes a phone, and allauth's page for it is not routed."""
        raise PhoneTaken(_("请联系所在县（市、区）的联络人更改手机号。"))

    def set_phone_verified(self, user: Member, phone: str) -> None:
        if not prove_phone(member=user, phone=phone_of_log_in(phone), at=timezone.now()):
            raise PhoneTaken(
                _("这个手机号刚刚登记到别人名下或已改掉，请联系所在县（市、区）的联络人。")
            )

    def send_verification_code_sms(
        self, user: Member, phone: str, code: str, **kwargs: Any
    ) -> None:
        send_sms_soon(phone=phone_of_log_in(phone), template="login_code", context={"code": code})

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        """Nothing is sent to a number that nobody has: it may be a stranger's."""

    # ── Passwords ───────────────────────────────────────────────────────────────────────────────

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        return account_key(str(credentials.get("phone") or credentials.get("username") or ""))

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        note_failed_log_in(at=timezone.now(), address=client_ip(request) or None, method="password")

    def set_password(self, user: Member, password: str) -> None:
        keep_password(member=user, password=password, at=timezone.now())

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    # ── Logging in ──────────────────────────────────────────────────────────────────────────────

    def pre_login(self, request: HttpRequest, user: Member, **kwargs: Any) -> HttpResponse | None:
        """A code that went to a number which has meanwhile been changed opens nothing."""
        records = get_authentication_records(request, user)
        phone = records[-1].get("phone") if records else None
        if phone and user.phone_index != blind_index(phone_of_log_in(phone), purpose="phone"):
            raise PhoneTaken(_("这个手机号已改掉，请用新登记的手机号登录。"))
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def post_login(self, request: HttpRequest, user: Member, **kwargs: Any) -> Any:
        records = get_authentication_records(request, user)
        is_first = remember_log_in(
            member=user,
            at=timezone.now(),
            address=client_ip(request) or None,
            method="+".join(record["method"] for record in records),
        )
        if is_first:
            request.session[FIRST_TIME] = True
        return super().post_login(request, user, **kwargs)
