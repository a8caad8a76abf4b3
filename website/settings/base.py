"""Settings from the environment. Nothing set: the embedded default, one process on SQLite.

``DATABASE_URL`` brings PostgreSQL, ``REDIS_URL`` the Redis channel layer and cache, with the same code.
docs/running.md lists every variable.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url

from website.settings.embedded import secret_of, sqlite_databases, take_sound_sqlite


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").strip().lower() in {
        "1",
        "true",
        "yes",
        "on",
    }


def _list(name: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


BASE_DIR = Path(__file__).resolve().parent.parent.parent
TONGKE_DATA = Path(os.environ.get("TONGKE_DATA", BASE_DIR / "var")).resolve()
TONGKE_DATA.mkdir(parents=True, exist_ok=True)

DEBUG = False
DEMO = _flag("DEMO")
PUBLIC_URL = os.environ.get("PUBLIC_URL", "http://localhost:8000").rstrip("/")
SECRET_KEY = os.environ.get("SECRET_KEY") or secret_of(TONGKE_DATA)
SECRET_KEY_FALLBACKS = _list("SECRET_KEY_FALLBACKS")
VAULT_KEYS_FILE = Path(os.environ.get("VAULT_KEYS_FILE", TONGKE_DATA / "keys" / "vault.json"))
_public_host = PUBLIC_URL.split("://", 1)[-1].split(":")[0].split("/")[0]
ALLOWED_HOSTS = _list("ALLOWED_HOSTS") or [_public_host, "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SOCKET_ORIGINS = [PUBLIC_URL, *_list("SOCKET_ORIGINS")]

INSTALLED_APPS = [
    "website",
    "training",
    "studios",
    "courses",
    "community",
    "wagtail.contrib.redirects",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "channels",
    "csp",
    "django_tasks",
    "django_tasks_db",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "website.middleware.OneHostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "website.public_cache.PublicCacheMiddleware",
    "website.middleware.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "website.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "community.http.BrowserMiddleware",
    "website.gates.ConsentMiddleware",
    "website.gates.StaffMiddleware",
    "community.http.RefusalMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

ROOT_URLCONF = "website.urls"
WSGI_APPLICATION = "website.wsgi.application"
ASGI_APPLICATION = "website.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "website" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "website.context.frame",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# ── Data ───────────────────────────────────────────────────────────────────────────────────────────
DATABASE_URL = os.environ.get("DATABASE_URL", "")
REDIS_URL = os.environ.get("REDIS_URL", "")
SQLITE_WAL_IS_SAFE = take_sound_sqlite()
if DATABASE_URL:
    _postgres = dj_database_url.parse(DATABASE_URL, conn_max_age=0)
    _postgres["CONN_HEALTH_CHECKS"] = True
    _pool = {"min_size": 1, "max_size": int(os.environ.get("DATABASE_POOL", "8")), "timeout": 10}
    DATABASES = {
        "default": {**_postgres, "OPTIONS": {"pool": _pool}},
        # Exports read one instant on connections of their own.
        "snapshot": {**_postgres, "OPTIONS": {}},
    }
else:
    DATABASES = sqlite_databases(TONGKE_DATA, wal=SQLITE_WAL_IS_SAFE)
# The alias that exports read through.
EXPORTS_READ_FROM = "snapshot"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CHANNEL_LAYERS: dict[str, Any]
CACHES: dict[str, Any]
if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            # redis-py 8 gives up on a quiet socket after 5 s unless told not to.
            "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None}]},
        }
    }
    CACHES = {"default": {"BACKEND": "website.redis_cache.RedisCache", "LOCATION": REDIS_URL}}
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": "tongke",
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    }
# Drawn pages and parts of pages, named by all that they depend on: each process keeps its own.
CACHES["template_fragments"] = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "fragments",
    "OPTIONS": {"MAX_ENTRIES": 2_000},
}
# How long a public page may be older than the facts; publishing purges at once. 0 keeps nothing.
PUBLIC_PAGE_SECONDS = 60
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}

MEDIA_ROOT = TONGKE_DATA / "media"
MEDIA_URL = "/media/"
STATIC_URL = "/static/"
STATIC_ROOT = TONGKE_DATA / "static"
STATICFILES_DIRS = [BASE_DIR / "website" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Certificates, rosters, exports, archives: never below MEDIA, served only by views that ask the gate.
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": TONGKE_DATA / "private", "base_url": None},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000

# ── People ─────────────────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "community.Member"
AUTHENTICATION_BACKENDS = ["website.backends.MemberBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "website.passwords.LongEnough", "OPTIONS": {"min_length": 12}},
    {"NAME": "website.passwords.NotCommon"},
    {"NAME": "website.passwords.NotOnlyDigits"},
]
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk"
ACCOUNT_ADAPTER = "website.accounts.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "website.forms.LogInForm",
    "request_login_code": "website.forms.RequestCodeForm",
    "confirm_login_code": "website.forms.ConfirmCodeForm",
    "change_password": "website.forms.ChangePasswordForm",
    "set_password": "website.forms.SetPasswordForm",
    "reauthenticate": "website.forms.ReauthenticateForm",
}
MFA_ADAPTER = "website.accounts.MfaAdapter"
MFA_FORMS = {
    "authenticate": "website.forms.AuthenticateForm",
    "reauthenticate": "website.forms.MfaReauthenticateForm",
    "activate_totp": "website.forms.ActivateTotpForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "phone"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "phone", "password1*"]
# User names are lower case: looking one up is looking up a key.
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PHONE_VERIFICATION_ENABLED = False
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
# A code that goes by phone is of this form, whether it logs in or proves a number.
ACCOUNT_PHONE_VERIFICATION_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
ACCOUNT_USER_DISPLAY = "website.accounts.name_of"
# A hall of 400 behind one NAT logs in within minutes, so an address may do much; an account may not.
ACCOUNT_RATE_LIMITS = {
    "login": "1200/m/ip",
    "login_failed": "1000/h/ip,5/5m/key",
    "request_login_code": "600/m/ip,4/15m/key,12/d/key",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
    "signup": False,
}
ACTIVATION_RATE_LIMITS = {"slip": "120/m/ip,10/15m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TRUSTED_PROXIES", "0"))
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "同课"
# Clocks of telephones are half a minute wrong now and then.
MFA_TOTP_TOLERANCE = 1
STAFF_MUST_USE_TOTP = _flag("STAFF_MUST_USE_TOTP")
# How long staff may be away, and how long a session of theirs lives at most; 0 is for ever.
STAFF_IDLE_MINUTES = int(os.environ.get("STAFF_IDLE_MINUTES", "0"))
STAFF_SESSION_HOURS = int(os.environ.get("STAFF_SESSION_HOURS", "0"))
ACTIVATION_SLIP_DAYS = 30

# ── Words, times, messages ─────────────────────────────────────────────────────────────────────────
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "website" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
SMS_BACKEND = os.environ.get("SMS_BACKEND", "community.sms.OutboxSms")
SMS_GATEWAY_URL = os.environ.get("SMS_GATEWAY_URL", "")
SMS_GATEWAY_TOKEN = os.environ.get("SMS_GATEWAY_TOKEN", "")
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

# ── Training ───────────────────────────────────────────────────────────────────────────────────────
PROVINCE_CODE = os.environ.get("PROVINCE_CODE", "510000")
CERTIFICATE_PREFIX = os.environ.get("CERTIFICATE_PREFIX", "SC")
CERTIFICATE_ISSUER = os.environ.get("CERTIFICATE_ISSUER", "四川省教育厅")
CERTIFICATE_FONT_DIRS = [Path(part) for part in _list("CERTIFICATE_FONT_DIRS")]

# ── Wagtail: provincial editors only, and nothing that calls outside ───────────────────────────────
WAGTAIL_SITE_NAME = "同课"
WAGTAILADMIN_BASE_URL = PUBLIC_URL
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAILEMBEDS_FINDERS: list[dict[str, str]] = []
WAGTAIL_I18N_ENABLED = False
WAGTAILADMIN_PERMITTED_LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
WAGTAILADMIN_LOGIN_URL = "account_login"
WAGTAIL_FRONTEND_LOGIN_URL = "/accounts/login/"
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILIMAGES_IMAGE_MODEL = "community.Picture"
WAGTAILDOCS_DOCUMENT_MODEL = "community.Material"
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_EXTENSIONS = ["pdf", "docx", "xlsx", "pptx", "txt", "csv", "zip"]
WAGTAILDOCS_INLINE_CONTENT_TYPES: list[str] = []
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
WAGTAILIMAGES_EXTENSIONS = ["jpg", "jpeg", "png", "webp"]
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}

# ── Browsers ───────────────────────────────────────────────────────────────────────────────────────
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "media-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "website.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL", "INFO")},
    "loggers": {"django_tasks": {"level": "WARNING"}, "fontTools": {"level": "WARNING"}},
}
