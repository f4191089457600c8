"""import_ledger, called as on the command line."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.conftest import Units


def run(slug: str, path: Path, units: Units, *, period: str = "2025Q3", status: int = 0) -> str:
    """What the command prints for a file of the township, as JSON; it must end with ``status``."""
    out = StringIO()
    arguments = (slug, str(path), "--unit", units.township.code, "--period", period, "--json")
    if status:
        with pytest.raises(SystemExit) as stopped:
            call_command("import_ledger", *arguments, stdout=out)
        assert stopped.value.code == status
    else:
        call_command("import_ledger", *arguments, stdout=out)
    return out.getvalue()
