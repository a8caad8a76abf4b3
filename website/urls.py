"""Every address of the product. ``tests/integration/website/test_permission_matrix.py`` must know each."""

from __future__ import annotations

from django.urls import include, path
from django.views.generic import TemplateView
from wagtail import urls as wagtail_urls

from website.views import crawlers
from website.views.desk import desk
from website.views.document import document
from website.views.health import health
from website.views.home import home

urlpatterns = [
    path("", home, name="home"),
    path("desk/", desk, name="desk"),
    path("healthz", health, name="health"),
    path("robots.txt", crawlers.robots, name="robots"),
    path("favicon.ico", crawlers.favicon, name="favicon"),
    path("help/", TemplateView.as_view(template_name="pages/help.html"), name="help"),
    path("privacy/", TemplateView.as_view(template_name="pages/privacy.html"), name="privacy"),
    path(
        "accessibility/",
        TemplateView.as_view(template_name="pages/accessibility.html"),
        name="accessibility",
    ),
    path("accounts/", include("website.account_urls")),
    path("office/", include("website.office_urls")),
    path("documents/<int:document_id>/<path:filename>", document, name="wagtaildocs_serve"),
    path("", include("community.urls")),
    path("", include("training.urls")),
    path("", include("studios.urls")),
    path("", include("courses.urls")),
    path("", include(wagtail_urls)),
]

handler403 = "community.views.area.forbidden"
