from __future__ import annotations

import pytest

from benchmarks.figures_bench import load_ledger
from reporting.figurecheck import FiguresContext


@pytest.fixture(scope="session")
def ledger() -> FiguresContext:
    """A fictional township's figures, without a database."""
    return load_ledger()
