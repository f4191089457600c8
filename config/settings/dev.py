"""The embedded product (script/server, manage.py): nothing to configure, nothing else to install.

DEBUG stays off unless DEBUG=1: an office may run on these settings.
"""

import os
import secrets

from config.settings.base import *  # noqa: F403
from config.settings.base import DEBUG, VAR_DIR, env


def _own_secret_key() -> str:
    """Each installation makes its own key once; the file is readable by its owner only."""
    path = VAR_DIR / "secret_key"
    if not path.exists():
        draft = VAR_DIR / f".secret_key.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50))
        try:
            # link() fails where rename() would replace the key of a process that was faster.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()


if env.bool("STATIC_COLLECTED", default=False) and not DEBUG:
    WHITENOISE_USE_FINDERS = False

SECRET_KEY = env.str("SECRET_KEY", default="") or _own_secret_key()
