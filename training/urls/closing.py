"""Addresses of 结班, 还差什么, results and the archive."""

from __future__ import annotations

from django.urls import URLPattern, path

from training.views import closing, requirement

urlpatterns: list[URLPattern] = [
    path("cohorts/<int:cohort_id>/closing/", closing.closing, name="closing"),
    path("cohorts/<int:cohort_id>/closing/close/", closing.close, name="close_cohort"),
    path("cohorts/<int:cohort_id>/closing/reopen/", closing.reopen, name="reopen_cohort"),
    path(
        "cohorts/<int:cohort_id>/closing/<int:number>/archive.zip", closing.archive, name="archive"
    ),
    path("cohorts/<int:cohort_id>/certificates/issue/", closing.issue, name="issue_certificates"),
    path("cohorts/<int:cohort_id>/results/", requirement.results, name="results"),
    path(
        "cohorts/<int:cohort_id>/results/upload/",
        requirement.upload_results,
        name="results_upload",
    ),
    path(
        "cohorts/<int:cohort_id>/results/<int:enrolment_id>/<int:key>/",
        requirement.result,
        name="result",
    ),
]
