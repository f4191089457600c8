"""A quarterly return between two desks: submitted, sent back, corrected, accepted, and seen by the leader."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenPage
from tests.journeys.test_first_day import sign_in
from tests.product import Product

REASON = "流动人口少算了1人，请核对"


def change_migrant(page: Page, by: int) -> int:
    """Correct the number of migrants on the open return, submit it, and return the new number."""
    page.get_by_role("link", name="修改", exact=True).click()
    field = page.get_by_label("流动少数民族人口")
    number = int(field.input_value()) + by
    field.fill(str(number))
    page.get_by_role("button", name="保存并报送").click()
    expect(page.get_by_text("等待审核")).to_be_visible()
    return number


def test_a_return_goes_to_the_officer_and_back_until_it_is_accepted(
    product: Product, open_page: OpenPage, tmp_path: Path
) -> None:
    clerk, officer = open_page(width=360, height=800), open_page()
    sign_in(clerk, product, "clerk")
    sign_in(officer, product, "officer")

    # The demo village has begun its return of the last quarter and not sent it.
    clerk.goto("/ledgers/population-returns/")
    clerk.locator("tbody a").first.click()
    expect(clerk.get_by_text("还没有报送")).to_be_visible()
    address = clerk.url
    change_migrant(clerk, by=1)

    officer.goto(address)
    officer.get_by_label("退回原因").fill(REASON)
    officer.get_by_role("button", name="退回修改").click()
    expect(officer.get_by_text(f"退回原因：{REASON}")).to_be_visible()

    clerk.reload()
    expect(clerk.get_by_text(f"退回原因：{REASON}")).to_be_visible()
    clerk.screenshot(path=tmp_path / "sent-back.png", full_page=True)
    number = change_migrant(clerk, by=1)

    officer.reload()
    officer.get_by_role("button", name="审核通过").click()
    expect(officer.get_by_text("已锁定")).to_be_visible()
    officer.screenshot(path=tmp_path / "accepted.png", full_page=True)

    clerk.reload()
    expect(clerk.get_by_text("已锁定")).to_be_visible()
    expect(clerk.get_by_role("link", name="修改", exact=True)).to_have_count(0)

    leader = open_page()
    sign_in(leader, product, "leader")
    leader.goto(address)
    row = leader.get_by_role("row").filter(has_text="流动少数民族人口")
    expect(row.first).to_contain_text(str(number))
    expect(leader.get_by_role("button", name="审核通过")).to_have_count(0)
