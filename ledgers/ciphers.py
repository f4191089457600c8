"""Keys made from SECRET_KEY: what is encrypted with one is read by this installation only, and for one purpose."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def cipher(purpose: str) -> MultiFernet:
    """Encrypts with the current SECRET_KEY and also reads what an earlier one (SECRET_KEY_FALLBACKS) has encrypted."""
    keys = [str(settings.SECRET_KEY), *map(str, settings.SECRET_KEY_FALLBACKS)]
    digests = (hashlib.sha256(f"{purpose}:{key}".encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
