"""The first day of a new user, from the one-time password on the terminal to the PDF of the year."""

from __future__ import annotations

import re
from pathlib import Path

import pdfplumber
import pytest
from playwright.sync_api import Page, expect

from tests.authenticator import App
from tests.journeys.conftest import OpenPage
from tests.product import ROOT, Product

WORKBOOK = ROOT / "tests" / "data" / "enterprises.xlsx"
ENTERPRISES = 12
YEAR = "2025"
#: Chosen by each account at its first sign-in.
OWN_PASSWORD = "Qingjiang-2026-Bridge"


def sign_in(page: Page, product: Product, username: str) -> None:
    """Sign in; with the one-time password of the terminal the first time, which has to be changed at once."""
    page.goto("/")
    page.get_by_label("账号名").fill(username)
    page.get_by_label("密码").fill(product.own_passwords.get(username) or product.passwords()[username])
    page.get_by_role("button", name="登录").click()
    if app := product.authenticators.get(username):
        page.get_by_label("验证码").fill(app.next_code())
        page.get_by_role("button", name="登录").click()
    if username not in product.own_passwords:
        expect(page.get_by_role("heading", name="改密码")).to_be_visible()
        page.get_by_label("旧密码").fill(product.passwords()[username])
        page.get_by_label(re.compile(r"^\s*新密码(?!确认)")).fill(OWN_PASSWORD)
        page.get_by_label("新密码确认").fill(OWN_PASSWORD)
        page.get_by_role("button", name="保存新密码").click()
        product.own_passwords[username] = OWN_PASSWORD
        if username == "admin":
            set_up_second_factor(page, product, username)
    expect(page).to_have_url(re.compile(r"/$"))


def set_up_second_factor(page: Page, product: Product, username: str) -> None:
    """Type the key into an app, give its first code, and keep the recovery codes."""
    expect(page.get_by_role("heading", name="登录验证")).to_be_visible()
    app = product.authenticators[username] = App(page.locator(".secret-key").inner_text())
    page.get_by_label("验证码").fill(app.next_code())
    page.get_by_role("button", name="启用登录验证").click()
    codes = page.locator(".recovery-codes code")
    expect(codes).to_have_count(10)
    product.recovery_codes[username] = codes.all_inner_texts()
    page.get_by_role("link", name="我已保存，继续").click()


def menu(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="主菜单").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def figure(page: Page, label: str) -> int:
    """What the dashboard of the year shows for an indicator."""
    page.goto(f"/dashboard/?period={YEAR}")
    link = page.get_by_role("link", name=re.compile(rf"^{label}[\d,]+\D*，查看记录$")).first
    return int(re.sub(r"\D", "", link.locator("strong").inner_text()))


def upload(page: Page, workbook: Path) -> None:
    """Hand the workbook over and wait for what the product makes of it."""
    menu(page, "导入记录")
    page.get_by_role("link", name="导入非公企业").click()
    page.get_by_label("表格文件").set_input_files(workbook)
    page.get_by_role("button", name="检查表格").click()


def count(page: Page, label: str) -> int:
    stat = page.locator(".import-counts .stat").filter(has=page.get_by_text(label, exact=True))
    return int(stat.locator("strong").inner_text().replace(",", ""))


def test_from_the_workbook_to_the_report(product: Product, open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page()
    sign_in(page, product, "officer")
    before = figure(page, "非公企业")

    upload(page, WORKBOOK)
    confirm = page.get_by_role("button", name="确认导入")
    expect(confirm).to_be_visible()
    assert [count(page, label) for label in ("新增", "变更", "未变", "有误")] == [ENTERPRISES, 0, 0, 0]
    page.screenshot(path=tmp_path / "preview.png", full_page=True)
    assert figure(page, "非公企业") == before, "nothing is written before it is confirmed"
    page.go_back()
    confirm.click()
    undo = page.get_by_role("button", name="撤销导入")
    expect(undo).to_be_visible()
    batch = page.url

    assert figure(page, "非公企业") == before + ENTERPRISES
    page.screenshot(path=tmp_path / "dashboard.png", full_page=True)
    page.get_by_role("link", name=re.compile(r"^非公企业[\d,]+\D*，查看记录$")).first.click()
    expect(page.get_by_text("东山乙金制造有限公司1", exact=True).first).to_be_visible()

    menu(page, "总结报告")
    page.get_by_role("link", name="起草报告").first.click()
    page.get_by_label("期间").select_option(YEAR)
    page.get_by_role("button", name="开始起草").click()
    page.wait_for_url(re.compile(r"/reports/\d+/$"), timeout=90_000)
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("下载PDF")).click()
    page.screenshot(path=tmp_path / "report.png", full_page=True)
    file = tmp_path / "report.pdf"
    download.value.save_as(file)
    assert file.read_bytes().startswith(b"%PDF-")
    with pdfplumber.open(file) as pdf:
        assert len(pdf.pages) > 1
        text = "".join(page.extract_text() for page in pdf.pages)
    assert "东山镇" in text
    assert f"非公企业{before + ENTERPRISES}家" in re.sub(r"\s", "", text)

    page.goto(batch)
    undo.click()
    expect(page.get_by_text(f"已撤销：删去 {ENTERPRISES} 条")).to_be_visible()
    assert figure(page, "非公企业") == before


@pytest.mark.parametrize("username", ["officer", "clerk", "leader", "admin", "auditor"])
def test_every_page_fits_a_phone(
    product: Product, open_page: OpenPage, username: str, tmp_path: Path
) -> None:
    page = open_page(width=360, height=740)
    sign_in(page, product, username)
    page.get_by_role("button", name="打开菜单").click()
    links = page.get_by_label("主菜单").locator("a[href^='/']")
    expect(links.first).to_be_visible()
    page.screenshot(path=tmp_path / "menu.png")
    addresses = sorted({link.get_attribute("href") or "" for link in links.all()})
    assert "/" in addresses
    for address in [*addresses, "/password/", "/second-factor/", "/sessions/"]:
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{address} is {wide} px too wide"
        page.screenshot(path=tmp_path / f"{address.strip('/').replace('/', '-') or 'home'}.png")


def test_the_same_without_javascript(product: Product, open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    sign_in(page, product, "officer")
    before = figure(page, "非公企业")

    upload(page, WORKBOOK)
    # Without scripts the progress page asks again by itself, and goes on when the work is done.
    expect(page.get_by_role("button", name="确认导入")).to_be_visible()
    assert count(page, "新增") == ENTERPRISES
    page.get_by_role("button", name="取消导入").click()
    assert figure(page, "非公企业") == before
