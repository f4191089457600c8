"""The product as a new user meets it: started by script/server with its demo township, seen through Chromium."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.browser import chromium
from tests.product import Product

#: A pipeline's machine is slow and busy; a page that needs longer is broken.
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.journey)


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product, freshly started with demo data. Journeys of one worker share it and keep to their own records."""
    with Product(tmp_path_factory.mktemp("product")) as running:
        yield running.wait_until_started()


# Not for the session: while playwright runs, Django refuses database work in this process, and other tests follow.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, product: Product, tmp_path: Path) -> Iterator[OpenPage]:
    """open_page(width=1280, javascript=True, may_log="") -> a page of a new visitor.

    ``may_log`` is a pattern of what the console may say because the journey itself brings it about. Any other
    script error, refused resource (content security policy) or 5xx answer fails the test, and a picture of every
    page that is still open at the end lies in the test's folder.
    """
    pages: list[Page] = []
    faults: list[str] = []

    def open_one(
        *, width: int = 1280, height: int = 900, javascript: bool = True, may_log: str = "(?!)"
    ) -> Page:
        def logged(message: ConsoleMessage) -> None:
            if message.type == "error" and not re.match(may_log, message.text):
                faults.append(message.text)

        context = browser.new_context(
            base_url=product.address,
            viewport={"width": width, "height": height},
            java_script_enabled=javascript,
            accept_downloads=True,
            locale="zh-CN",
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"script: {error}"))
        page.on("console", logged)
        page.on(
            "response",
            lambda answer: faults.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None,
        )
        pages.append(page)
        return page

    yield open_one
    for number, page in enumerate(pages):
        if not page.is_closed():
            page.screenshot(path=tmp_path / f"last-{number}.png", full_page=True)
        page.context.close()
    assert faults == [], f"{faults}\n{product.logs()}"
