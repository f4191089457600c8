"""gunicorn, the same in the container, beside script/server and in the tests. The command line overrides it."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

bind = "0.0.0.0:8000"
workers = 3
threads = 4
# A page that takes longer is broken; longer work is a background job.
timeout = 120
graceful_timeout = 30
control_socket_disable = True
# The heartbeat file of each worker: never on a disk that may hang.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108
# The product writes a line for each request itself (ledgers/operations/requests.py): with the request id and the view,
# without the query, in which names are searched for.
accesslog = None


def _shared_folder(parent: str) -> str:
    """A folder for the figures that the worker processes share for /metrics, new with each start of gunicorn.

    It is locked for as long as one of its processes lives; a folder that nobody holds was left by a gunicorn that was
    killed, and goes.
    """
    guard = os.open(parent, os.O_RDONLY)
    fcntl.flock(guard, fcntl.LOCK_EX)
    for left in Path(parent).glob("ledgers-metrics-*"):
        with contextlib.suppress(OSError):  # another account's, or in use
            held = os.open(left, os.O_RDONLY)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(held)
    folder = tempfile.mkdtemp(prefix="ledgers-metrics-", dir=parent)
    # Never closed here: the workers inherit it, and the system lets go of it when the last of them has ended.
    fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_EX)
    os.close(guard)
    return folder


_figures = _shared_folder(os.environ.get("VAR_DIR") or tempfile.gettempdir())
os.environ["PROMETHEUS_MULTIPROC_DIR"] = _figures


def child_exit(server: Any, worker: Any) -> None:
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    shutil.rmtree(_figures, ignore_errors=True)
