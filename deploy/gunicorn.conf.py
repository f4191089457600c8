"""gunicorn, the same in the container, beside script/server and in the tests. The command line overrides it."""

import os
import shutil
import tempfile
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

# Where the worker processes share their figures for /metrics; they start from nothing with each start of gunicorn.
_figures = tempfile.mkdtemp(prefix="ledgers-metrics-")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = _figures


def child_exit(server: Any, worker: Any) -> None:
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    shutil.rmtree(_figures, ignore_errors=True)
