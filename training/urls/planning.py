"""Addresses of setting classes up: the lists, a new class, one class, its half-days, its people."""

from __future__ import annotations

from django.urls import URLPattern, path

from training.views import cohort, cohort_staff, plan, planning, session_plan

urlpatterns: list[URLPattern] = [
    path("areas/<str:area>/sessions/", planning.sessions, name="sessions"),
    path("areas/<str:area>/sessions/new/", plan.new_class, name="new_class"),
    path("areas/<str:area>/sessions/copy-stop/", plan.copy_stop, name="copy_stop"),
    path("areas/<str:area>/credits/", planning.credits, name="credits"),
    path("cohorts/<int:cohort_id>/settings/", cohort.class_settings, name="class_settings"),
    path("cohorts/<int:cohort_id>/move/", cohort.move_on, name="move_class"),
    path("cohorts/<int:cohort_id>/sessions/new/", session_plan.new_session, name="new_session"),
    path("cohorts/<int:cohort_id>/staff/", cohort_staff.class_staff, name="class_staff"),
    path(
        "cohorts/<int:cohort_id>/staff/<int:post_id>/remove/",
        cohort_staff.remove_post,
        name="remove_post",
    ),
    path(
        "sessions/<int:session_id>/settings/",
        session_plan.session_settings,
        name="session_settings",
    ),
    path("sessions/<int:session_id>/drop/", session_plan.drop, name="drop_session"),
    path("sessions/<int:session_id>/agenda/", session_plan.agenda, name="session_agenda"),
]
