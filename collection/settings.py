"""One settings file; every knob comes from the environment (.env), with an embedded default that needs no server."""

import os
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from collection.beat import SCHEDULE
from collection.keys import database_url, optional_secret, redis_url, secret

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

VERSION = "0.1.0"
VAR_DIR = Path(env.str("VAR_DIR", str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

# PRODUCTION means: served over HTTPS behind a proxy, secrets given, not made up.
PRODUCTION = env.bool("PRODUCTION", False)
DEBUG = env.bool("DEBUG", False)
if PRODUCTION and DEBUG:  # a debug page shows debtors' data and keys to whoever meets an error
    raise ImproperlyConfigured("PRODUCTION and DEBUG exclude each other: take DEBUG out of the environment or .env.")

SECRET_KEY = secret("SECRET_KEY", keep_in=VAR_DIR / "secrets", may_create=not PRODUCTION)
# Personal data at rest: one key encrypts, another one makes values findable (CR-46). Never derived from SECRET_KEY.
FIELD_KEY = secret("FIELD_KEY", keep_in=VAR_DIR / "secrets", may_create=not PRODUCTION)
INDEX_KEY = secret("INDEX_KEY", keep_in=VAR_DIR / "secrets", may_create=not PRODUCTION)

ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS", default=[]), "localhost", "127.0.0.1", "[::1]"]  # health checks ask by address
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "csp",
    "collection.lib",
    "operations",
    "audit",
    "staff",
    "duties",
    "cases",
    "compliance",
    "assignment",
    "calls",
    "letters",
    "penalties",
    "figures",
    "workbench",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "audit.middleware.OriginMiddleware",
    "staff.middleware.SignedInMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "collection.urls"
WSGI_APPLICATION = "collection.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "workbench.context.shell",
            ],
        },
    }
]

# --- Database: SQLite in WAL with immediate transactions, or DATABASE_URL -----------------------------------------------

DATABASES = {"default": env.db_url_config(database_url() or f"sqlite:///{VAR_DIR / 'desk.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",  # readers never upgrade to writers, so "database is locked" cannot happen mid-way
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA temp_store=MEMORY;PRAGMA cache_size=-20000;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", 60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True  # PgBouncer in transaction mode
# Whether PostgreSQL keeps the plans of the desk's statements for the life of a connection: not worth it, and behind PgBouncer in transaction
# mode not possible, for a connection of one request.
PREPARE_ON_SERVER = DATABASES["default"].get("CONN_MAX_AGE", 0) > 0
if PREPARE_ON_SERVER:
    # They are asked by key, so one plan serves all values; PostgreSQL would go on weighing a new one at each asking. And none of them runs so
    # long that compiling it pays: the queue of a million cases took 20 ms and its compilation 675 ms.
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c plan_cache_mode=force_generic_plan -c jit=off"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Celery: a SQLite file as broker, or REDIS_URL --------------------------------------------------------------------------

REDIS_URL = redis_url()
CELERY_BROKER_URL = REDIS_URL or f"sqla+sqlite:///{VAR_DIR / 'broker.sqlite3'}"
# A killed worker's message returns after the visibility time-out; no task may run longer than that.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600} if REDIS_URL else {"connect_args": {"timeout": 30}}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = bool(REDIS_URL)
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 3000
CELERY_TASK_SOFT_TIME_LIMIT = 2940
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "urgent"
CELERY_TASK_ROUTES = {
    "cases.tasks.*": {"queue": "bulk"},
    "assignment.tasks.*": {"queue": "bulk"},
    "letters.tasks.*": {"queue": "bulk"},
    "staff.tasks.make_exports": {"queue": "bulk"},
    "figures.tasks.*": {"queue": "bulk"},
}
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BEAT_SCHEDULE = SCHEDULE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")

# --- People and sessions --------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "staff.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "staff.backends.RoleBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ["username", "name"]}},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "staff:sign-in"
LOGIN_REDIRECT_URL = "workbench:home"
LOGOUT_REDIRECT_URL = "staff:sign-in"
SESSION_ENGINE = "staff.sessions"
SESSION_COOKIE_AGE = env.int("SESSION_HOURS", 10) * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False  # the pages' own modules read it to send X-CSRFToken
AXES_FAILURE_LIMIT = env.int("SIGN_IN_FAILURES", 5)
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "staff.views.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# --- Language, time, money ------------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = ["collection.formats"]
USE_THOUSAND_SEPARATOR = False  # the money and number filters do it, ids must not

# --- Files ----------------------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "collection.finders.PackageFinder",
]
WHITENOISE_USE_FINDERS = not PRODUCTION
if not PRODUCTION:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # it stays empty: the finders serve
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "collection.storage.HashedStaticFiles" if PRODUCTION else "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(VAR_DIR / "media")))  # never served directly: views check who asks
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_MB", 100) * 1024 * 1024

# --- Browser security -----------------------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-sid"
    CSRF_COOKIE_SECURE = True
    CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_FAILURE_VIEW = "workbench.errors.csrf_failed"
# How many proxies of ours stand in front: the client's address is that many from the right of X-Forwarded-For.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 1 if PRODUCTION else 0)
AXES_CLIENT_IP_CALLABLE = "audit.middleware.client_address"

# --- API ------------------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["collection.lib.api.Json"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "collection.lib.api.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "collection.lib.api.answer_refusal",
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Collection back-office API",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
}

# --- Mail: behind a setting; without it notices stay in the inbox ------------------------------------------------------------------

EMAIL_CONFIG = env.email("EMAIL_URL", "consolemail://")
vars().update(EMAIL_CONFIG)
SEND_MAIL = env.bool("SEND_MAIL", False)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "desk@localhost")
SITE_URL = env.str("SITE_URL", "http://127.0.0.1:8000")

# A case that its holder did not work for so many days comes up in the queue as not worked lately.
UNTOUCHED_DAYS = env.int("UNTOUCHED_DAYS", 3)

AGENCY_NAME = env.str("AGENCY_NAME", "示例资产管理有限公司")
# What letters and their envelopes carry besides the name; left empty, they carry the name only.
AGENCY_ADDRESS = env.str("AGENCY_ADDRESS", "")
AGENCY_PHONE = env.str("AGENCY_PHONE", "")
# Letters of which the carrier said nothing for so many days are asked after.
LETTERS_ASK_AFTER_DAYS = env.int("LETTERS_ASK_AFTER_DAYS", 15)
# How many letters of a print run are drawn at once, each in a process of its own of up to 300 MB.
PRINT_CHILDREN = max(1, env.int("PRINT_CHILDREN", min(4, os.cpu_count() or 1)))

# --- Dialling (docs/dialling.md): desk_phone, sip, or cti for a telephone system ------------------------------------------------------

DIALLING = env.str("DIALLING", "desk_phone")
SIP_DOMAIN = env.str("SIP_DOMAIN", "")
PBX_URL = env.str("PBX_URL", "")
PBX_SECRET = optional_secret("PBX_SECRET")
PBX_TIMEOUT = env.float("PBX_TIMEOUT", 5.0)
# The outbound numbers that are registered for the agency (CR-08); a call from another one is an issue. Empty: not checked.
PBX_LINES = env.list("PBX_LINES", default=[])

# --- The morning digest (docs/operations.md) -------------------------------------------------------------------------------------

# When it goes out on working days, by the agency's clock.
DIGEST_TIME = env.str("DIGEST_TIME", "08:30")
# The only hosts that robots may post to, by https, at public addresses.
DIGEST_HOSTS = env.list("DIGEST_HOSTS", default=["qyapi.weixin.qq.com", "oapi.dingtalk.com"])
# Hosts of our own network that may have a private address, as "relay.intern" or, without encryption on this machine only, "127.0.0.1:8090".
DIGEST_PRIVATE_HOSTS = env.list("DIGEST_PRIVATE_HOSTS", default=[])
DIGEST_TIMEOUT = env.float("DIGEST_TIMEOUT", 5.0)

# --- Logs: one line an event, to standard output --------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {"axes": {"level": "WARNING"}},  # sign-ins are kept in its own table
}
