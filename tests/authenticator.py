"""An authenticator app, written from RFC 6238 and not from the product: six digits for each half minute."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledgers.models import User

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
STEP_SECONDS = 30


def code(secret: str = SECRET, *, steps: int = 0) -> str:
    """The code of now, or that of so many half minutes later."""
    return _code(secret, _now() + steps)


def wrong_code(secret: str = SECRET) -> str:
    """A code that is not taken now, nor a little later."""
    near = {code(secret, steps=steps) for steps in range(-2, 4)}
    return next(text for text in map("{:06}".format, range(10)) if text not in near)


class App:
    """The app of one account, for whoever signs in several times within a minute."""

    def __init__(self, secret: str = SECRET) -> None:
        self._secret = secret
        self._last = 0

    def next_code(self) -> str:
        """A code that has not been used. The product takes the one that is next, too; for a later one this waits."""
        step = max(_now(), self._last + 1)
        while step > _now() + 1:
            time.sleep(0.5)
        self._last = step
        return _code(self._secret, step)


def set_up(user: User, secret: str = SECRET) -> list[str]:
    """Give the account this app, as if its first code had been typed long ago; returns the recovery codes."""
    from allauth.mfa.models import Authenticator

    from ledgers import second_factor

    Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, data={"secret": second_factor.Adapter().encrypt(secret)}
    )
    return second_factor.new_recovery_codes(user)


def _now() -> int:
    return int(time.time()) // STEP_SECONDS


def _code(secret: str, step: int) -> str:
    key = base64.b32decode(secret.replace(" ", ""))
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 0x0F
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"
