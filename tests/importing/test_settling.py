"""No uploaded file is kept longer than its import needs it, whatever happens in between."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from ledgers import exporting, jobs, tasks
from ledgers.importing import batches
from ledgers.importing.settling import remove_strays, settle_abandoned
from ledgers.models import ImportBatch, Job
from nonpublic.models import Enterprise
from tests.conftest import Units
from tests.importing.pages import act, checked, hand_over, page, run_jobs
from tests.importing.workbooks import book, company, simple

State = ImportBatch.State


@pytest.fixture
def files(settings: LazySettings, tmp_path: Path) -> Any:
    """files() -> every file of uploads, in the media folder and in the one for uploads that are still coming in."""
    coming_in = tmp_path / "coming-in"
    coming_in.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = str(coming_in)

    def found() -> list[str]:
        return [path.name for top in (Path(settings.MEDIA_ROOT), coming_in) for path in top.rglob("*.*")]

    return found


def age(batch: ImportBatch, days: int, job_days: int | None = None) -> None:
    assert batch.job is not None
    now = timezone.now()
    ImportBatch.objects.filter(pk=batch.pk).update(created_at=now - dt.timedelta(days=days))
    Job.objects.filter(pk=batch.job.pk).update(
        created_at=now - dt.timedelta(days=days if job_days is None else job_days)
    )


def test_every_way_an_import_ends_removes_its_file(client: Client, units: Units, files: Any) -> None:
    good, wrong = simple(company(1)), simple(company(2), company(3, staff="许多"))
    for content, *actions in (
        (good, "confirm"),
        (good, "cancel"),
        (wrong, "marked", "cancel"),
        (wrong, "marked", "confirm skip"),
        (b"",),
        ("只有一句话\n".encode(),),
        (good[:300],),
    ):
        if not actions:
            hand_over(client, content, units)
            run_jobs()
        else:
            batch = checked(client, content, units)
            assert any(name.endswith(".upload") for name in files())
            for action in actions:
                name, _, skip = action.partition(" ")
                act(client, batch, name, skip_errors="1" if skip else "")
        assert files() == [], (content[:20], actions)
    assert Enterprise.objects.count() == 2


def test_a_preview_nobody_confirms_is_given_up_and_says_so(
    client: Client, units: Units, files: Any, settings: LazySettings
) -> None:
    batch = checked(client, simple(company(1), company(2, staff="许多")), units)
    act(client, batch, "marked")
    kept = files()
    assert sorted(name.partition(".")[2] for name in kept) == ["marked.xlsx", "plan", "upload"]
    age(batch, settings.IMPORT_PREVIEW_DAYS - 1)
    tasks.settle_files()
    batch.refresh_from_db()
    assert batch.state == State.PREVIEWED
    assert files() == kept
    age(batch, settings.IMPORT_PREVIEW_DAYS + 1)
    tasks.settle_files()
    batch.refresh_from_db()
    assert (batch.state, batch.preview, batch.upload.name) == (State.CANCELLED, {}, "")
    assert files() == []
    shown = page(client, batch)
    assert "7天没有确认，系统已取消这次导入并删除上传的文件" in shown
    assert "重新上传" in shown
    assert settle_abandoned() == 0


def test_a_file_that_was_not_understood_is_given_up_too(
    client: Client, units: Units, files: Any, settings: LazySettings
) -> None:
    batch = checked(client, book(("一", [["甲方", "数量"], ["示例企业", "3"]])), units)
    assert (batch.state, bool(files())) == (State.UNCLEAR, True)
    age(batch, settings.IMPORT_PREVIEW_DAYS + 1)
    assert settle_abandoned() == 1
    batch.refresh_from_db()
    assert (batch.state, files()) == (State.CANCELLED, [])
    assert "7天没有指明各列，系统已取消这次导入并删除上传的文件" in page(client, batch)


def test_a_preview_that_is_worked_on_is_not_given_up(client: Client, units: Units) -> None:
    batch = checked(client, simple(company(1)), units)
    age(batch, 30, job_days=1)
    assert settle_abandoned() == 0


@pytest.mark.parametrize(("state", "given_up"), [(Job.State.FAILED, 1), (Job.State.RUNNING, 0), ("gone", 1)])
def test_an_import_is_given_up_only_when_its_job_has_failed_or_is_not_there(
    client: Client, units: Units, state: str, given_up: int
) -> None:
    batch = checked(client, simple(company(1)), units)
    assert batch.job is not None
    ImportBatch.objects.filter(pk=batch.pk).update(state=State.APPLYING)
    Job.objects.filter(pk=batch.job.pk).update(state=state)
    if state == "gone":
        ImportBatch.objects.filter(pk=batch.pk).update(job=None)
    age(batch, 30)
    assert settle_abandoned() == given_up


def test_a_worker_that_died_after_the_commit_leaves_its_file_to_the_next(
    client: Client, units: Units, files: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = checked(client, simple(company(1)), units)
    assert batch.job is not None
    with monkeypatch.context() as patch:
        patch.setattr(ImportBatch, "discard_upload", lambda self: None)
        act(client, batch, "confirm")
    assert (batch.state, bool(files())) == (State.APPLIED, True)
    # The job is sent again …
    assert batch.job is not None
    Job.objects.filter(pk=batch.job.pk).update(state=Job.State.QUEUED)
    jobs.execute(str(batch.job.pk))
    assert files() == []
    # … and should it not be, the daily round finds the file.
    other = checked(client, simple(company(2)), units)
    with monkeypatch.context() as patch:
        patch.setattr(ImportBatch, "discard_upload", lambda self: None)
        batches.cancel(other)
    assert (bool(files()), remove_strays(), files()) == (True, 1, [])


def test_files_of_no_batch_are_removed_when_they_are_old(
    client: Client, units: Units, settings: LazySettings
) -> None:
    batch = checked(client, simple(company(1), company(2, staff="许多")), units)
    act(client, batch, "marked")
    folder = Path(settings.MEDIA_ROOT) / "imports"
    stray, draft = folder / "0000.upload", folder / "draft-1"
    draft.mkdir()
    stray.write_bytes(b"x")
    (draft / "marked.xlsx").write_bytes(b"x")
    assert remove_strays() == 0
    long_ago = (timezone.now() - dt.timedelta(days=2)).timestamp()
    for path in folder.iterdir():
        os.utime(path, (long_ago, long_ago))
    assert remove_strays() == 2
    assert sorted(path.name.partition(".")[2] for path in folder.iterdir()) == [
        "marked.xlsx",
        "plan",
        "upload",
    ]


def test_an_export_that_a_job_wrote_goes_after_a_day() -> None:
    path = exporting.export_path("a")
    path.write_bytes(b"x")
    assert exporting.remove_old_exports() == 0
    long_ago = (timezone.now() - exporting.KEPT_FOR).timestamp() - 60
    os.utime(path, (long_ago, long_ago))
    assert exporting.remove_old_exports() == 1
    assert not path.exists()


def test_the_daily_round_is_on_the_calendar(settings: LazySettings) -> None:
    names = {entry["task"]: entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert names[tasks.settle_files.name] == dt.timedelta(days=1)
