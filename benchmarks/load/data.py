"""A county as large as the load benchmark asks: its units, its accounts, and rows written by the database itself."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

TOWNSHIPS, VILLAGES = 10, 20
ENTERPRISES, ACTIVITIES = 100_000, 1_000_000
#: Who works at the same time, out of ten: one in the county, four in the townships, five in the villages.
MIX = ("county", *("township", "village") * 4, "village")

#: Seconds between two pages of one user: somebody reads, decides, types.
PAUSE = (3.0, 9.0)


@dataclass(frozen=True)
class Account:
    """A signed-in account: ``session`` is its cookie, ``village`` the key of a unit it can filter by."""

    session: str
    level: str
    village: int


def fill(scale: float) -> tuple[int, int]:
    """Plant the units and write enterprises and activities, each with its history row; returns how many."""
    from django.db import connection

    from ledgers.models import OrgUnit
    from ledgers.work.models import Activity
    from nonpublic.models import Enterprise

    enterprises, activities = round(ENTERPRISES * scale), round(ACTIVITIES * scale)
    county = OrgUnit.objects.create_under(None, code="330281000000", name="清江县", level="county")
    villages = [village.pk for township in _townships(county) for village in _villages(township)]
    with connection.cursor() as cursor:
        _insert(cursor, Enterprise, _ENTERPRISE, villages, enterprises)
        _insert(cursor, Activity, _ACTIVITY, villages, activities)
        # As autovacuum has done in an office that has worked for a year.
        cursor.execute("VACUUM ANALYZE")
    return enterprises, activities


def accounts(count: int) -> list[Account]:
    """Accounts of the mix, each with a session of its own."""
    from django.conf import settings
    from django.test import Client

    from ledgers.access import Role
    from ledgers.models import OrgUnit, User

    levels = {level: cycle(OrgUnit.objects.filter(level=level)) for level in set(MIX)}
    found = []
    for number, level in enumerate(islice(cycle(MIX), count)):
        unit = next(levels[level])
        user = User.objects.create_user(
            f"user{number}",
            secrets.token_urlsafe(12),
            name=f"用户{number}",
            unit=unit,
            role=Role.CLERK if level == "village" else Role.OFFICER,
        )
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        village = OrgUnit.objects.subtree(unit).filter(level="village").first()
        assert village is not None
        found.append(Account(client.cookies[settings.SESSION_COOKIE_NAME].value, level, village.pk))
    return found


def _townships(county: Any) -> Iterator[Any]:
    for number in range(1, TOWNSHIPS + 1):
        code = f"3302811{number:02d}000"
        yield type(county).objects.create_under(county, code=code, name=f"示例{number}镇", level="township")


def _villages(township: Any) -> Iterator[Any]:
    for number in range(201, 201 + VILLAGES):
        code = f"{township.code[:9]}{number}"
        yield type(township).objects.create_under(
            township, code=code, name=f"{township.name}{number}村", level="village"
        )


#: A value for each column, by the number of the row (n); what is not named here takes the field's default.
_ENTERPRISE = {
    "name": "'示例' || lpad(n::text, 7, '0') || '有限公司'",
    "credit_code": "'91330281' || lpad(n::text, 10, '0')",
    "sector": "chr(65 + n % 20)",
    "registered_capital": "n % 5000",
    "staff": "n % 300",
    "founded_on": "date '2001-01-01' + n % 9000",
    "chamber_member": "n % 5 = 0",
}
_ACTIVITY = {
    "kind": "(array['meeting', 'study', 'training', 'publicity', 'visit', 'exchange', 'unity'])[1 + n % 7]",
    "title": "'第' || lpad(n::text, 8, '0') || '次走访联系'",
    # Some years of work, the most recent one written last.
    "held_on": "current_date - ((%(rows)s - n) * 1500::bigint / %(rows)s)::int",
    "attendance": "n % 90",
    "expense": "n % 700",
    "outcome": "'现场解决具体问题' || n % 17 || '件，其余已列入清单，由责任单位限期答复。'",
}


def _insert(cursor: Any, model: Any, values: dict[str, str], villages: list[int], rows: int) -> None:
    """One INSERT … SELECT for the rows, one for their history: no row passes through Python."""
    expressions = {
        # The numbers are spread so that each village has rows of every age and kind.
        "unit_id": "(%(villages)s::bigint[])[1 + (n * 7919::bigint %% %(count)s)::int]",
        "row_version": "1",
        "created_at": "now()",
        "updated_at": "now()",
        **{name: sql.replace(" % ", " %% ") for name, sql in values.items()},
    }
    defaults: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.attname not in expressions and not field.primary_key:
            expressions[field.attname] = f"%({field.attname})s"
            defaults[field.attname] = field.get_default()
    names = ", ".join(f'"{name}"' for name in expressions)
    table, history = model._meta.db_table, model.history.model._meta
    given = {"villages": villages, "count": len(villages), "rows": rows, **defaults}
    cursor.execute(
        f'INSERT INTO "{table}" ({names}) SELECT {", ".join(expressions.values())}'
        " FROM generate_series(1, %(rows)s) AS n",
        given,
    )
    own = ", ".join(f'"{field.attname}"' for field in model._meta.concrete_fields)
    cursor.execute(
        f'INSERT INTO "{history.db_table}" ({own}, history_date, history_type, request_id)'
        f" SELECT {own}, now(), '+', '' FROM \"{table}\" ORDER BY id"
    )
