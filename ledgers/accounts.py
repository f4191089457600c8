"""Opening accounts: a random one-time password that opens the password page and nothing else."""

from __future__ import annotations

import secrets
from typing import Final

from ledgers.models import User

# Without the letters and digits that look alike on paper: a one-time password is read out or written down.
_UPPER: Final = "ABCDEFGHJKMNPQRSTUVWXYZ"
_LOWER: Final = "abcdefghjkmnpqrstuvwxyz"
_DIGITS: Final = "23456789"


def one_time_password() -> str:
    """Four groups such as ``Kdp7-Tmw3-Qxa9-Fjk4``: three character classes, over 60 bits."""
    pattern = (_UPPER, _LOWER, _LOWER, _DIGITS)
    return "-".join("".join(secrets.choice(letters) for letters in pattern) for _ in range(4))


def give_one_time_password(account: User) -> str:
    """Set and return a one-time password; sessions of the account end with its old password."""
    password = one_time_password()
    account.set_password(password)
    account.must_change_password = True
    account.save(update_fields=["password", "must_change_password"])
    return password


def open_account(account: User) -> tuple[User, str]:
    """Save a new account with a one-time password, which is returned and kept nowhere."""
    password = one_time_password()
    account.set_password(password)
    account.must_change_password = True
    account.save()
    return account, password
