from __future__ import annotations

from django.urls import path

from training.views import exports

urlpatterns = [
    path("areas/<str:area>/exports/", exports.exports, name="exports"),
    path("exports/<int:export_id>/file", exports.download, name="export_file"),
    path("exports/<int:export_id>/approve/", exports.approve, name="export_approve"),
    path("exports/<int:export_id>/cancel/", exports.cancel, name="export_cancel"),
]
