"""For somebody changing the code: tracebacks in the browser, templates and static files reloaded."""

from website.settings.base import *
from website.settings.base import STORAGES

DEBUG = True
PUBLIC_PAGE_SECONDS = 0
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
