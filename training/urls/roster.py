from __future__ import annotations

from django.urls import path

from training.views import roster, roster_batch, roster_person

_BATCH = "areas/<str:area>/rosters/batches/<int:batch_id>/"

urlpatterns = [
    path("areas/<str:area>/rosters/", roster.rosters, name="rosters"),
    path("rosters/template.xlsx", roster.roster_template, name="roster_template"),
    path("areas/<str:area>/rosters/<int:cohort_id>/", roster.roster, name="roster"),
    path(
        "areas/<str:area>/rosters/<int:cohort_id>/add/",
        roster_person.roster_person,
        name="roster_person",
    ),
    path(_BATCH, roster_batch.roster_batch, name="roster_batch"),
    path(_BATCH + "alike/", roster_batch.fix_alike, name="roster_fix_alike"),
    path(_BATCH + "correct/", roster_batch.correct, name="roster_correct"),
    path(_BATCH + "import/", roster_batch.import_batch, name="roster_import"),
    path(_BATCH + "undo/", roster_batch.undo, name="roster_undo"),
    path(_BATCH + "discard/", roster_batch.discard, name="roster_discard"),
    path(_BATCH + "faults", roster_batch.faults_file, name="roster_faults"),
    path(
        "areas/<str:area>/rosters/people/<int:enrolment_id>/withdraw/",
        roster.withdraw_one,
        name="roster_withdraw",
    ),
]
