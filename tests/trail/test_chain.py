"""verify_history names the first history row, or seal, that is not what it was; the database refuses to change it."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from ledgers.history import CREATED, record_bulk_history
from ledgers.models import HistorySeal, ImportBatch, RewritePermit, SealState, User
from ledgers.tasks import keep_the_log, seal_history
from ledgers.trail import chain, sealing
from ledgers.trail.digests import Trail, histories, keys_of, ranges_of, read_ranges, spelt, trails
from ledgers.trail.protection import protect, protected_tables, rewriting, unprotected
from ledgers.trail.sealing import head, seal_new
from ledgers.trail.verifying import Verified, verify
from nonpublic.models import Enterprise
from tests.conftest import Units
from tests.core.factories import activity, enterprise

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

#: The history of enterprises; mypy does not know simple_history's manager.
ROWS: Any = Enterprise.history
TABLE = "nonpublic_historicalenterprise"


@pytest.fixture
def sealed(units: Units) -> list[int]:
    """History ids of six enterprises, all under seal."""
    for number in range(6):
        enterprise(units.village, number)
    assert seal_new().rows == 6
    return list(ROWS.order_by("history_id").values_list("history_id", flat=True))


def tamper(sql: str, *values: Any) -> None:
    """What somebody with the database's password does: the triggers are no obstacle."""
    with rewriting("tests"), connection.cursor() as cursor:
        cursor.execute(sql, values)


def first(verified: Verified) -> tuple[str, int | None]:
    return verified.problems[0].what, verified.problems[0].history_id


def test_an_untouched_history_is_whole_whatever_is_written_on(sealed: list[int], units: Units) -> None:
    found = verify()
    assert (found.problems, found.rows, found.unsealed) == ([], 6, 0)
    activity(units.village, "2026-03-01")
    assert verify().unsealed == 1
    assert seal_new().rows == 1
    again = verify()
    assert (again.problems, again.rows, again.unsealed) == ([], 7, 0)
    assert again.head == head() != found.head


def test_an_altered_row_is_named(sealed: list[int]) -> None:
    tamper(f"UPDATE {TABLE} SET staff = 999 WHERE history_id IN (%s, %s)", sealed[2], sealed[4])
    found = verify()
    assert first(found) == ("altered", sealed[2])
    assert found.problems[0].record == ROWS.get(history_id=sealed[2]).id
    assert found.found == 2
    assert f"第{sealed[2]}行历史" in found.text
    assert "已被改动" in found.text


def test_every_column_is_under_seal(sealed: list[int]) -> None:
    row = ROWS.get(history_id=sealed[0])
    for field in ROWS.model._meta.concrete_fields:
        if field.primary_key:
            continue
        kind = getattr(field, "target_field", field).get_internal_type()
        if kind == "DateField":
            other: Any = "2001-01-01"
        elif kind == "DateTimeField":
            other = "2001-01-01 00:00:00+00:00"
        elif kind in ("CharField", "TextField"):
            other = "~" if getattr(row, field.attname) != "~" else "-"
        elif kind == "BooleanField":
            other = not getattr(row, field.attname)
        else:
            other = 1 if getattr(row, field.attname) in (None, 0) else 0
        with transaction.atomic():
            tamper(f"UPDATE {TABLE} SET {field.column} = %s WHERE history_id = %s", other, sealed[0])
            assert first(verify()) == ("altered", sealed[0]), field.name
            transaction.set_rollback(True)


def test_a_deleted_row_is_named(sealed: list[int]) -> None:
    tamper(f"DELETE FROM {TABLE} WHERE history_id = %s", sealed[3])
    assert first(verify()) == ("deleted", sealed[3])


def test_rows_that_were_swapped_are_named(sealed: list[int]) -> None:
    one, other = sealed[1], sealed[3]
    for before, after in ((one, 0), (other, one), (0, other)):
        tamper(f"UPDATE {TABLE} SET history_id = %s WHERE history_id = %s", after, before)
    found = verify()
    assert first(found) == ("reordered", one)
    assert f"原第{other}行" in found.text


def test_a_row_put_in_among_sealed_ones_is_named(units: Units) -> None:
    for number in range(3):
        enterprise(units.village, number)
    kept = list(ROWS.order_by("history_id").values_list("history_id", flat=True))
    tamper(f"UPDATE {TABLE} SET history_id = history_id + 1000 WHERE history_id > %s", kept[0])
    seal_new()
    stray = ROWS.get(id=enterprise(units.village, 9).pk).history_id
    tamper(f"UPDATE {TABLE} SET history_id = %s WHERE history_id = %s", kept[0] + 5, stray)
    assert verify().unsealed == 1  # for a day it may be one that has only just been committed
    state = SealState.objects.get()
    state.tables[TABLE]["gaps"] = []
    state.save()
    assert first(verify()) == ("inserted", kept[0] + 5)


def test_seals_that_were_altered_removed_or_cut_off_are_named(sealed: list[int], units: Units) -> None:
    noted = head()
    for day in ("2026-03-01", "2026-03-02"):
        activity(units.village, day)
        seal_new()
    assert verify(noted=noted).problems == []
    whole = head()

    def broken(sql: str, *values: Any) -> tuple[str, int | None]:
        with transaction.atomic():
            tamper(sql, *values)
            found = verify(noted=whole).problems[0]
            transaction.set_rollback(True)
        return found.what, found.seal

    seals = "ledgers_historyseal"
    assert broken(f"UPDATE {seals} SET reason = 'x' WHERE number = 2") == ("chain", 2)
    assert broken(f"UPDATE {seals} SET count = 7 WHERE number = 1") == ("chain", 1)
    assert broken(f"DELETE FROM {seals} WHERE number = 2") == ("chain", 2)
    assert broken(f"DELETE FROM {seals} WHERE number = 3") == ("chain", 3)

    def rewritten(number: int) -> tuple[str, int | None]:
        """Another reason, and the hash that goes with it."""
        seal = HistorySeal.objects.get(number=number)
        seal.reason = "x"
        with transaction.atomic():
            text = f"UPDATE {seals} SET reason = 'x', sha256 = %s WHERE number = %s"
            tamper(text, chain.hash_of(seal), number)
            (found,) = verify().problems
            transaction.set_rollback(True)
        return found.text, found.seal

    # Altered with its own hash, it does not fit the next one any more, and the last one not the state.
    assert rewritten(2) == ("封条3与上一个封条不相接。", 3)
    assert rewritten(3) == ("最后一个封条与封存进度不符。", 3)
    # A seal cut short would leave rows that nothing is compared with, whatever its hash and the state say.
    with transaction.atomic():
        seal = HistorySeal.objects.get(number=3)
        seal.digests = b""
        tamper(f"UPDATE {seals} SET digests = %s, sha256 = %s WHERE number = 3", b"", chain.hash_of(seal))
        SealState.objects.update(sha256=chain.hash_of(seal))
        assert "封条3已被改动" in verify().text
        transaction.set_rollback(True)
    # With the state set back as well, only the head that somebody has noted down tells.
    with transaction.atomic():
        number, sha256 = HistorySeal.objects.values_list("number", "sha256").get(number=2)
        tamper(f"DELETE FROM {seals} WHERE number = 3")
        SealState.objects.update(number=number, sha256=sha256)
        assert "记下的链首" in verify(noted=whole).text
        transaction.set_rollback(True)


def test_each_import_has_a_seal_of_its_own(units: Units, officer: User) -> None:
    enterprise(units.village, 0)
    companies = [enterprise(units.village, number) for number in range(1, 4)]
    batch = ImportBatch.objects.create(ledger_slug="enterprises", file_name="a.xlsx", unit=units.township)
    record_bulk_history(companies, kind=CREATED, user=officer, batch=batch)
    seal_new()
    told = list(HistorySeal.objects.filter(table=TABLE).values_list("batch_key", "count"))
    assert sorted(told, key=str) == sorted([(None, 4), (batch.pk, 3)], key=str)
    assert verify().problems == []


def test_a_lower_number_that_is_committed_later_is_sealed_later(sealed: list[int], units: Units) -> None:
    """As when one transaction takes a number, and another takes the next one and commits first."""
    late, early = enterprise(units.village, 20), enterprise(units.village, 21)
    held = ROWS.get(id=late.pk).history_id
    with transaction.atomic():
        tamper(f"UPDATE {TABLE} SET history_id = %s WHERE history_id = %s", held + 1000, held)
        tamper(f"UPDATE {TABLE} SET history_id = %s WHERE history_id = %s", held + 2, held + 1)
        tamper(f"UPDATE {TABLE} SET history_id = %s WHERE history_id = %s", held + 2000, held + 1000)
    row = ROWS.get(id=late.pk)
    with rewriting("tests"):
        ROWS.filter(id=late.pk).delete()
    assert ROWS.get(id=early.pk).history_id == held + 2
    assert seal_new().rows == 1
    assert SealState.objects.get().tables[TABLE]["through"] == held + 2
    assert seal_new().rows == 0
    row.history_id = held
    row.save(force_insert=True)
    assert verify().unsealed == 1
    assert seal_new().rows == 1
    assert SealState.objects.get().tables[TABLE]["gaps"][-1][:2] == [held + 1, held + 1]
    assert verify().problems == []


def test_a_gap_is_forgotten_once_no_transaction_can_fill_it(
    units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    enterprise(units.village, 1)
    key = ROWS.get().history_id
    tamper(f"UPDATE {TABLE} SET history_id = %s WHERE history_id = %s", key + 5, key)
    seal_new()
    assert SealState.objects.get().tables[TABLE]["gaps"]
    monkeypatch.setattr(sealing, "GAP_SECONDS", 0)
    seal_new()
    assert SealState.objects.get().tables[TABLE]["gaps"] == []


def test_steps_are_bounded_and_leave_one_chain(units: Units, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        enterprise(units.village, number)
    monkeypatch.setattr(sealing, "STEP", 3)
    monkeypatch.setattr("ledgers.trail.digests.READ_AT_ONCE", 2)
    assert (seal_new().rows, HistorySeal.objects.count()) == (7, 3)
    assert verify().problems == []
    enterprise(units.village, 8)
    assert not seal_new(seconds=-1).complete
    seal_history()
    assert verify().unsealed == 0


def test_two_who_seal_at_once_do_not_fork_the_chain(sealed: list[int], units: Units) -> None:
    enterprise(units.village, 20)
    stale = chain.state()
    assert seal_new().rows == 1
    trail = next(trail for trail in trails() if trail.table == TABLE)
    with pytest.raises(chain.Overtaken):
        sealing._step(trail, stale)
    # Even past the state's version a second successor is refused by the seals themselves.
    last = HistorySeal.objects.latest("number")
    with pytest.raises(IntegrityError), transaction.atomic():
        HistorySeal.objects.create(
            number=last.number + 1, previous=last.previous, sha256="f" * 64, count=0, sealed_at=last.sealed_at
        )
    assert verify().problems == []


def test_a_lost_state_is_worked_out_from_the_seals(sealed: list[int], units: Units) -> None:
    before = head()
    SealState.objects.all().delete()
    assert head() == before
    enterprise(units.village, 20)
    assert seal_new().rows == 1
    assert verify().problems == []


def test_the_database_refuses_to_change_any_history_or_seal(sealed: list[int], officer: User) -> None:
    assert {trail.record._meta.label for trail in histories() if trail.record} >= {
        "representatives.Appointment",
        "nonpublic.Enterprise",
    }
    assert set(protected_tables()) >= {trail.table for trail in trails()}
    assert unprotected() == []
    row = ROWS.first()
    attempts: list[Callable[[], Any]] = [
        lambda: ROWS.filter(history_id=row.history_id).update(staff=1),
        lambda: ROWS.filter(history_id=row.history_id).delete(),
        lambda: row.save(),
        lambda: HistorySeal.objects.update(reason="x"),
        lambda: HistorySeal.objects.all().delete(),
    ]
    if connection.vendor == "postgresql":
        at_once = "SET CONSTRAINTS ALL IMMEDIATE"
        attempts.append(lambda: connection.cursor().execute(f"{at_once}; TRUNCATE {TABLE}"))
    for attempt in attempts:
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            attempt()
    assert not RewritePermit.objects.exists()
    assert verify().problems == []


def test_a_trigger_that_is_gone_is_told_and_put_up_again(sealed: list[int]) -> None:
    connection.check_constraints()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP TRIGGER append_only_rows ON {TABLE}")
        else:
            cursor.execute(f"DROP TRIGGER append_only_update_{TABLE}")
    assert unprotected() == [TABLE]
    assert first(verify()) == ("unprotected", None)
    protect()
    assert unprotected() == []


def run(*arguments: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("verify_history", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        return error.returncode, out.getvalue(), str(error)
    return 0, out.getvalue(), err.getvalue()


def test_the_command_says_it_in_one_line_or_json_and_by_its_exit_status(sealed: list[int]) -> None:
    noted = head()
    status, told, _ = run("--head", noted)
    assert (status, told.count("\n")) == (0, 1)
    assert noted in told
    assert run("--head", "1:short")[0] == 2
    assert run("--head", f"{noted.partition(':')[0]}:{'0' * 64}")[0] == 1
    tamper(f"DELETE FROM {TABLE} WHERE history_id = %s", sealed[0])
    status, told, line = run("--json")
    assert status == 1
    assert "\n" not in line
    answer = json.loads(told)
    assert (answer["ok"], answer["first"]["table"], answer["first"]["history_id"]) == (
        False,
        TABLE,
        sealed[0],
    )


def test_the_end_of_the_chain_is_written_to_the_log_each_day(
    sealed: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    keep_the_log()
    assert head() in caplog.text


def test_ranges_say_exactly_which_rows() -> None:
    keys = [1, 2, 3, 7, 9, 10]
    assert spelt(ranges_of(keys)) == "1-3,7,9-10"
    assert list(keys_of(read_ranges("1-3,7,9-10"))) == keys


def test_only_what_is_asked_for_is_read(sealed: list[int]) -> None:
    trail = Trail(ROWS.model, Enterprise)
    wanted = [sealed[0], sealed[3]]
    assert [key for key, _ in trail.rows(ranges_of(wanted), trail.columns)] == wanted
