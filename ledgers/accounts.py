"""What is done to accounts: opening them, changing them, and ending their sessions, passwords and second factors.

Whatever changes what an account may do, or who can use it, ends its open sessions at once.
"""

from __future__ import annotations

import logging
import secrets
from typing import Final

from django.db import transaction

from ledgers import second_factor, signin
from ledgers.models import Action, User
from ledgers.sessions import end_sessions
from ledgers.trail.actions import record_action

logger = logging.getLogger(__name__)

#: A change of one of these ends the account's sessions.
DECISIVE: Final = ("role", "unit_id", "is_active")

# Without the letters and digits that look alike on paper: a one-time password is read out or written down.
_UPPER: Final = "ABCDEFGHJKMNPQRSTUVWXYZ"
_LOWER: Final = "abcdefghjkmnpqrstuvwxyz"
_DIGITS: Final = "23456789"


def one_time_password() -> str:
    """Four groups such as ``Kdp7-Tmw3-Qxa9-Fjk4``: three character classes, over 60 bits."""
    pattern = (_UPPER, _LOWER, _LOWER, _DIGITS)
    return "-".join("".join(secrets.choice(letters) for letters in pattern) for _ in range(4))


@transaction.atomic
def give_one_time_password(account: User, *, by: User | None = None) -> str:
    """Set and return a one-time password; the account's sessions end."""
    password = one_time_password()
    account.set_password(password)
    account.must_change_password = True
    account.save(update_fields=["password", "password_changed_at", "must_change_password"])
    end_sessions(account)
    _log("reset the password of", account, by)
    return password


@transaction.atomic
def open_account(account: User, *, by: User | None = None) -> tuple[User, str]:
    """Save a new account with a one-time password, which is returned and kept nowhere."""
    password = one_time_password()
    account.set_password(password)
    account.must_change_password = True
    account.save()
    _log("opened", account, by)
    return account, password


@transaction.atomic
def change_account(account: User, *, by: User) -> None:
    """Save a changed account; other rights, another unit or none end its sessions."""
    before = User.objects.get(pk=account.pk)
    account.save()
    if any(getattr(before, name) != getattr(account, name) for name in DECISIVE):
        end_sessions(account)
    _log("changed", account, by)


def unlock(account: User, *, by: User) -> bool:
    """Let a locked account sign in again; False when it was not locked."""
    done = signin.unlock(account.username)
    _log("unlocked", account, by)
    return done


def sign_out_everywhere(account: User, *, by: User) -> int:
    """End the account's sessions; returns how many."""
    count = end_sessions(account)
    _log("ended the sessions of", account, by)
    return count


@transaction.atomic
def reset_second_factor(account: User, *, by: User | None = None) -> bool:
    """For a lost device: the account signs in by its password alone, and sets up another. False without one."""
    done = second_factor.turn_off(account)
    end_sessions(account)
    _log("reset the second factor of", account, by)
    if by is None:
        # What is done on a page is recorded with its request; a command has none.
        record_action(Action.Kind.ACCOUNT, Action.Result.DONE, target=f"reset_second_factor {account.pk}")
    return done


def _log(action: str, account: User, by: User | None) -> None:
    logger.info("%s %s %s", by.username if by else "a command", action, account.username)
