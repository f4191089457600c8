from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class LedgersConfig(AppConfig):
    name = "ledgers"
    label = "ledgers"
    verbose_name = "台账核心"

    def ready(self) -> None:
        import_module("ledgers.wording").say_it_our_way()
        # Families declare themselves: `ledger.py` their ledgers, `indicators.py` their figures, `jobs.py` their
        # background work.
        autodiscover_modules("ledger", "indicators", "jobs")
        # The core's own background work; a worker loads no URLs that would bring it in.
        import_module("ledgers.importing.jobs")
        import_module("ledgers.views.export")
        # Reminders of the core itself.
        import_module("ledgers.returns.waiting")
        import_module("ledgers.password_age")
        import_module("ledgers.checks")
        import_module("ledgers.trail.jobs")
        import_module("ledgers.trail.exporting")
        import_module("ledgers.trail.watching")
        post_migrate.connect(_protect_history, sender=self, dispatch_uid="ledgers.protect_history")


def _protect_history(using: str, **_: Any) -> None:
    """Whenever tables may have been made: the signal comes once all apps have been migrated."""
    import_module("ledgers.trail.protection").protect(using)
