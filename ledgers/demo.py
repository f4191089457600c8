"""A fictional county to try the product with: units, accounts, and records from every ledger's own samples.

The same seed, scale and day give the same records. Nothing here is about a real place or person: the division codes
are those of the example files, the names are made up.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from ledgers.access import Role
from ledgers.accounts import open_account
from ledgers.history import CREATED, record_bulk_history
from ledgers.models import OrgUnit, Record, User
from ledgers.registry import SampleContext, ledgers

SEED = 9704
YEARS = 3
BATCH = 2000

COUNTY = ("330281000000", "东江县（示例）")
# Village codes count up from …201.
TOWNSHIPS = (
    (
        "330281101000",
        "东山镇",
        (
            "上河村",
            "下河村",
            "新桥村",
            "石门社区",
            "竹溪村",
            "柏树村",
            "茶园村",
            "渡口村",
            "南塘村",
            "北岭村",
            "云桥村",
            "望湖社区",
        ),
    ),
    ("330281102000", "西岭乡", ("柳湾村", "松岩村", "枫林村")),
)
# (account, name, division code of the unit, role)
ACCOUNTS = (
    ("county", "县统战部干事（演示）", "330281000000", Role.OFFICER),
    ("officer", "东山镇统战干事（演示）", "330281101000", Role.OFFICER),
    ("leader", "东山镇分管领导（演示）", "330281101000", Role.LEADER),
    ("clerk", "上河村填报员（演示）", "330281101201", Role.CLERK),
    ("admin", "系统管理员（演示）", "330281000000", Role.ADMIN),
    ("auditor", "审计员（演示）", "330281000000", Role.AUDITOR),
)


class UnitsExist(Exception):
    """There are units already: demo data must not be mixed into an office's own."""


@dataclass(frozen=True)
class DemoAccount:
    account: str
    name: str
    unit: str
    role: str
    password: str


@dataclass(frozen=True)
class Demo:
    units: int
    records: dict[str, int]
    accounts: list[DemoAccount]


@transaction.atomic
def seed_demo(*, scale: int = 1, accounts: bool = True) -> Demo:
    """Fill an empty installation; ``scale`` multiplies the number of records. Raises UnitsExist."""
    if OrgUnit.objects.exists():
        raise UnitsExist("系统中已有单位，没有写入演示数据。请在空的数据库上运行。")
    townships = _plant_units()
    today = timezone.localdate()
    counts = dict.fromkeys((ledger.slug for ledger in ledgers), 0)
    for township in townships:
        for slug, count in _fill(township, today, scale):
            counts[slug] += count
    return Demo(OrgUnit.objects.count(), counts, _open_accounts() if accounts else [])


def _plant_units() -> list[OrgUnit]:
    code, name = COUNTY
    county = OrgUnit.objects.create_under(None, code=code, name=name, level=OrgUnit.Level.COUNTY)
    townships = []
    for code, name, villages in TOWNSHIPS:
        township = OrgUnit.objects.create_under(county, code=code, name=name, level=OrgUnit.Level.TOWNSHIP)
        for number, village in enumerate(villages, start=201):
            OrgUnit.objects.create_under(
                township, code=f"{code[:9]}{number}", name=village, level=OrgUnit.Level.VILLAGE
            )
        townships.append(township)
    return townships


def _fill(township: OrgUnit, today: dt.date, scale: int) -> Iterator[tuple[str, int]]:
    for ledger in ledgers:
        context = SampleContext(
            # A seed of its own for each ledger: a new ledger changes nothing in the records of the others.
            rng=random.Random(f"{SEED}:{township.code}:{ledger.slug}"),  # noqa: S311 - chance, not secrecy
            township=township,
            villages=list(township.children()),
            years=list(range(today.year - YEARS + 1, today.year + 1)),
            today=today,
            scale=scale,
        )
        yield ledger.slug, save_samples(type(ledger).samples(context))


def save_samples(samples: Iterable[Record]) -> int:
    """Save unsaved records in bulk, each with its first history row; returns how many.

    A run of one model is written before the next one begins, because later samples may point at earlier ones.
    """
    waiting: list[Record] = []
    count = 0
    for record in samples:
        if waiting and (type(record) is not type(waiting[0]) or len(waiting) == BATCH):
            count += _flush(waiting)
            waiting = []
        waiting.append(record)
    return count + _flush(waiting)


def _flush(records: list[Record]) -> int:
    if records:
        type(records[0])._default_manager.bulk_create(records)
        record_bulk_history(records, kind=CREATED, user=None, reason="演示数据")
        type(records[0]).after_bulk_write(records)
        if ledgers.has_model(type(records[0])):
            ledgers.for_model(type(records[0])).write_parts(records, user=None)
    return len(records)


def _open_accounts() -> list[DemoAccount]:
    opened = []
    for username, name, code, role in ACCOUNTS:
        unit = OrgUnit.objects.get(code=code)
        _, password = open_account(User(username=username, name=name, unit=unit, role=role))
        opened.append(DemoAccount(username, name, code, role.value, password))
    return opened


def refresh_statistics() -> None:
    """Let the query planner count the rows that have just arrived; both databases know the statement."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
