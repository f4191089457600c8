"""A clerk comes back from lunch, finishes the form and presses save: signed out, and nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.journeys.conftest import OpenPage
from tests.journeys.test_first_day import OWN_PASSWORD, sign_in
from tests.product import Product

#: The sign-in page that answers the form says 401, and a browser writes that to its console.
EXPECTED = r"Failed to load resource: .*status of 401"


def look(page: Page, path: Path) -> None:
    """A picture of the page as it is, and proof that it fits its window."""
    page.screenshot(path=path, full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
def test_a_form_sent_after_the_session_ended_is_filled_in_again_and_saved(
    product: Product, open_page: OpenPage, tmp_path: Path, javascript: bool
) -> None:
    page = open_page(width=1280 if javascript else 360, javascript=javascript, may_log=EXPECTED)
    sign_in(page, product, "officer")
    page.goto("/ledgers/activities/new/")
    title, outcome = f"午饭前写的活动{javascript}", "第一行 <b>&\n第二行"
    page.get_by_label("活动名称").fill(title)
    page.get_by_label("活动成效").fill(outcome)
    page.get_by_label("活动日期").fill("2026-05-06")
    page.get_by_label("单位").select_option(index=2)
    page.get_by_label("活动类别").select_option(index=1)
    page.context.clear_cookies(name="sessionid")

    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("刚才填写的内容还没有保存")).to_be_visible()
    look(page, tmp_path / "sign-in.png")
    page.get_by_label("账号名").fill("officer")
    page.get_by_label("密码").fill(OWN_PASSWORD)
    page.get_by_role("button", name="登录").click()
    if not javascript:
        look(page, tmp_path / "leading-back.png")
        page.get_by_role("button", name="回到刚才的表单").click()
    expect(page.get_by_text("刚才填写的内容都在下面，但还没有保存")).to_be_visible()
    expect(page.get_by_label("活动名称")).to_have_value(title)
    expect(page.get_by_label("活动成效")).to_have_value(outcome)
    look(page, tmp_path / "form.png")
    if javascript:
        # The browser asks before it throws away what is not saved.
        asked: list[str] = []

        def stay(dialog: Dialog) -> None:
            asked.append(dialog.type)
            dialog.dismiss()

        page.once("dialog", stay)
        page.get_by_role("link", name="取消", exact=True).click()
        expect(page.get_by_label("活动名称")).to_have_value(title)
        assert asked == ["beforeunload"]
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text(f"已新增工作活动：{title}")).to_be_visible()
    page.goto(f"/ledgers/activities/?q={title}")
    expect(page.locator("main tbody tr")).to_have_count(1)
