"""Addresses of the ground. No namespace: every floor links to these."""

from __future__ import annotations

from django.urls import URLPattern, path

from community.views import (
    account,
    activation,
    appointments,
    consent,
    contact,
    inbox,
    institutions,
    notice,
    people,
    person,
    slips,
)

urlpatterns: list[URLPattern] = [
    path("notices/", notice.notices, name="notices"),
    path("notices/feed/", notice.NoticeFeed(), name="notice_feed"),
    path("consent/", consent.consent, name="consent"),
    path("activate/", activation.activate, name="activate"),
    path("activate/slip/", activation.activate_by_slip, name="activate_by_slip"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/read/", inbox.read_all, name="inbox_read"),
    path("inbox/<int:notification_id>/", inbox.open_line, name="inbox_line"),
    path("me/account/", account.account, name="account"),
    path("me/account/sessions/", account.end_other_sessions, name="account_sessions"),
    path("me/account/phone/", account.ask_phone_change, name="account_phone"),
    path("areas/<str:area>/people/", people.people, name="people"),
    path("areas/<str:area>/people/slips/", slips.slips, name="people_slips"),
    path("areas/<str:area>/people/<int:member_id>/", people.person, name="person"),
    path("areas/<str:area>/people/<int:member_id>/phone/", person.phone, name="person_phone"),
    path(
        "areas/<str:area>/people/<int:member_id>/phone/kept/",
        person.phone_kept,
        name="person_phone_kept",
    ),
    path("areas/<str:area>/people/<int:member_id>/name/", person.name, name="person_name"),
    path("areas/<str:area>/people/<int:member_id>/transfer/", person.move, name="person_transfer"),
    path("areas/<str:area>/people/<int:member_id>/slip/", person.slip, name="person_slip"),
    path(
        "areas/<str:area>/people/<int:member_id>/two-step/",
        person.two_step,
        name="person_two_step",
    ),
    path(
        "areas/<str:area>/people/<int:member_id>/sessions/",
        person.sessions,
        name="person_sessions",
    ),
    path("areas/<str:area>/contact/", contact.contact, name="contact"),
    path("areas/<str:area>/institutions/", institutions.institutions, name="institutions"),
    path("areas/<str:area>/institutions/add/", institutions.add, name="institution_add"),
    path(
        "areas/<str:area>/institutions/<int:institution_id>/",
        institutions.institution,
        name="institution",
    ),
    path(
        "areas/<str:area>/institutions/<int:institution_id>/state/",
        institutions.state,
        name="institution_state",
    ),
    path("areas/<str:area>/appointments/", appointments.appointments, name="appointments"),
    path("areas/<str:area>/appointments/add/", appointments.add, name="appointment_add"),
    path(
        "areas/<str:area>/appointments/<int:appointment_id>/withdraw/",
        appointments.withdraw,
        name="appointment_withdraw",
    ),
]
