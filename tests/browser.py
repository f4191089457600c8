"""Chromium for tests, and what axe-core finds wrong with a page in it."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, sync_playwright

# The product's pages ask nobody else, and neither shall the browser that shows them.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

AXE_OPTIONS: dict[str, Any] = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    # Rules of WCAG 2.2 are off in axe-core unless they are named.
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
    "elementRef": False,
    "preload": False,
}


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """While it runs, Django refuses database work in this process."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if program is None:
        pytest.fail("Chromium is not installed here. Run script/setup --test.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


def faults(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 A and AA on the page as it is now, a line for each element."""
    if not page.evaluate("typeof axe === 'object'"):
        # Evaluated by the debugger, which the content security policy does not bind.
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("options => axe.run(document, options)", AXE_OPTIONS)
    return [
        f"{violation['id']}: {' '.join(map(str, node['target']))} {node['html'][:160]}"
        f" ({'; '.join(check['message'] for check in node['any'] + node['all'] + node['none'])})"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
