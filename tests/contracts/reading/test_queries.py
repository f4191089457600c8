"""Figures take one query for each model and pages a fixed number, however many units, periods and records there are."""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ForeignKey
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ledgers.computing import breakdown, figures, series
from ledgers.history import CHANGED, record_bulk_history, record_fields
from ledgers.indicators import indicators
from ledgers.models import User
from ledgers.periods import Period
from ledgers.registry import ledgers
from ledgers.views.home import RECENT
from tests.conftest import Units
from tests.contracts.conftest import Filled
from tests.contracts.pages import queries

SignIn = Callable[[User], Client]
FEW, MANY = 3, 20

pytestmark = pytest.mark.each_database

#: Figures that are made of more than records, such as the returns due, may ask once each.
DERIVED = sum(member.measure.derive is not None for member in indicators.all())


def test_the_figures_of_a_unit_take_one_query_for_each_model(filled: Filled, units: Units) -> None:
    models = {member.records for member in indicators.all()}
    targets = 2  # the targets, and how many there are of what one of them asks all of
    asked = queries(lambda: figures(units.township, Period.parse("2025")))
    assert asked <= len(models) + targets + DERIVED


def test_more_villages_or_periods_ask_no_more(filled: Filled, units: Units) -> None:
    codes = [member.code for member in indicators.all()]
    models = {member.records for member in indicators.all()}
    period = Period.parse("2025Q3")
    assert queries(lambda: breakdown(units.villages, period, codes)) <= len(models) + DERIVED
    assert queries(lambda: series(units.township, list(period.back(8)), codes)) <= len(models) + DERIVED


def test_every_ledger_was_filled(filled: Filled) -> None:
    assert all(filled.mine[ledger.slug] for ledger in ledgers)


def asked_for(client: Client, address: str) -> int:
    """The queries of a page, once those are asked that a process asks once."""
    assert client.get(address).status_code == 200
    return queries(lambda: client.get(address))


def test_a_records_page_asks_as_often_for_many_records_that_belong_to_it(
    filled: Filled, officer: User, signed_in: SignIn
) -> None:
    client, seen = signed_in(officer), set()
    for ledger in ledgers:
        for relation in ledger.model._meta.related_objects:
            model: Any = relation.related_model
            if not ledgers.has_model(model) or model is ledger.model:
                continue
            other, name = ledgers.for_model(model), relation.field.name
            record, own = filled.mine[ledger.slug][0], filled.mine[other.slug]
            asked = []
            for count in (FEW, MANY):
                with contextlib.suppress(IntegrityError), transaction.atomic():
                    model.objects.filter(pk__in=[one.pk for one in own[:count]]).update(**{name: record})
                asked.append(asked_for(client, record.get_absolute_url()))
            shown = model.objects.filter(**{name: record}).count()
            assert shown >= MANY or shown == len(own), (ledger.slug, other.slug, shown)
            assert asked[0] == asked[1], (ledger.slug, other.slug)
            seen.add(other.slug)
    assert len(seen) >= 5


def test_a_records_history_asks_as_often_for_many_changes(
    filled: Filled, officer: User, auditor: User, signed_in: SignIn
) -> None:
    """Also when each of them names another unit or record that it belongs to; so does the auditor's page."""
    client, auditing = signed_in(officer), signed_in(auditor)
    for ledger in ledgers:
        record = filled.mine[ledger.slug][0]
        address = ledger.url("history", pk=record.pk)
        links = {
            field.attname: list(field.related_model._default_manager.values_list("pk", flat=True)[:7])
            for field in record_fields(ledger.model)
            if isinstance(field, ForeignKey)
        }
        asked, state = [], copy.copy(record)
        for count in (FEW, MANY):
            for number in range(count):
                for name, keys in links.items():
                    setattr(state, name, keys[number % len(keys)])
                record_bulk_history([state], kind=CHANGED, user=officer)
            audited = f"{reverse('audit:list')}?ledger={ledger.slug}&record={record.pk}"
            asked.append((asked_for(client, address), asked_for(auditing, audited)))
        assert asked[0] == asked[1], ledger.slug


def test_the_first_page_finds_the_last_entries_of_all_ledgers_at_once(
    filled: Filled, officer: User, signed_in: SignIn
) -> None:
    client, mine = signed_in(officer), []
    nothing = asked_for(client, reverse("home"))
    for number, ledger in enumerate(ledgers):
        record: Any = filled.mine[ledger.slug][0]
        when = timezone.now() - dt.timedelta(minutes=number * 7 % 11)
        type(record).objects.filter(pk=record.pk).update(updated_by=officer, updated_at=when)
        # Somebody else's, and nearer to now.
        type(record).objects.exclude(pk=record.pk).update(updated_at=timezone.now())
        mine.append((when, ledger, record))
    shown = client.get(reverse("home")).context["recent"]
    newest = sorted(mine, key=lambda each: each[0], reverse=True)[:RECENT]
    assert {record for _, record in shown} <= {record for when, _, record in mine if when >= newest[-1][0]}
    assert [record.updated_at for _, record in shown] == [when for when, _, _ in newest]
    assert queries(lambda: client.get(reverse("home"))) <= nothing + RECENT
