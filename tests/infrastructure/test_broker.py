"""The embedded broker loses, doubles and tears no message, with several writers and readers at once."""

import multiprocessing
import stat
from collections.abc import Iterator
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError
from kombu.simple import SimpleQueue

from config import broker

WRITERS, MESSAGES = 3, 40


def connect(folder: Path) -> Connection:
    options = {**broker.prepare(folder), "polling_interval": 0.01}
    return Connection(f"{broker.SCHEME}://", transport_options=options)


def write(folder: Path, writer: int) -> None:
    with connect(folder) as connection:
        queue = connection.SimpleQueue("ledgers")
        for number in range(MESSAGES):
            queue.put({"writer": writer, "number": number, "filling": "台" * 20_000})


def read(folder: Path, taken: "multiprocessing.Queue[tuple[int, int]]") -> None:
    with connect(folder) as connection:
        queue = connection.SimpleQueue("ledgers")
        while True:
            try:
                message = queue.get(timeout=3)
            except Empty:
                return
            taken.put((message.payload["writer"], message.payload["number"]))
            message.ack()


@pytest.mark.servers
def test_every_message_arrives_once_and_whole(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    taken: multiprocessing.Queue[tuple[int, int]] = context.Queue()
    readers = [context.Process(target=read, args=(tmp_path, taken)) for _ in range(2)]
    writers = [context.Process(target=write, args=(tmp_path, number)) for number in range(WRITERS)]
    for process in (*readers, *writers):
        process.start()
    got = [taken.get(timeout=30) for _ in range(WRITERS * MESSAGES)]
    for process in (*readers, *writers):
        process.join(timeout=60)
        assert process.exitcode == 0
    assert sorted(got) == [(writer, number) for writer in range(WRITERS) for number in range(MESSAGES)]
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".msg", ".part")]


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[SimpleQueue]:
    """An empty queue of its own: kombu remembers for the whole process which queues it has bound."""
    with connect(tmp_path / "broker") as connection:
        yield connection.SimpleQueue(tmp_path.name)


def test_messages_stay_in_the_products_own_folder(queue: SimpleQueue, tmp_path: Path) -> None:
    queue.put({"id": 1})
    (message,) = (tmp_path / "broker" / "messages").iterdir()
    assert stat.S_IMODE(message.parent.stat().st_mode) == 0o700


def test_an_unfinished_message_is_not_taken(queue: SimpleQueue, tmp_path: Path) -> None:
    queue.put({"id": 1})
    (message,) = (tmp_path / "broker" / "messages").iterdir()
    message.rename(message.with_name(f".{message.name}.part"))
    with pytest.raises(Empty):
        queue.get_nowait()


def test_a_full_disk_is_an_error_of_the_broker_and_leaves_no_half(
    queue: SimpleQueue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(broker.os, "fsync", full)
    with pytest.raises(ChannelError):
        queue.put({"id": 1})
    assert not list((tmp_path / "broker" / "messages").iterdir())
