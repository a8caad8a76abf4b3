"""The page that takes a log-in code: allauth's, for numbers that it keeps sealed and that nobody
may have.
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.views import ConfirmLoginCodeView
from allauth.core import ratelimit
from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from community.phones import mask_phone
from website.accounts import phone_of_log_in


class ConfirmCodeView(ConfirmLoginCodeView):
    """Sending again counts for the phone like sending, and does the same for a number nobody has."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["phone"] = mask_phone(phone_of_log_in(context["phone"] or ""))
        return context

    def _resend_form_valid(self, form: Form) -> HttpResponse:
        process = self._process
        phone = phone_of_log_in(process.state["phone"])
        if not ratelimit.consume(self.request, action="request_login_code", key=phone):
            words = get_adapter().error_messages["rate_limited"]
            get_adapter().add_message(self.request, messages.ERROR, message=words)
        elif process.user is None:
            # allauth would look for a code that it never made.
            process.record_resend()
            process.persist()
        else:
            process.resend()
        here = self.passthrough_next_url(reverse("account_confirm_login_code"))
        return HttpResponseRedirect(here)


confirm_code = ConfirmCodeView.as_view()
