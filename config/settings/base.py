"""Settings shared by every way of running the product. Each one that varies comes from the environment.

Embedded (script/server): SQLite, a folder as Celery's broker, everything under VAR_DIR.
Production: DATABASE_URL, CELERY_BROKER_URL and CACHE_URL name the servers; see .env.example.
"""

import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF

from config import broker, schedule
from config.errors import SettingMissing

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = environ.Env()
if env.bool("READ_DOT_ENV", default=True) and (BASE_DIR / ".env").is_file():
    env.read_env(BASE_DIR / ".env")

# Everything the product writes lives here: database, uploads, broker, logs. Copy the folder, keep the office.
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()
VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)

PRODUCT_VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]

DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "ledgers",
    "ledgers.work",
    "nonpublic",
    "ethnicity",
    "overseas",
    "religion",
    "representatives",
    "reporting",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "treebeard",
    "simple_history",
    "import_export",
    "django_tables2",
    "django_filters",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "bootstrap",
    "csp",
    "axes",
    # The second factor. Its models and its adapter are used and none of its pages: no route leads into allauth.
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "ledgers.middleware.RequestIdMiddleware",
    "ledgers.operations.requests.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "ledgers.sessions.AccountMiddleware",
    "ledgers.trail.watching.ActionLogMiddleware",
    "ledgers.duties.IdleMiddleware",
    "ledgers.duties.DutiesFirstMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ledgers.context.navigation",
            ],
            "libraries": {"heroicons": "ledgers.icons"},
        },
    }
]

# --- Language and time ----------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
TIME_ZONE = env.str("TIME_ZONE", default="Asia/Shanghai")
USE_I18N = True
USE_TZ = True

# --- Database -------------------------------------------------------------------------------------

DATABASE: dict[str, Any] = env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'data.sqlite3'}")
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    DATABASE["OPTIONS"] = {
        # Readers never wait for the writer (WAL), writers queue instead of failing half-way (IMMEDIATE).
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        **DATABASE.get("OPTIONS", {}),
    }
elif DATABASE["ENGINE"] == "django.db.backends.postgresql":
    DATABASE["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=60)
    DATABASE["CONN_HEALTH_CHECKS"] = True
    seconds = env.int("DATABASE_STATEMENT_TIMEOUT", default=60)
    DATABASE["OPTIONS"] = {
        "connect_timeout": 5,
        # Compiling a query of sixty aggregates takes PostgreSQL longer than running it does.
        "options": f"-c statement_timeout={seconds * 1000} -c idle_in_transaction_session_timeout=300000"
        " -c jit=off",
        **DATABASE.get("OPTIONS", {}),
    }
else:
    raise SettingMissing(f"DATABASE_URL names {DATABASE['ENGINE']}; use postgres:// or sqlite:///.")
DATABASES = {"default": DATABASE}

CACHES = {
    # A page of figures is remembered in some thirty entries; the three hundred of Django's default are soon full.
    "default": env.cache_url("CACHE_URL", default="locmemcache://?max_entries=3000"),
    # What changes with the program only, such as a role's menu: a new version starts with an empty one.
    "process": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "process",
        "TIMEOUT": None,
        "OPTIONS": {"MAX_ENTRIES": 1000},
    },
}

# --- Files ----------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns of a folder that is not there.
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(VAR_DIR / "media")))
# Uploads are answered by views that check who asks, never by a file server.
MEDIA_URL = ""
# Nothing that is uploaded is spooled to the disk, on any page: it might be a name list (ledgers/uploads.py).
FILE_UPLOAD_HANDLERS = ["ledgers.uploads.MemoryUploadHandler"]
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
# The largest workbook that is accepted. A reverse proxy in front should refuse bigger bodies earlier.
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_MEGABYTES", default=20) * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

# --- Quarterly returns ----------------------------------------------------------------------------

# A return is due so many days after the end of its quarter …
RETURN_DUE_DAYS = env.int("RETURN_DUE_DAYS", default=10)
# … or on the day that the office has set for the quarter: RETURN_DUE_DATES=2026Q1=2026-04-20,2026Q3=2026-10-15
try:
    RETURN_DUE_DATES = {
        quarter: date.fromisoformat(day) for quarter, day in env.dict("RETURN_DUE_DATES", default={}).items()
    }
except ValueError:
    raise SettingMissing("RETURN_DUE_DATES is written 2026Q1=2026-04-20,2026Q3=2026-10-15.") from None
if RETURN_DUE_DAYS < 0:
    raise SettingMissing("RETURN_DUE_DAYS is a number of days, 0 or more.")

# --- Figures --------------------------------------------------------------------------------------

# For how long dashboards remember what took long to work out; a change of a record is seen at once all the same.
FIGURES_KEPT_SECONDS = env.int("FIGURES_KEPT_SECONDS", default=300)

# --- Accounts and sign-in (GB/T 22239-2019 8.1.4.1, level 2) --------------------------------------

AUTH_USER_MODEL = "ledgers.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "ledgers.passwords.LengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "ledgers.passwords.CharacterClassesValidator", "OPTIONS": {"classes": 3}},
    {"NAME": "ledgers.passwords.SimilarityValidator", "OPTIONS": {"user_attributes": ("username", "name")}},
    {"NAME": "ledgers.passwords.CommonValidator"},
    {"NAME": "ledgers.passwords.ReuseValidator", "OPTIONS": {"last": 5}},
]
# Days until a password has to be changed; 0 for never. The home page says so a week before.
PASSWORD_MAX_AGE_DAYS = env.int("PASSWORD_MAX_AGE_DAYS", default=90)
if PASSWORD_MAX_AGE_DAYS < 0:
    raise SettingMissing("PASSWORD_MAX_AGE_DAYS is a number of days, or 0 for never.")

# Signed out after 30 idle minutes: ledgers.duties.IdleMiddleware renews the session for whatever a person asks.
SESSION_ENGINE = "ledgers.sessions"
SESSION_COOKIE_AGE = env.int("SESSION_IDLE_MINUTES", default=30) * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "ledgers.views.errors.csrf_failure"

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=30)
# By account and address together: a whole office behind one address is not locked out by one guesser.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "ledgers.signin.client_address"
AXES_LOCKOUT_CALLABLE = "ledgers.signin.locked_page"
# Trying on while locked does not prolong the lock: the page says when it ends, and that stays true.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
# Of what a failed sign-in has sent, these are stored as stars: the code of a second factor is one, too, and what rides
# along from a form that was not saved (ledgers.unsaved).
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code", "csrfmiddlewaretoken", "_carried", "_typed_by"]
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# How many proxies of ours append to X-Forwarded-For. With 0 the header is ignored: anyone can send it.
PROXY_COUNT = env.int("PROXY_COUNT", default=0)

MFA_ADAPTER = "ledgers.second_factor.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "统战工作台账"
# Clocks of telephones and servers differ: the code before and the code after are taken, too, each of them once.
MFA_TOTP_TOLERANCE = 1
# Accounts are opened by an administrator, with a name and without e-mail.
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"

# --- Headers --------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
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

# --- Libraries ------------------------------------------------------------------------------------

FORM_RENDERER = "ledgers.rendering.FormRenderer"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_CLASS_CONVERTERS = {"unitselect": "select"}
IMPORT_EXPORT_USE_TRANSACTIONS = True
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = False  # Our exporter writes text cells, which no program evaluates.
SIMPLE_HISTORY_REVERT_DISABLED = True
# See ledgers.models.records.History.
SIMPLE_HISTORY_DATE_INDEX = False
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True
# Served straight from the installed packages; production overrides this with collected, hashed files.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# --- Background work ------------------------------------------------------------------------------

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=f"{broker.SCHEME}://")
if CELERY_BROKER_URL.startswith(f"{broker.SCHEME}:"):
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = dict(broker.prepare(VAR_DIR / "broker"))
    # Remote control would leave a file per worker and question in the folder, and nobody asks.
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        # A page that starts a job answers within two seconds although the broker is down, or accepts and then
        # says nothing; the sweeper sends the job later.
        "socket_connect_timeout": 1,
        "socket_timeout": 1.2,
        "max_retries": 0,
        "visibility_timeout": 3600,
    }
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # A worker waits for its broker as long as it takes.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_DEFAULT_QUEUE = "ledgers"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = env.int("JOB_TIME_LIMIT_MINUTES", default=30) * 60
# A worker renews its lease on a job four times in so many seconds; one that does not is dead, and another takes over.
JOB_STALLED_SECONDS = env.int("JOB_STALLED_SECONDS", default=60)
if JOB_STALLED_SECONDS < 1:
    raise SettingMissing("JOB_STALLED_SECONDS is a number of seconds, 1 or more.")
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = schedule.tasks(sweep_seconds=env.int("SWEEP_SECONDS", default=30))

# --- Imports ---------------------------------------------------------------------------------------

# Days until a workbook that somebody has handed over and not confirmed is given up and its file removed.
IMPORT_PREVIEW_DAYS = env.int("IMPORT_PREVIEW_DAYS", default=7)
if IMPORT_PREVIEW_DAYS < 1:
    raise SettingMissing("IMPORT_PREVIEW_DAYS is a number of days, 1 or more.")

# --- Backup ---------------------------------------------------------------------------------------

# Where each day's backup goes; empty for none. Copy it to another machine: this one's disk may be what fails.
BACKUP_DIR = env.str("BACKUP_DIR", default=str(VAR_DIR / "backups"))
# From this hour on, local time; when the machine is off then, as soon as it is on.
BACKUP_HOUR = env.int("BACKUP_HOUR", default=2)
if not 0 <= BACKUP_HOUR <= 23:
    raise SettingMissing("BACKUP_HOUR is an hour from 0 to 23.")
# Of how many days, weeks and months the last backup is kept.
try:
    BACKUP_KEEP = tuple(int(number) for number in env.str("BACKUP_KEEP", default="7,4,6").split(","))
    if len(BACKUP_KEEP) != 3 or BACKUP_KEEP[0] < 1 or min(BACKUP_KEEP) < 0:
        raise ValueError
except ValueError:
    raise SettingMissing("BACKUP_KEEP is written days,weeks,months: 7,4,6; at least one day.") from None

# --- Personal data --------------------------------------------------------------------------------

# Months after the end of the last public post until a representative's record is made anonymous.
REPRESENTATIVE_RETENTION_MONTHS = env.int("REPRESENTATIVE_RETENTION_MONTHS", default=12)
if REPRESENTATIVE_RETENTION_MONTHS < 0:
    raise SettingMissing("REPRESENTATIVE_RETENTION_MONTHS is a number of months, 0 or more.")

# --- Record of what users do -----------------------------------------------------------------------

# GB/T 22239-2019 8.1.4.3: kept for no less than half a year.
ACTION_LOG_LEAST_DAYS = 180
ACTION_LOG_DAYS = env.int("ACTION_LOG_DAYS", default=400)
if ACTION_LOG_DAYS < ACTION_LOG_LEAST_DAYS:
    raise SettingMissing(f"ACTION_LOG_DAYS is a number of days, {ACTION_LOG_LEAST_DAYS} or more.")

# --- Watching -------------------------------------------------------------------------------------

# What Prometheus has to send as its bearer token to be shown /metrics; without one there is no such page.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
if METRICS_TOKEN and len(METRICS_TOKEN) < 20:
    raise SettingMissing("METRICS_TOKEN is too short: use at least 20 random characters, or none.")

# --- Log ------------------------------------------------------------------------------------------

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "config.logs.LineFormatter"},
        "json": {"()": "config.logs.JsonFormatter"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        # Their own handlers would write every line twice.
        "django": {"level": "INFO", "propagate": True, "handlers": []},
        "django.server": {"level": "INFO", "propagate": True, "handlers": []},
        "fontTools": {"level": "ERROR"},
        "weasyprint": {"level": "ERROR"},
    },
}
