"""Databases that are migrated once and copied then: migrating an empty one takes a quarter of a minute.

script/test has one made on PostgreSQL and one on SQLite while it checks the style, and names them in the environment:

    TEST_POSTGRES_TEMPLATE=NAME TEST_SQLITE_TEMPLATE=FILE python -m tests.template

Without them, as when pytest is called by hand, everything is migrated where it is needed.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
from django.db import connections
from django.db.backends.signals import connection_created

#: A database in the cluster of TEST_POSTGRES_URL.
POSTGRES = os.environ.get("TEST_POSTGRES_TEMPLATE", "")
#: A file.
SQLITE = os.environ.get("TEST_SQLITE_TEMPLATE", "")


def use_for_tests() -> None:
    """Let pytest's own database begin as a copy. Django migrates it all the same, which is then soon done."""
    connection = connections["default"]
    if connection.vendor == "postgresql" and POSTGRES:
        connection.settings_dict["TEST"]["TEMPLATE"] = POSTGRES
    if connection.vendor == "sqlite" and SQLITE:
        connection_created.connect(_fill)


def _fill(connection: Any, **_: Any) -> None:
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        # Each thread connects anew to the one database in memory.
        (tables,) = connection.connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not tables:
            source = sqlite3.connect(SQLITE)
            source.backup(connection.connection)
            source.close()


def copy_to(var: Path) -> None:
    """Put a migrated database where script/server looks for its own."""
    if SQLITE:
        var.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(SQLITE, var / "data.sqlite3")
        (var / "data.sqlite3").chmod(0o600)


def main() -> int:
    """Make both at once."""
    cluster = os.environ["TEST_POSTGRES_URL"]
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{POSTGRES}"')
    migrations = [
        subprocess.Popen(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            env={**os.environ, "DATABASE_URL": url},
        )
        for url in (f"{cluster.rpartition('/')[0]}/{POSTGRES}", f"sqlite:///{SQLITE}")
    ]
    return max(abs(each.wait()) for each in migrations)


if __name__ == "__main__":
    sys.exit(main())
