"""The officer who hands name lists in, and a list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from ledgers.models import User
from tests.boundaries.lists import name_list

SignIn = Callable[[User], Client]


@pytest.fixture
def client(signed_in: SignIn, officer: User) -> Client:
    return signed_in(officer)


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    return name_list(tmp_path / "list.xlsx").read_bytes()
