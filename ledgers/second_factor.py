"""The second factor at sign-in: six digits from an app on the telephone (TOTP, RFC 6238), or a recovery code.

Tables, codes and their generation are django-allauth's (``allauth.mfa``). Which codes have been used is kept in the
database here: allauth keeps it in the cache, and processes that each have a cache of their own would take one twice.
"""

from __future__ import annotations

import base64
import io
import logging
from typing import Final

import qrcode
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from cryptography.fernet import InvalidToken
from django.db import transaction
from django.utils import timezone

from ledgers.access import Role
from ledgers.ciphers import cipher
from ledgers.models import User

logger = logging.getLogger(__name__)

#: Roles that cannot work without a second factor: who opens accounts could open any door.
REQUIRED_OF: Final = frozenset({Role.ADMIN})
_COUNTER: Final = "last_counter"
_PURPOSE: Final = "ledgers.second_factor"


class Adapter(DefaultMFAAdapter):
    """Keeps secrets encrypted with a key made from SECRET_KEY, so that a copy of the database opens nothing."""

    def encrypt(self, text: str) -> str:
        return cipher(_PURPOSE).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return cipher(_PURPOSE).decrypt(encrypted_text.encode()).decode()


def is_on(account: User) -> bool:
    return Authenticator.objects.filter(user=account, type=Authenticator.Type.TOTP).exists()


def is_missing(account: User) -> bool:
    """Whether the account's role asks for a second factor that has not been set up."""
    return account.role in REQUIRED_OF and not is_on(account)


# --- Setting up ---------------------------------------------------------------------------------------------


def new_secret() -> str:
    """A key for an authenticator app, encrypted: it waits in the session until a code proves that it arrived."""
    return Adapter().encrypt(generate_totp_secret())


def shown_secret(encrypted: str) -> str:
    """The key as people type it, in groups of four letters; empty when it cannot be read any more."""
    try:
        secret = Adapter().decrypt(encrypted)
    except InvalidToken:
        return ""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def qr_code(account: User, encrypted: str) -> str:
    """A data: address of the picture that an authenticator app reads."""
    adapter = Adapter()
    picture = io.BytesIO()
    qrcode.make(adapter.build_totp_url(account, adapter.decrypt(encrypted)), box_size=6, border=2).save(
        picture
    )
    return f"data:image/png;base64,{base64.b64encode(picture.getvalue()).decode()}"


@transaction.atomic
def turn_on(account: User, encrypted: str, code: str) -> list[str] | None:
    """Begin to ask ``account`` for codes; returns the recovery codes, or None when ``code`` is not of that key."""
    counter = _counter_of(Adapter().decrypt(encrypted), code)
    # The second of two clicks waits for the first, and finds it done.
    User.objects.select_for_update(of=("self",)).get(pk=account.pk)
    if counter is None or is_on(account):
        return None
    Authenticator.objects.create(
        user=account, type=Authenticator.Type.TOTP, data={"secret": encrypted, _COUNTER: counter}
    )
    return new_recovery_codes(account)


@transaction.atomic
def new_recovery_codes(account: User) -> list[str]:
    """Ten codes that open the account once each; all earlier ones are void."""
    Authenticator.objects.filter(user=account, type=Authenticator.Type.RECOVERY_CODES).delete()
    codes: list[str] = RecoveryCodes.activate(account).generate_codes()
    return codes


def turn_off(account: User) -> bool:
    """Forget the account's second factor and its recovery codes; False when there was none."""
    forgotten, _ = Authenticator.objects.filter(user=account).delete()
    return bool(forgotten)


def recovery_codes_left(account: User) -> int:
    row = Authenticator.objects.filter(user=account, type=Authenticator.Type.RECOVERY_CODES).first()
    try:
        return len(RecoveryCodes(row).get_unused_codes()) if row else 0
    except InvalidToken:
        return 0


# --- Confirming ---------------------------------------------------------------------------------------------


def confirm(account: User, code: str) -> bool:
    """Whether ``code`` is the app's, or a recovery code, and has never been used; from now on it has."""
    try:
        return _confirm_totp(account, code) or _confirm_recovery(account, code)
    except InvalidToken:
        logger.exception(
            "The second factor of account %s cannot be read: SECRET_KEY is not the one it was set up with. "
            "Run: manage.py reset_second_factor NAME",
            account.pk,
        )
        return False


@transaction.atomic
def _confirm_totp(account: User, code: str) -> bool:
    row = Authenticator.objects.select_for_update().filter(user=account, type=Authenticator.Type.TOTP).first()
    if row is None:
        return False
    counter = _counter_of(Adapter().decrypt(row.data["secret"]), code)
    # RFC 6238, 5.2: a code is taken once, and none that is older than one that has been taken.
    if counter is None or counter <= row.data.get(_COUNTER, 0):
        return False
    row.data[_COUNTER] = counter
    row.last_used_at = timezone.now()
    row.save(update_fields=["data", "last_used_at"])
    return True


def _confirm_recovery(account: User, code: str) -> bool:
    row = Authenticator.objects.filter(user=account, type=Authenticator.Type.RECOVERY_CODES).first()
    return bool(row and RecoveryCodes(row).validate_code(code))


def _counter_of(secret: str, code: str) -> int | None:
    """The half minute whose code it is, of those that are near; None for a wrong code."""
    for counter in yield_hotp_counters_from_time():
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, counter))):
            return counter
    return None
