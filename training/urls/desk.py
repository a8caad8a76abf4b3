"""The desk of a session: the big screen, the staff's phone, the printed sheet."""

from __future__ import annotations

from django.urls import URLPattern, path

from training.views import desk, sheet, staff, staff_person, staff_waiting

urlpatterns: list[URLPattern] = [
    path("sessions/<int:session_id>/desk/", desk.desk, name="desk"),
    path("sessions/<int:session_id>/desk/now", desk.desk_now, name="desk_now"),
    path("sessions/<int:session_id>/sheet/", sheet.sheet, name="sheet"),
    path("sessions/<int:session_id>/staff/", staff.staff_desk, name="staff"),
    path("sessions/<int:session_id>/staff/mark/", staff.mark, name="staff_mark"),
    path("sessions/<int:session_id>/staff/undo/", staff.undo, name="staff_undo"),
    path("sessions/<int:session_id>/staff/many/", staff.mark_many, name="staff_mark_many"),
    path("sessions/<int:session_id>/staff/walk-in/", staff.walk_in, name="staff_walk_in"),
    path(
        "sessions/<int:session_id>/staff/people/<int:enrolment_id>/",
        staff_person.person,
        name="staff_person",
    ),
    path(
        "sessions/<int:session_id>/staff/people/<int:enrolment_id>/correct/",
        staff_person.correct,
        name="staff_correct",
    ),
    path(
        "sessions/<int:session_id>/staff/people/<int:enrolment_id>/hours/",
        staff_person.part_hours,
        name="staff_part_hours",
    ),
    path(
        "sessions/<int:session_id>/staff/waiting/",
        staff_waiting.waiting,
        name="staff_waiting",
    ),
    path(
        "sessions/<int:session_id>/staff/waiting/confirm/",
        staff_waiting.confirm,
        name="staff_confirm",
    ),
    path(
        "sessions/<int:session_id>/staff/waiting/<int:enrolment_id>/",
        staff_waiting.one,
        name="staff_waiting_one",
    ),
    path(
        "sessions/<int:session_id>/staff/waiting/<int:enrolment_id>/match/",
        staff_waiting.match,
        name="staff_match",
    ),
    path(
        "sessions/<int:session_id>/staff/waiting/<int:enrolment_id>/admit/",
        staff_waiting.admit,
        name="staff_admit",
    ),
    path(
        "sessions/<int:session_id>/staff/waiting/<int:enrolment_id>/strike/",
        staff_waiting.strike,
        name="staff_strike",
    ),
]
