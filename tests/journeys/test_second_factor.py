"""The administrator without the telephone, on two machines."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenPage
from tests.journeys.test_first_day import OWN_PASSWORD, sign_in
from tests.product import Product


def with_recovery_code(page: Page, product: Product, username: str) -> None:
    page.goto("/accounts/")
    page.get_by_label("账号名").fill(username)
    page.get_by_label("密码").fill(OWN_PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_label("验证码").fill(product.recovery_codes[username].pop())
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(re.compile(r"/accounts/$"))


def test_a_recovery_code_leads_to_the_wanted_page_and_ends_the_other_session(
    product: Product, open_page: OpenPage
) -> None:
    office = open_page()
    if "admin" in product.authenticators:
        with_recovery_code(office, product, "admin")
    else:
        sign_in(office, product, "admin")
    home = open_page(width=360)
    with_recovery_code(home, product, "admin")
    expect(home.get_by_text("您用了一个恢复码")).to_be_visible()

    home.goto("/sessions/")
    expect(home.get_by_text("这里")).to_have_count(1)
    home.get_by_role("button", name="退出其他全部登录").click()
    expect(home.get_by_text("已退出其他地方的")).to_be_visible()
    office.goto("/accounts/")
    expect(office).to_have_url(re.compile(r"/sign-in/\?next="))
