"""A job is never lost and never done twice, whatever the broker and the workers do."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.test import Client
from django.utils import timezone

from ledgers import jobs
from ledgers.models import Job, User

#: Stands for a cell of somebody's workbook in an exception's text.
SECRET = "示例内容13800000000"


@pytest.fixture
def ran() -> Iterator[list[str]]:
    """Registers the job kind ``test.note`` and collects the notes it was run with."""
    notes: list[str] = []

    @jobs.job("test.note", "记一笔")
    def note(job: Job, progress: jobs.Progress) -> dict[str, Any]:
        if job.payload["note"] == "refuse":
            raise jobs.JobRefused("这件事办不了。")
        if job.payload["note"] == "break":
            raise RuntimeError(f"cannot read {SECRET}")
        progress(1, 2, "一半")
        notes.append(job.payload["note"])
        return {"url": "/done/"}

    yield notes
    jobs._handlers.pop("test.note")


def enqueue(user: User, note: str = "a") -> Job:
    return jobs.enqueue("test.note", user=user, payload={"note": note})


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the broker was given; it takes everything and runs nothing."""
    messages: list[str] = []
    monkeypatch.setattr("ledgers.tasks.run_job.apply_async", lambda args, **options: messages.append(args[0]))
    return messages


@pytest.mark.django_db(transaction=True)
def test_a_job_is_sent_when_its_transaction_commits_and_not_before(
    officer: User, ran: list[str], sent: list[str]
) -> None:
    with transaction.atomic():
        job = enqueue(officer)
        assert sent == []
    assert sent == [str(job.pk)]
    with transaction.atomic():
        enqueue(officer)
        transaction.set_rollback(True)
    assert len(sent) == 1
    assert Job.objects.count() == 1


@pytest.mark.django_db
def test_delivered_twice_a_job_runs_once(officer: User, ran: list[str], sent: list[str]) -> None:
    job = enqueue(officer)
    jobs.execute(str(job.pk))
    jobs.execute(str(job.pk))
    job.refresh_from_db()
    assert ran == ["a"]
    assert (job.state, job.result, job.percent) == (Job.State.DONE, {"url": "/done/"}, 100)


@pytest.mark.django_db(transaction=True)
def test_a_dead_broker_delays_the_job_and_the_sweeper_sends_it(
    officer: User, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(args: list[str], **options: Any) -> None:
        raise OSError("connection refused")

    monkeypatch.setattr("ledgers.tasks.run_job.apply_async", refuse)
    job = enqueue(officer)
    job.refresh_from_db()
    assert (job.state, job.sent_at) == (Job.State.QUEUED, None)
    Job.objects.update(created_at=timezone.now() - dt.timedelta(minutes=1))
    assert jobs.sweep() == 0
    monkeypatch.setattr("ledgers.tasks.run_job.apply_async", lambda args, **options: jobs.execute(args[0]))
    assert jobs.sweep() == 1
    assert ran == ["a"]


@pytest.mark.django_db
def test_a_job_whose_worker_died_is_taken_over_and_given_up_after_three_tries(
    officer: User, ran: list[str], sent: list[str], settings: LazySettings
) -> None:
    job = enqueue(officer)
    silent = timezone.now() - dt.timedelta(seconds=65)
    stalled = {"state": Job.State.RUNNING, "beat_at": silent, "created_at": silent}
    Job.objects.filter(pk=job.pk).update(**stalled, attempts=1)
    settings.JOB_STALLED_SECONDS = 120
    assert jobs.sweep() == 0
    settings.JOB_STALLED_SECONDS = 60
    assert jobs.sweep() == 1
    jobs.execute(str(job.pk))
    assert ran == ["a"]
    Job.objects.filter(pk=job.pk).update(**stalled, attempts=jobs.MAX_ATTEMPTS)
    # A message that comes late starts no fourth try.
    jobs.execute(str(job.pk))
    assert ran == ["a"]
    jobs.sweep()
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "处理中断了3次，数据没有改动" in job.error
    assert "系统管理员" in job.error


@pytest.mark.django_db
def test_a_refusal_is_final_and_says_why(officer: User, ran: list[str], sent: list[str]) -> None:
    job = enqueue(officer, "refuse")
    jobs.execute(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.error, job.attempts) == (Job.State.FAILED, "这件事办不了。", 1)


@pytest.mark.django_db
def test_an_unexpected_error_is_tried_three_times_and_never_quoted(
    officer: User, ran: list[str], sent: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    job = enqueue(officer, "break")
    for _ in range(5):
        jobs.execute(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.attempts) == (Job.State.FAILED, 3)
    assert "RuntimeError" in caplog.text
    assert SECRET not in job.error + job.message + caplog.text
    assert jobs.retry(job)
    assert not jobs.retry(job)


@pytest.mark.django_db
def test_a_job_belongs_to_the_user_who_asked_for_it(officer: User, leader: User, ran: list[str]) -> None:
    job = enqueue(officer)
    assert list(Job.objects.visible_to(officer)) == [job]
    assert not Job.objects.visible_to(leader).exists()


def test_a_kind_has_one_handler_and_an_unknown_kind_none(ran: list[str]) -> None:
    with pytest.raises(ImproperlyConfigured, match="twice"):
        jobs.job("test.note", "x")(lambda job, progress: {})
    with pytest.raises(ImproperlyConfigured, match="No handler"):
        jobs.enqueue("test.nothing", user=None, payload={})


@pytest.mark.django_db
def test_the_page_of_a_job_asks_again_until_it_is_over_and_then_leads_to_the_result(
    officer: User, client: Client, ran: list[str], sent: list[str]
) -> None:
    client.force_login(officer)
    job = enqueue(officer)
    asked = {"HX-Request": "true"}
    assert 'hx-trigger="every' in client.get(job.get_absolute_url()).text
    assert 'hx-trigger="every' in client.get(job.get_absolute_url(), headers=asked).text
    jobs.execute(str(job.pk))
    # Also when it was done before its page was first opened.
    assert client.get(job.get_absolute_url()).headers["Location"] == "/done/"
    assert client.get(job.get_absolute_url(), headers=asked).headers["HX-Redirect"] == "/done/"
