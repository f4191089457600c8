"""Records that many tests share: written once, in a transaction that lasts longer than each of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction


@contextmanager
def lasting(django_db_blocker: Any) -> Iterator[None]:
    """What is written within stays for many tests; each runs in a savepoint and is rolled back to it.

    For a fixture of a module or package that asks for ``django_db_setup``, too.
    """
    with django_db_blocker.unblock():
        held: Any = transaction.atomic()
        # As TestCase marks its own: what has to be an outermost transaction is content with this one.
        held._from_testcase = True
        with held:
            yield
            transaction.set_rollback(True)
