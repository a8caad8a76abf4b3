"""Addresses under /accounts/: those parts of allauth that this house has.

Not there: sign-up and e-mail (accounts come from rosters, ruling 11), the reset of passwords by
e-mail (a code by phone logs in, then a new one is set), and the change of one's own phone number
(the county's contact changes it).
"""

from __future__ import annotations

from allauth.account import views
from django.urls import include, path
from django.views.generic import TemplateView

from website.views.log_in import confirm_code

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("login/code/", views.request_login_code, name="account_request_login_code"),
    path("login/code/confirm/", confirm_code, name="account_confirm_login_code"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
    path(
        "signup/",
        TemplateView.as_view(template_name="account/signup_closed.html"),
        name="account_signup",
    ),
    path("2fa/", include("allauth.mfa.urls")),
]
