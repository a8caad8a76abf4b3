"""For the test suite: the same settings, cheap password hashes, a data folder of its own."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault(
    "TONGKE_DATA", str(Path(tempfile.gettempdir()) / f"tongke-tests-{os.getuid()}")
)
# Workers side by side empty their caches before each test: each has a Redis database of its own, which the
# servers that its tests start inherit. The process that starts the workers keeps the first one.
if (
    os.environ.get("REDIS_URL")
    and "PYTEST_XDIST_WORKER" in os.environ
    and "REDIS_IS_OWN" not in os.environ
):
    _address, _, _number = os.environ["REDIS_URL"].rpartition("/")
    _worker = os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw")
    os.environ["REDIS_URL"] = f"{_address}/{int(_number) + 1 + int(_worker)}"
    os.environ["REDIS_IS_OWN"] = "1"

from website.settings.base import *
from website.settings.base import DATABASES, STORAGES, TONGKE_DATA

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
(TONGKE_DATA / "static").mkdir(parents=True, exist_ok=True)
# A test runs inside one transaction of one connection: exports read through it too. Two real connections
# are tried in tests/integration/training/test_two_connections.py.
DATABASES = {"default": DATABASES["default"]}
EXPORTS_READ_FROM = "default"
