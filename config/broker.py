"""The embedded broker: Celery messages as files in one folder, for a single host.

kombu's file-system transport creates a message file under its final name and fills it afterwards, so a worker
that polls in between takes an empty message, and it parks taken messages in the shared temporary folder. Here
a message appears under its name once it is whole, and never leaves the product's own folder.
"""

import os
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps, loads

SCHEME = "folder"


class Channel(filesystem.Channel):
    # kombu's own subclass names the second argument differently from its base, too.
    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:  # type: ignore[override]
        folder = Path(self.data_folder_out)
        # Messages are taken in name order; kombu's monotonic clock would start again with the host.
        name = f"{time.time_ns() // 1_000_000}_{uuid.uuid4()}.{queue}.msg"
        draft = folder / f".{name}.part"
        try:
            with draft.open("w", encoding="utf-8") as stream:
                stream.write(dumps(payload))
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(folder / name)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise ChannelError(f"Cannot write a message to {folder}") from error

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        folder, taken = Path(self.data_folder_in), Path(self.processed_folder)
        for name in sorted(os.listdir(folder)):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            try:
                claimed = (folder / name).rename(taken / name)
            except FileNotFoundError:
                continue  # Another worker was faster.
            message = loads(claimed.read_text(encoding="utf-8"))
            claimed.unlink()
            return message
        raise Empty

    def get_table(self, exchange: str) -> Any:
        # kombu writes a new exchange table in place: for a moment it is an empty file.
        for _ in range(20):
            try:
                return super().get_table(exchange)
            except ValueError:
                time.sleep(0.05)
        raise ChannelError(f"The exchange table of {exchange!r} cannot be read")


class Transport(filesystem.Transport):
    Channel = Channel


def prepare(folder: Path) -> dict[str, str | float]:
    """Register the `folder://` scheme, make its folders, and return Celery's `broker_transport_options`."""
    TRANSPORT_ALIASES[SCHEME] = "config.broker:Transport"
    messages, taken, control = (folder / name for name in ("messages", "taken", "control"))
    for path in (messages, taken, control):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {
        # One host writes and reads, so both ends are the same folder.
        "data_folder_in": str(messages),
        "data_folder_out": str(messages),
        "processed_folder": str(taken),
        "control_folder": str(control),
        "polling_interval": 0.5,
    }
