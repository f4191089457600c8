"""The registries refuse what is declared twice or in part, and need no database to fill."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Q
from django.utils import timezone

from ledgers.indicators import FLOW, Indicator, IndicatorRegistry, count, indicators
from ledgers.periods import Period
from ledgers.registry import Ledger, LedgerRegistry, ledgers
from ledgers.work.models import Activity

ROOT = Path(__file__).resolve().parents[2]


def test_a_ledger_cannot_be_registered_twice() -> None:
    known = type(ledgers.get("activities"))
    with pytest.raises(ImproperlyConfigured, match="activities"):
        ledgers.register(known)


def test_a_model_has_one_ledger() -> None:
    class Second(type(ledgers.get("activities"))):  # type: ignore[misc]
        slug = "second-activities"

    with pytest.raises(ImproperlyConfigured, match="Activity"):
        ledgers.register(Second)
    assert "second-activities" not in {ledger.slug for ledger in ledgers}


def test_what_an_indicator_counts_follows_from_the_period_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked() -> dict[tuple[str, str], str]:
        return {
            (member.code, period): str(
                member.records._default_manager.filter(member.condition(Period.parse(period))).query
            )
            for member in indicators.all()
            for period in ("2024", "2025H1", "2025Q3")
        }

    before = asked()
    assert len(before) > 300
    later = timezone.now() + dt.timedelta(days=1000)
    monkeypatch.setattr(timezone, "now", lambda: later)
    monkeypatch.setattr(timezone, "localdate", lambda *_: later.date())
    assert asked() == before


@pytest.mark.parametrize("missing", ["label", "form", "filterset", "table", "samples"])
def test_a_ledger_declared_in_part_is_refused(missing: str) -> None:
    whole = type(ledgers.get("activities"))
    names = {"slug", "label", "model", "form", "filterset", "table", "samples"} - {missing}
    partial = type("Partial", (Ledger,), {name: whole.__dict__[name] for name in names})
    with pytest.raises(ImproperlyConfigured, match=missing):
        LedgerRegistry().register(partial)


def declared(code: str = "work.new", kind: str = FLOW) -> Indicator:
    def condition(period: Period) -> Q:
        return Q()

    return Indicator(code, "新指标", "次", kind, Activity, count(), condition)


def test_an_indicator_cannot_be_declared_twice() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"work\.meetings"):
        indicators.add(declared("work.meetings"))


def test_an_indicator_is_a_flow_or_a_stock() -> None:
    with pytest.raises(ImproperlyConfigured, match="flow"):
        IndicatorRegistry().add(declared(kind="level"))


def test_starting_up_asks_no_database() -> None:
    """Everything is declared, every URL built and every sheet bound while the database does not answer."""
    program = """
import django
django.setup()
import config.urls
from ledgers.indicators import indicators
from ledgers.registry import ledgers
assert config.urls.urlpatterns and indicators.all()
for ledger in ledgers:
    ledger.sheet.columns()
    assert ledger.urls()
"""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": "postgres://nobody:nothing@127.0.0.1:9/none",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
