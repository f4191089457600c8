"""A whole day at the keyboard: nothing is out of its reach, and one always sees where one is."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import faults
from tests.journeys.conftest import OpenPage
from tests.journeys.test_first_day import ENTERPRISES, OWN_PASSWORD, WORKBOOK
from tests.product import Product

#: More stops than any page has: whoever has not arrived by then is caught in a trap, or the thing cannot be reached.
STOPS = 400
#: Where the focus is: whether it can be seen, and whether it lies under something else.
FOCUS = """() => {
  const element = document.activeElement;
  if (!element || element === document.body || element === document.documentElement) return null;
  const style = getComputedStyle(element), box = element.getBoundingClientRect();
  const x = Math.min(Math.max(box.x + box.width / 2, 0), innerWidth - 1);
  const y = Math.min(Math.max(box.y + Math.min(box.height, 40) / 2, 0), innerHeight - 1);
  const top = document.elementFromPoint(x, y);
  return {
    what: element.outerHTML.slice(0, 200),
    ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    inside: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    free: !!top && (element.contains(top) || top.contains(element)),
  };
}"""


class Keyboard:
    """Moves through a page by keys alone, and looks at each stop."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        self.page.keyboard.type(text)

    def look(self) -> None:
        """The focus is somewhere, it is marked, on the screen, and not covered."""
        focus = self.page.evaluate(FOCUS)
        assert focus is not None, f"the focus is lost on {self.page.url}"
        assert focus["ring"], f"no focus ring on {focus['what']}"
        assert focus["inside"], f"the focus is off the screen: {focus['what']}"
        assert focus["free"], f"something covers {focus['what']}"

    @property
    def here(self) -> str:
        """What a screen reader would say of the focus: its role and its name."""
        focused = self.page.locator(":focus")
        return focused.aria_snapshot() if focused.count() else ""

    def go_to(self, role: str, name: str, *, back: bool = False) -> None:
        """By Tab until it is reached."""
        wanted = re.compile(rf'^- {role} "{name}')
        start = self.page.url
        for _ in range(STOPS):
            self.press("Shift+Tab" if back else "Tab")
            # Past the last stop the focus leaves for the browser's own buttons, and comes round again.
            if not (here := self.here):
                continue
            self.look()
            if wanted.search(here):
                return
        raise AssertionError(f"{role} {name} cannot be reached on {start}; last stop: {self.here}")

    def stop_at(self, selector: str, *, back: bool = False) -> None:
        """By Tab until the focus is on what the selector means."""
        for _ in range(STOPS):
            self.press("Shift+Tab" if back else "Tab")
            if self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                self.look()
                return
        raise AssertionError(f"{selector} cannot be reached; last stop: {self.here}")

    def follow(self, role: str, name: str, *, back: bool = False) -> None:
        """Go there, press Enter, and be on another page."""
        before = self.page.url
        self.go_to(role, name, back=back)
        self.press("Enter")
        expect(self.page).not_to_have_url(before)
        self.page.wait_for_load_state()

    def choose(self, name: str, wanted: str) -> None:
        """In a drop-down, by the arrow key, the option of this label or value."""
        self.go_to("combobox", name)
        for _ in range(60):
            chosen = "document.activeElement.selectedOptions[0]"
            if wanted in self.page.evaluate(f"[{chosen}.label.trim(), {chosen}.value]"):
                return
            self.press("ArrowDown")
        raise AssertionError(f"{name} has no option {wanted}")


def sign_in(keyboard: Keyboard, product: Product, username: str) -> None:
    page = keyboard.page
    page.goto("/")
    password = product.own_passwords.get(username) or product.passwords()[username]
    expect(page.get_by_label("账号名")).to_be_focused()
    keyboard.write(username)
    keyboard.go_to("textbox", "密码")
    keyboard.write(password)
    keyboard.press("Enter")
    page.wait_for_url(re.compile(r"//[^/]+/(password/)?$"))
    if username in product.own_passwords:
        return
    for label, text in (("旧密码", password), ("新密码", OWN_PASSWORD), ("新密码确认", OWN_PASSWORD)):
        keyboard.go_to("textbox", label)
        keyboard.write(text)
    keyboard.press("Enter")
    page.wait_for_url(re.compile(r"//[^/]+/$"))
    product.own_passwords[username] = OWN_PASSWORD


def test_a_day_without_a_mouse(product: Product, open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(may_log=r"Failed to load resource: .*status of 422")  # the mistake
    # Without it a page is still gliding when it is looked at.
    page.emulate_media(reduced_motion="reduce")
    keyboard = Keyboard(page)
    sign_in(keyboard, product, "officer")

    # The first stop of every page leads past the menu.
    page.reload()
    keyboard.press("Tab")
    assert keyboard.here == '- link "跳到正文":\n  - /url: "#content"', keyboard.here
    keyboard.look()
    keyboard.press("Enter", "Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")

    read_and_enter(keyboard)
    fill_in_a_return(keyboard, tmp_path)
    import_a_workbook(keyboard)
    write_a_section(keyboard, tmp_path)

    open_account_menu(keyboard)
    assert faults(page) == []
    keyboard.go_to("button", "退出")
    keyboard.press("Enter")
    expect(page.get_by_label("账号名")).to_be_focused()


def open_account_menu(keyboard: Keyboard) -> None:
    menu = keyboard.page.locator("details.menu")
    keyboard.stop_at("details.menu summary", back=True)
    keyboard.press("Enter")
    expect(menu).to_have_attribute("open", "")
    # Escape closes it and leaves the focus where it was.
    keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    keyboard.look()
    keyboard.press("Enter")
    expect(menu).to_have_attribute("open", "")


def read_and_enter(keyboard: Keyboard) -> None:
    page = keyboard.page
    keyboard.follow("link", "工作活动", back=True)
    keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    keyboard.look()
    keyboard.write("会")
    keyboard.press("Enter")
    page.wait_for_url(re.compile(r"q="))
    keyboard.choose("活动类别", "专题研究")
    keyboard.go_to("button", "查询", back=True)
    keyboard.press("Enter")
    page.wait_for_url(re.compile(r"kind=meeting"))
    expect(page.get_by_label("已选条件")).to_contain_text("专题研究")

    keyboard.follow("link", "新增", back=True)
    keyboard.choose("活动类别", "走访慰问")
    keyboard.go_to("textbox", "活动名称")
    keyboard.write("不用鼠标登记的走访")
    keyboard.choose("单位", "上河村")
    keyboard.press("Tab")
    keyboard.look()
    # The browser's own language says in which order the parts of a date are typed.
    for order in ("06112025", "20250611"):
        keyboard.press("ArrowLeft", "ArrowLeft", "ArrowLeft")
        keyboard.write(order)
        if page.get_by_label("活动日期").input_value() == "2025-06-11":
            break
    keyboard.go_to("spinbutton", "参加人次")
    keyboard.press("Control+a")
    keyboard.write("7")
    keyboard.follow("button", "保存")
    expect(page.get_by_role("heading", level=1)).to_have_text("不用鼠标登记的走访")


def fill_in_a_return(keyboard: Keyboard, tmp_path: Path) -> None:
    """With fewer persons than households at first."""
    page = keyboard.page
    keyboard.follow("link", "侨台季报", back=True)
    keyboard.follow("link", "新增")
    keyboard.choose("单位", "竹溪村")
    for category in ("归侨", "侨眷", "台胞台属", "港澳眷属", "留学归国"):
        for what, number in (("户数", "9"), ("人数", "3" if category == "归侨" else "9")):
            keyboard.go_to("spinbutton", category + what)
            keyboard.press("Control+a")
            keyboard.write(number)
    keyboard.go_to("button", "保存草稿")
    keyboard.press("Enter")
    # The errors are told first, and lead to their fields.
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    assert faults(page) == []
    page.screenshot(path=tmp_path / "mistake.png", full_page=True)
    keyboard.go_to("link", "归侨人数")
    keyboard.press("Enter")
    keyboard.look()
    keyboard.press("Control+a")
    keyboard.write("12")
    keyboard.follow("button", "保存草稿")
    expect(page.get_by_role("status")).to_contain_text("还没有报送")


def import_a_workbook(keyboard: Keyboard) -> None:
    page = keyboard.page
    keyboard.follow("link", "导入记录", back=True)
    keyboard.follow("link", "导入非公企业")
    with page.expect_file_chooser() as chooser:
        # Within, since Chromium is told to announce the dialog by another way than that of the keys: on a busy machine
        # the key would be there first. On the way to the button it is asked what has the focus, and answers after both.
        keyboard.go_to("button", "表格文件")
        keyboard.press("Enter")
    chooser.value.set_files(WORKBOOK)
    keyboard.go_to("button", "检查表格")
    keyboard.press("Enter")
    expect(page.get_by_role("button", name="确认导入")).to_be_visible()
    keyboard.go_to("button", "确认导入")
    keyboard.press("Enter")
    expect(page.get_by_role("button", name="撤销导入")).to_be_visible()
    keyboard.go_to("button", "撤销导入")
    keyboard.press("Enter")
    expect(page.get_by_text(f"已撤销：删去 {ENTERPRISES} 条")).to_be_visible()


def write_a_section(keyboard: Keyboard, tmp_path: Path) -> None:
    page = keyboard.page
    keyboard.follow("link", "总结报告", back=True)
    keyboard.follow("link", "起草报告")
    keyboard.choose("期间", "2024")
    keyboard.go_to("button", "开始起草")
    keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/reports/\d+/$"), timeout=120_000)
    keyboard.follow("link", "修改正文")
    expect(page.get_by_role("heading", name="修改正文")).to_be_visible()
    source = page.locator("#plans").get_by_role("textbox")
    # The list of sections spares the way through all that stands before.
    keyboard.stop_at("a[href='#plans']")
    keyboard.press("Enter")
    keyboard.stop_at("#plans textarea")
    keyboard.press("Control+a")
    keyboard.write("本年研究{{会议")
    options = page.locator("#plans").get_by_role("option")
    expect(options.first).to_contain_text("work.meetings")
    page.screenshot(path=tmp_path / "figures.png")
    assert faults(page) == []
    keyboard.press("Enter")
    expect(source).to_have_value("本年研究{{work.meetings}}")
    keyboard.press("Escape")
    expect(options).to_have_count(0)
    expect(source).to_be_focused()
    keyboard.write("次。")
    expect(page.locator("#plans [data-state]")).to_contain_text("已保存")
    # Saving has taken the focus nowhere, and a text box lets it go again.
    expect(source).to_be_focused()
    keyboard.press("Tab")
    keyboard.look()
    assert not source.evaluate("each => each === document.activeElement")
