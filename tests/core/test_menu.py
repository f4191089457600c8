"""The menu: where what a role does is found, and which entry is marked."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from ledgers.access import Role
from ledgers.models import User
from tests.conftest import AccountFactory, Units

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def test_an_administrator_finds_the_units_in_the_menu_and_on_the_first_page(
    units: Units, account: AccountFactory, signed_in: SignIn
) -> None:
    client = signed_in(account(Role.ADMIN, units.county))
    first = client.get("/").content.decode()
    assert first.count('href="/accounts/units/"') == 2
    for path, label in (("/accounts/", "账号管理"), ("/accounts/units/", "单位管理")):
        page = client.get(path).content.decode()
        marked = re.findall(r'aria-current="page">\s*<svg.*?</svg>\s*(\S+)', page, re.DOTALL)
        assert marked == [label]
