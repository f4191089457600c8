"""The text of a report is written, whatever happens meanwhile: a lost line, a colleague, an expired session."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.journeys.conftest import OpenPage
from tests.journeys.test_first_day import menu, sign_in
from tests.product import Product

#: A kind of report that no other journey drafts.
KIND, PERIOD = "quarterly", "2026Q1"
#: What a browser writes to its console when these journeys cut the line, meet a colleague or lose the session.
EXPECTED = r"Failed to load resource: .*(ERR_(INTERNET_DISCONNECTED|FAILED)|status of (401|403|409))"


@pytest.fixture(scope="module")
def address() -> list[str]:
    """The editor's address, once a journey has drafted the report."""
    return []


def open_editor(page: Page, address: list[str]) -> None:
    if not address:
        page.goto(f"/reports/draft/?kind={KIND}&period={PERIOD}")
        page.get_by_role("button", name="开始起草").click()
        # The job's page says when the report is there.
        expect(page.get_by_role("link", name=re.compile("下载PDF"))).to_be_visible(timeout=120_000)
        menu(page, "总结报告")
        page.get_by_role("link", name=re.compile("2026年第一季度")).first.click()
        page.get_by_role("link", name=re.compile("修改正文")).click()
        address.append(page.url)
    page.goto(address[0])
    expect(page.get_by_role("heading", name="修改正文")).to_be_visible()


def section(page: Page, key: str) -> Locator:
    return page.locator(f"#{key}")


def text(part: Locator) -> Locator:
    return part.get_by_role("textbox")


def state(part: Locator) -> Locator:
    return part.locator("[data-state]")


def kept_here(page: Page) -> list[str]:
    """Texts that this browser holds."""
    held: list[str] = page.evaluate(
        "Object.keys(localStorage).filter(n => n.startsWith('report-draft:'))"
        ".map(n => JSON.parse(localStorage[n]).text)"
    )
    return held


def test_a_figure_by_keyboard_and_a_lost_connection(
    product: Product, open_page: OpenPage, address: list[str], tmp_path: Path
) -> None:
    page = open_page(may_log=EXPECTED)
    sign_in(page, product, "officer")
    open_editor(page, address)
    part = section(page, "plans")
    text(part).fill("")
    text(part).press_sequentially("本季度研究{{会议")
    options = part.get_by_role("option")
    expect(options.first).to_contain_text("work.meetings")
    said = options.first.locator(".figure-said").inner_text()
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.screenshot(path=tmp_path / "figures.png")
    text(part).press("Enter")
    expect(text(part)).to_have_value("本季度研究{{work.meetings}}")
    figure = part.locator("[data-shown] a.traced")
    expect(figure).to_have_text(said)
    # How else it can be said is offered, but does not stand in the way.
    expect(options).to_have_count(6)
    text(part).press("ArrowDown")
    text(part).press("Escape")
    expect(options).to_have_count(0)
    expect(state(part)).to_contain_text("已保存")
    assert kept_here(page) == []

    page.context.set_offline(True)
    text(part).press_sequentially("，断线时写的")
    expect(state(part)).to_contain_text("连接中断")
    assert kept_here(page) == ["本季度研究{{work.meetings}}，断线时写的"]
    page.screenshot(path=tmp_path / "offline.png")
    page.context.set_offline(False)
    expect(state(part)).to_contain_text("已保存")
    assert kept_here(page) == []

    # Saved, but the answer is lost: the author, who has gone on, is not told of a conflict with himself.
    lost: list[int] = []

    def lose_the_answer(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch().status)
            route.abort()

    page.route("**/sections/plans/", lose_the_answer)
    text(part).press_sequentially("。")
    expect(state(part)).to_contain_text("连接中断")
    text(part).press_sequentially("又写")
    expect(state(part)).to_contain_text("已保存")
    assert lost == [200]
    page.reload()
    expect(text(part)).to_have_value("本季度研究{{work.meetings}}，断线时写的。又写")


def test_two_authors_of_one_section_keep_both_texts(
    product: Product, open_page: OpenPage, address: list[str], tmp_path: Path
) -> None:
    first, second = open_page(), open_page(width=360, height=740, may_log=EXPECTED)
    for page in (first, second):
        sign_in(page, product, "officer")
        open_editor(page, address)
    mine, theirs = section(second, "problems"), section(first, "problems")
    text(theirs).fill("甲写的问题")
    expect(state(theirs)).to_contain_text("已保存")
    text(mine).fill("乙写的问题")
    expect(state(mine)).to_contain_text("保存了另一版")
    expect(mine.locator(".section-trouble")).to_contain_text("甲写的问题")
    expect(text(mine)).to_have_value("乙写的问题")
    second.screenshot(path=tmp_path / "conflict.png")
    mine.get_by_role("button", name="把对方的附在我的后面").click()
    expect(state(mine)).to_contain_text("已保存")
    first.reload()
    expect(text(theirs)).to_have_value("乙写的问题\n甲写的问题")
    assert kept_here(second) == []
    # Where nothing is typed there is nothing to choose: the page follows.
    text(theirs).fill("甲又改了")
    expect(state(theirs)).to_contain_text("已保存")
    second.wait_for_function(
        "() => { window.dispatchEvent(new Event('focus'));"
        " return document.querySelector('#problems textarea').value === '甲又改了'; }",
        polling=500,
    )
    expect(state(mine)).to_contain_text("刚保存的文字")
    text(mine).fill("乙接着写")
    expect(state(mine)).to_contain_text("已保存")


def test_an_expired_session_keeps_the_text_until_the_author_is_back(
    product: Product, open_page: OpenPage, address: list[str], tmp_path: Path
) -> None:
    page = open_page(may_log=EXPECTED)
    sign_in(page, product, "officer")
    open_editor(page, address)
    part = section(page, "plans")
    page.context.clear_cookies(name="sessionid")
    text(part).fill("登录过期时写的")
    expect(state(part)).to_contain_text("登录已过期")
    assert kept_here(page) == ["登录过期时写的"]
    page.screenshot(path=tmp_path / "expired.png")
    with page.context.expect_page() as opened:
        part.get_by_role("link", name="在新窗口登录").click()
    sign_in(opened.value, product, "officer")
    opened.value.close()
    page.bring_to_front()
    # What a browser does when its user comes back to the window.
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(state(part)).to_contain_text("已保存")
    assert kept_here(page) == []

    # A crash instead: the page is gone, what it held is found again, and signing out leaves nothing behind.
    page.context.set_offline(True)
    text(part).fill("断线时关掉了窗口")
    expect(state(part)).to_contain_text("连接中断")
    page.close(run_before_unload=False)
    again = page.context.new_page()
    page.context.set_offline(False)
    open_editor(again, address)
    expect(text(section(again, "plans"))).to_have_value("断线时关掉了窗口")
    expect(state(section(again, "plans"))).to_contain_text("已保存")
    again.evaluate("localStorage['report-draft:0:0:x:1'] = '{}'")
    again.get_by_label(re.compile("账号菜单")).click()
    again.get_by_role("button", name="退出").click()
    expect(again.get_by_label("账号名")).to_be_visible()
    assert again.evaluate("Object.keys(localStorage).filter(n => n.startsWith('report-draft:'))") == []


def test_without_a_script_the_text_is_previewed_and_saved(
    product: Product, open_page: OpenPage, address: list[str]
) -> None:
    drafting = open_page()
    sign_in(drafting, product, "officer")
    open_editor(drafting, address)
    page = open_page(javascript=False, width=360, height=740)
    sign_in(page, product, "officer")
    page.goto(address[0])
    part = section(page, "work")
    text(part).fill("研究{{work.meetin}}")
    part.get_by_role("button", name="预览").click()
    expect(part.locator("[data-shown]")).to_contain_text("{{work.meetings}}")
    text(part).fill("研究{{work.meetings}}")
    part.get_by_role("button", name="预览").click()
    expect(part.locator("a.traced")).to_be_visible()
    expect(part.get_by_text("还没有保存")).to_be_visible()
    part.get_by_role("button", name="保存这一部分").click()
    expect(page.get_by_text("已保存")).to_be_visible()
    expect(text(section(page, "work"))).to_have_value("研究{{work.meetings}}")
