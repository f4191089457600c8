"""The log of actions is in the chain: nothing of it is changed unseen, and only what is old enough goes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import transaction
from django.utils import timezone

from ledgers.models import Action, HistorySeal, SealState
from ledgers.trail import chain, removal, sealing
from ledgers.trail.actions import record_action
from ledgers.trail.removal import LOG, remove_old_actions
from ledgers.trail.sealing import head, seal_new
from ledgers.trail.verifying import verify
from tests.conftest import Units
from tests.core.factories import enterprise
from tests.trail.test_chain import ROWS, TABLE, first, tamper

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

ACTIONS = "ledgers_action"
NOW = timezone.now
Log = Callable[..., list[int]]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> Log:
    """``log(3, days=401)``: entries made and put under seal so many days ago; their numbers."""
    settings.ACTION_LOG_DAYS = 400

    def make(count: int, days: int = 0) -> list[int]:
        then = NOW() - dt.timedelta(days=days)
        same = {"kind": Action.Kind.OTHER, "result": Action.Result.DONE, "account": "wang"}
        made = [Action.objects.create(at=then, target=f"{days}/{each}", **same).pk for each in range(count)]
        with monkeypatch.context() as patched:
            patched.setattr(timezone, "now", lambda: then)
            seal_new()
        return made

    return make


@pytest.fixture
def six(log: Log) -> list[int]:
    return log(6)


def test_what_users_do_is_under_seal_and_changes_nothing_for_the_writer(
    six: list[int], django_assert_num_queries: Any
) -> None:
    rows = verify().rows
    with django_assert_num_queries(3):  # a savepoint, the entry, its end
        record_action(Action.Kind.SIGN_IN, Action.Result.DONE, account="zhang")
    assert verify().unsealed == 1
    before = head()
    assert seal_new().rows == 1
    found = verify(noted=before)
    assert (found.problems, found.rows, found.unsealed) == ([], rows + 1, 0)
    assert "操作日志完好" in found.text
    # Of what an entry says there is nothing in the chain.
    seal = HistorySeal.objects.latest("number")
    assert (seal.table, seal.count, len(seal.digests), seal.batch_key) == (ACTIONS, 1, 16, None)
    assert "zhang" not in str(vars(seal))


def test_every_column_of_an_entry_is_under_seal(six: list[int]) -> None:
    for field in Action._meta.concrete_fields:
        if field.primary_key:
            continue
        other = 7 if field.is_relation else "2001-01-01 00:00:00+00:00" if field.name == "at" else "~"
        with transaction.atomic():
            tamper(f"UPDATE {ACTIONS} SET {field.column} = %s WHERE id IN (%s, %s)", other, six[1], six[3])
            found = verify()
            assert (first(found), found.found) == (("altered", six[1]), 2), field.name
            assert f"操作日志第{six[1]}条已被改动" in found.text
            transaction.set_rollback(True)


def test_entries_that_were_deleted_swapped_or_put_in_are_named(six: list[int]) -> None:
    with transaction.atomic():
        tamper(f"DELETE FROM {ACTIONS} WHERE id = %s", six[3])
        assert first(verify()) == ("deleted", six[3])
        transaction.set_rollback(True)
    with transaction.atomic():
        for before, after in ((six[1], 0), (six[4], six[1]), (0, six[4])):
            tamper(f"UPDATE {ACTIONS} SET id = %s WHERE id = %s", after, before)
        found = verify()
        assert first(found) == ("reordered", six[1])
        assert f"原第{six[4]}行" in found.text
        transaction.set_rollback(True)
    record_action(Action.Kind.OTHER, Action.Result.DONE, account="zhang")
    tamper(f"UPDATE {ACTIONS} SET id = 0 WHERE id = %s", Action.objects.latest("pk").pk)
    assert first(verify()) == ("inserted", 0)


def test_an_entry_that_is_committed_later_than_the_next_is_sealed_later(six: list[int]) -> None:
    """As when one transaction takes a number, and another takes the next one and commits first."""
    same = {"kind": Action.Kind.OTHER, "result": Action.Result.DONE}
    held = six[-1] + 1
    Action.objects.create(pk=held + 1, **same)
    assert seal_new().rows == 1
    late = Action.objects.create(pk=held, **same)
    assert verify().unsealed == 1
    assert seal_new().rows == 1
    gaps = SealState.objects.get().tables[ACTIONS]["gaps"]
    assert [gap for gap in gaps if gap[1] >= held] == []
    assert verify().problems == []
    tamper(f"UPDATE {ACTIONS} SET target = 'x' WHERE id = %s", late.pk)
    assert first(verify()) == ("altered", late.pk)


def test_what_is_old_enough_goes_and_the_chain_is_whole(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "STEP", 4)
    monkeypatch.setattr(removal, "STEP", 3)
    oldest, old, young = log(5, days=402), log(2, days=401), log(2, days=399)
    noted = head()
    rows = verify().rows
    assert remove_old_actions() == 7
    assert list(Action.objects.order_by("pk").values_list("pk", flat=True)) == [*young]
    assert remove_old_actions() == 0
    new = log(1)
    found = verify(noted=noted)
    assert (found.problems, found.rows, found.unsealed) == ([], rows + 1, 0)
    assert (found.removed, found.as_json()["removed"]["rows"]) == ((7, f"{timezone.localdate():%Y-%m-%d}"), 7)
    assert "其中7条操作日志已到期清除" in found.text
    told = HistorySeal.objects.filter(kind=HistorySeal.Kind.REMOVAL)
    assert list(told.values_list("count", "reason")) == [(n, "操作日志满400天清除") for n in (3, 3, 1)]
    # What is left is looked after as before, also once the state has been worked out anew.
    SealState.objects.all().delete()
    assert seal_new().rows == 0
    tamper(f"DELETE FROM {ACTIONS} WHERE id IN (%s, %s)", young[0], new[0])
    assert [problem.history_id for problem in verify().problems] == [young[0], new[0]]
    assert oldest < old < young


def test_an_entry_goes_by_its_seal_and_not_by_the_date_in_it(log: Log) -> None:
    (young,) = log(1, days=10)
    Action.objects.create(kind="other", result="done", at=NOW() - dt.timedelta(days=900))  # not sealed yet
    tamper(f"UPDATE {ACTIONS} SET at = '2001-01-01 00:00:00+00:00' WHERE id = %s", young)
    assert remove_old_actions() == 0
    assert first(verify()) == ("altered", young)


def test_what_was_altered_or_deleted_before_its_time_was_over_is_still_named(log: Log) -> None:
    entries = log(4, days=401)
    tamper(f"UPDATE {ACTIONS} SET account = 'x' WHERE id = %s", entries[1])
    tamper(f"DELETE FROM {ACTIONS} WHERE id = %s", entries[2])
    assert remove_old_actions() == 3
    found = verify()
    told = [("altered", entries[1]), ("deleted", entries[2])]
    assert [(problem.what, problem.history_id) for problem in found.problems] == told
    assert "之前已被改动" in found.text


def forge(keys: list[int], **of: Any) -> None:
    """Append to the chain as the product does it, in its own words: every hash is right."""
    link = {"trail": LOG, "kind": HistorySeal.Kind.REMOVAL, "keys": keys, **of}
    link.setdefault(
        "digests",
        b"".join(digest for _, digest in link["trail"].rows([(keys[0], keys[-1])], link["trail"].columns)),
    )
    chain.append([chain.Link(**link)], since=chain.state())


@pytest.mark.parametrize("ahead", [0, 300], ids=["today", "with a date to come"])
def test_a_forged_removal_of_what_is_young_is_named(
    log: Log, monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    entries = log(3, days=179)
    with monkeypatch.context() as patched:
        patched.setattr(timezone, "now", lambda: NOW() + dt.timedelta(days=ahead))
        forge(entries[1:])
    tamper(f"DELETE FROM {ACTIONS} WHERE id >= %s", entries[1])
    found = verify()
    assert first(found) == ("deleted", entries[1])
    assert "不满180天就被删除" in found.text


def test_a_removal_that_is_altered_or_taken_out_is_named(log: Log) -> None:
    gone, kept = log(2, days=401), log(2, days=300)
    assert remove_old_actions() == 2
    anchor = HistorySeal.objects.latest("number")
    log(1)
    whole = head()
    seals = "ledgers_historyseal"
    widened = f"{gone[0]}-{kept[-1]}"
    for sql in (
        f"UPDATE {seals} SET ranges = '{widened}' WHERE number = {anchor.number}",
        f"UPDATE {seals} SET sealed_at = '2030-01-01 00:00:00+00:00' WHERE number = {anchor.number}",
        f"DELETE FROM {seals} WHERE number = {anchor.number}",
    ):
        with transaction.atomic():
            tamper(sql)
            assert "chain" in {problem.what for problem in verify().problems}, sql
            transaction.set_rollback(True)
    # Cut off with all that came after it and the state set back: what it removed is missed.
    tamper(f"DELETE FROM {seals} WHERE number >= {anchor.number}")
    SealState.objects.update(number=anchor.number - 1, sha256=anchor.previous)
    assert first(verify()) == ("deleted", gone[0])
    assert "记下的链首" in {problem.text[:5] for problem in verify(noted=whole).problems}


def test_only_the_log_is_removed_from_and_the_log_is_never_rewritten(
    log: Log, units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    enterprise(units.village, 1)
    (old,) = log(1, days=401)
    row = ROWS.get()
    trail = next(each for each in sealing.trails() if each.table == TABLE)
    forge([row.pk], trail=trail)
    tamper(f"DELETE FROM {TABLE} WHERE history_id = %s", row.pk)
    before = dict(LOG.rows([(old, old)], LOG.columns))[old]
    tamper(f"UPDATE {ACTIONS} SET account = 'x' WHERE id = %s", old)
    forge([old], kind=HistorySeal.Kind.REDACTION, before=before)
    told = {(problem.what, problem.history_id, problem.table) for problem in verify().problems}
    assert told == {("deleted", row.pk, TABLE), ("altered", old, ACTIONS)}


def test_what_goes_while_somebody_verifies_is_no_alarm(log: Log) -> None:
    log(2, days=402)
    log(2, days=401)
    removed = []

    def meanwhile(*_: Any) -> None:
        removed.append(remove_old_actions())

    assert verify(progress=meanwhile).problems == []
    assert removed[0] == 4
