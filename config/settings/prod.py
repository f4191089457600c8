"""Production: real servers, HTTPS, nothing guessed. See .env.example and docs/deploy.md."""

from pathlib import Path

from whitenoise.compress import Compressor

from config.errors import SettingMissing
from config.settings.base import *  # noqa: F403
from config.settings.base import BASE_DIR, CACHES, DATABASE, LOGGING, env


def _required() -> None:
    wanted = ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "CELERY_BROKER_URL")
    missing = [name for name in wanted if not env.str(name, default="")]
    if missing:
        raise SettingMissing(f"Set {', '.join(missing)} in the environment (see .env.example).")


_required()

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY")
if len(SECRET_KEY) < 50:
    raise SettingMissing("SECRET_KEY is too short: use at least 50 random characters.")
if DATABASE["ENGINE"] != "django.db.backends.postgresql":
    raise SettingMissing("Production needs PostgreSQL: set DATABASE_URL=postgres://…")

# A plain-HTTP intranet is possible, but has to be said: HTTPS=0.
HTTPS = env.bool("HTTPS", default=True)
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=HTTPS)
# Asked from within, past the proxy, by machines that follow no redirect.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=365 * 24 * 3600) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
if env.int("PROXY_COUNT", default=0):
    # Our own proxy overwrites this header, so a client cannot pretend to be on HTTPS.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "static_collected")))
WHITENOISE_USE_FINDERS = False
# Maps of sources are for developers, and larger than all the rest: packing them took half a minute of every release.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

CACHES["default"].setdefault("KEY_PREFIX", "ledgers")
LOGGING["handlers"]["stderr"]["formatter"] = "json"
