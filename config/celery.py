"""The Celery application. `celery -A config worker` finds it through config/__init__.py."""

import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

app = Celery("ledgers")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
def have_patience(conf: Any, **_: Any) -> None:
    """Let a worker, and the beat inside it, wait for a silent Redis, which a web page must not.

    When confirming a message times out, Celery logs it and goes on, the message still counts as being worked
    on, and a worker that takes one at a time never asks for another.
    """
    options = conf.broker_transport_options
    if "socket_timeout" in options:
        conf.broker_transport_options = {**options, "socket_timeout": None, "socket_keepalive": True}
