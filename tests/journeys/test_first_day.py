"""The first day of a new user, from the one-time password on the terminal to the PDF of the year."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pdfplumber import open as open_pdf
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenPage
from tests.product import ROOT, Product

WORKBOOK = ROOT / "tests" / "data" / "enterprises.xlsx"
YEAR = "2025"
#: Chosen by each account at its first sign-in.
OWN_PASSWORD = "Qingjiang-2026-Bridge"


def sign_in(page: Page, product: Product, username: str) -> None:
    """Sign in; with the one-time password of the terminal the first time, which has to be changed at once."""
    page.goto("/")
    page.get_by_label("账号名").fill(username)
    page.get_by_label("密码").fill(product.own_passwords.get(username) or product.passwords()[username])
    page.get_by_role("button", name="登录").click()
    if username not in product.own_passwords:
        one_time = product.passwords()[username]
        expect(page.get_by_role("heading", name="改密码")).to_be_visible()
        page.get_by_label("旧密码").fill(one_time)
        page.get_by_label(re.compile(r"^\s*新密码(?!确认)")).fill(OWN_PASSWORD)
        page.get_by_label("新密码确认").fill(OWN_PASSWORD)
        page.get_by_role("button", name="保存新密码").click()
        product.own_passwords[username] = OWN_PASSWORD
    expect(page.get_by_role("navigation", name="主菜单")).to_be_attached()


def figure(page: Page, label: str) -> int:
    """The value a dashboard shows for an indicator."""
    link = page.get_by_role("link", name=re.compile(rf"^{label}[\d,]+\D*，查看记录$")).first
    return int(re.sub(r"\D", "", link.locator("strong").inner_text()))


def test_sign_in(product: Product, open_page: OpenPage) -> None:
    page = open_page()
    sign_in(page, product, "officer")
    page.goto(f"/dashboard/?period={YEAR}")
    print(page.content()[:3000])
    print(figure(page, "非公企业"))
