"""A statement that takes too long is given up: a page says so with its number, and nobody else waits."""

from __future__ import annotations

import logging
from collections.abc import Callable

import psycopg
import pytest
from django.db import connection
from django.test import Client

from ledgers.models import User
from nonpublic.models import Enterprise
from tests.conftest import Units
from tests.core.factories import enterprise
from tests.core.test_views import filled, hidden

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="is about PostgreSQL's statement_timeout"),
]


def test_who_waits_too_long_gets_a_page_with_a_number_and_can_try_again(
    signed_in: Callable[[User], Client], officer: User, units: Units, caplog: pytest.LogCaptureFixture
) -> None:
    record = enterprise(units.village, 1, staff=5)
    client = signed_in(officer)
    client.raise_request_exception = False
    edit = f"{record.get_absolute_url()}edit/"
    data = filled(units, row_version=hidden(client.get(edit), "row_version"), staff="9")
    parameters = {
        key: value
        for key, value in connection.get_connection_params().items()
        if key in ("dbname", "host", "port", "user", "password")
    }
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 300")
    try:
        with psycopg.connect(**parameters) as holder:
            holder.execute("SELECT 1 FROM nonpublic_enterprise FOR UPDATE")
            with caplog.at_level(logging.ERROR):
                answer = client.post(edit, data)
            # Reading goes on meanwhile.
            assert client.get(record.get_absolute_url()).status_code == 200
            holder.rollback()
        assert answer.status_code == 500
        assert answer["X-Request-Id"] in answer.content.decode()
        assert "QueryCanceled" in caplog.text
        assert list(Enterprise.objects.values_list("staff", "row_version")) == [(5, 1)]
        assert client.post(edit, data).status_code == 302
    finally:
        connection.close()
