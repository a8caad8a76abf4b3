from django.urls import include, path
from wagtail import urls as wagtail_urls

from tests.bench.bare import views

urlpatterns = [
    path("raw/<int:session_id>/<int:enrolment_id>", views.raw),
    path("json", views.json),
    path("", include(wagtail_urls)),
]
