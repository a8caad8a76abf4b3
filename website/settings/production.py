"""For an installation that people rely on: TLS only, an explicit secret, nothing that would lose data."""

import os

from django.core.exceptions import ImproperlyConfigured

from website.settings.base import *
from website.settings.base import PUBLIC_URL, SECRET_KEY, _flag, _list

if not os.environ.get("SECRET_KEY") or len(SECRET_KEY) < 50:
    raise ImproperlyConfigured(
        "生产环境需要自己的SECRET_KEY：请在环境变量里设置不少于50个字符的随机文字。"
    )
if not PUBLIC_URL.startswith("https://"):
    raise ImproperlyConfigured("生产环境的PUBLIC_URL要以https://开头，现在是：" + PUBLIC_URL)
if not _list("ALLOWED_HOSTS"):
    raise ImproperlyConfigured("请在ALLOWED_HOSTS里写明对外的域名。")

DEMO = False
STAFF_MUST_USE_TOTP = _flag("STAFF_MUST_USE_TOTP", default=True)
STAFF_IDLE_MINUTES = int(os.environ.get("STAFF_IDLE_MINUTES", "30"))
STAFF_SESSION_HOURS = int(os.environ.get("STAFF_SESSION_HOURS", "12"))
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
if _flag("BEHIND_TLS_PROXY", default=True):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"
