"""Settings of the test suite: like the embedded product, with a cheap password hash and no lingering state.

DATABASE_URL and CELERY_BROKER_URL choose the servers, so that the same tests run on SQLite and PostgreSQL.
"""

import atexit
import os
import shutil
import tempfile

# A throw-away folder and no .env, so that no test ever touches the office's own data or servers.
os.environ["READ_DOT_ENV"] = "0"
if "VAR_DIR" not in os.environ:
    os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="ledgers-test-")
    atexit.register(shutil.rmtree, os.environ["VAR_DIR"], ignore_errors=True)

from config.settings.base import *  # noqa: F403

SECRET_KEY = "only-for-tests-and-never-deployed-3f9c1b7e5d"  # noqa: S105
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Tests force users in; those that try the lock itself switch it on.
AXES_ENABLED = False
# Tests write past the history, which tells when a figure is out of date.
FIGURES_KEPT_SECONDS = 0
