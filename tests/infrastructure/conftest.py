"""Servers that a module's tests stop, empty and kill: no other module shares them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests import servers, template


@pytest.fixture(scope="module")
def redis() -> Iterator[servers.Redis]:
    with servers.redis_server() as server:
        yield server


@pytest.fixture(scope="module")
def database_url(request: pytest.FixtureRequest, postgres_cluster: str) -> Iterator[str]:
    """A PostgreSQL database with all tables and no rows."""
    name = request.module.__name__.rpartition(".")[2]
    with servers.database(postgres_cluster, f"{name}_{os.getpid()}", template.POSTGRES) as url:
        yield url
