"""The generic pages, tried on one ledger; the contract tests walk all of them."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from ledgers.models import FormSubmission, Job, User
from nonpublic.models import Enterprise
from tests.conftest import PASSWORD, Units
from tests.core.factories import credit_code, enterprise

SignIn = Callable[[User], Client]
LIST, NEW = "/ledgers/enterprises/", "/ledgers/enterprises/new/"


def hidden(response: object, name: str) -> str:
    page = response.content.decode()  # type: ignore[attr-defined]
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert tag is not None, f"no hidden field {name}"
    value = re.search(r'value="([^"]*)"', tag[0])
    assert value is not None
    return value[1]


def filled(units: Units, number: int = 1, **fields: object) -> dict[str, object]:
    return {
        "unit": units.village.pk,
        "name": "示例企业有限公司",
        "credit_code": credit_code(number),
        "registered_capital": "80.5",
        "staff": "12",
        **fields,
    }


def test_a_double_click_makes_one_record_and_lands_on_it(
    signed_in: SignIn, clerk: User, units: Units
) -> None:
    client = signed_in(clerk)
    data = filled(units, nonce=hidden(client.get(NEW), "nonce"))
    first, second = client.post(NEW, data), client.post(NEW, data)
    record = Enterprise.objects.get()
    assert first["Location"] == second["Location"] == record.get_absolute_url()
    assert FormSubmission.objects.count() == 1


def test_two_tabs_and_going_back_neither_double_nor_lose_anything(
    signed_in: SignIn, clerk: User, units: Units
) -> None:
    client = signed_in(clerk)
    tabs = [hidden(client.get(NEW), "nonce") for _ in range(2)]
    made = client.post(NEW, filled(units, nonce=tabs[0]))
    # The other tab holds the same enterprise, and says so.
    twin = client.post(NEW, filled(units, nonce=tabs[1], remark="另一个标签页"))
    assert twin.status_code == 422
    assert "另一个标签页" in twin.content.decode()
    edit = f"{made['Location']}edit/"
    version = hidden(client.get(edit), "row_version")
    client.post(edit, filled(units, row_version=version, staff="20"))
    # Back to the form of the new record, changed and sent once more: the record is shown, and stays as it is.
    again = client.post(NEW, filled(units, nonce=tabs[0], staff="99"))
    assert again["Location"] == made["Location"]
    # The tab that was still open on the old values sees both versions.
    assert client.post(edit, filled(units, row_version=version, staff="30")).status_code == 409
    assert list(Enterprise.objects.values_list("staff", "row_version")) == [(20, 2)]


def test_wrong_input_keeps_everything_that_was_typed(signed_in: SignIn, clerk: User, units: Units) -> None:
    client = signed_in(clerk)
    data = filled(units, nonce=hidden(client.get(NEW), "nonce"), credit_code="91330281MA0000001X", staff="-3")
    response = client.post(NEW, data)
    assert response.status_code == 422
    page = response.content.decode()
    assert "示例企业有限公司" in page
    assert 'value="-3"' in page
    assert not Enterprise.objects.exists()
    repaired = client.post(NEW, {**filled(units), "nonce": hidden(response, "nonce")})
    assert repaired.status_code == 302


def test_a_form_without_or_with_a_foreign_nonce_is_shown_again_and_then_saves(
    signed_in: SignIn, clerk: User, officer: User, units: Units
) -> None:
    foreign = hidden(signed_in(officer).get(NEW), "nonce")
    client = signed_in(clerk)
    for nonce in ("", "forged", foreign):
        response = client.post(NEW, filled(units, nonce=nonce))
        assert response.status_code == 422
        assert not Enterprise.objects.exists()
    assert client.post(NEW, filled(units, nonce=hidden(response, "nonce"))).status_code == 302


def test_posting_the_unit_of_another_village_is_refused(signed_in: SignIn, clerk: User, units: Units) -> None:
    client = signed_in(clerk)
    nonce = hidden(client.get(NEW), "nonce")
    response = client.post(NEW, filled(units, nonce=nonce, unit=units.villages[1].pk))
    assert response.status_code == 422
    assert not Enterprise.objects.exists()


def test_two_editors_the_second_sees_both_versions_and_loses_nothing(
    signed_in: SignIn, officer: User, clerk: User, units: Units
) -> None:
    record = enterprise(units.village, 1, staff=5)
    edit = f"{record.get_absolute_url()}edit/"
    first, second = signed_in(officer), signed_in(clerk)
    version = hidden(second.get(edit), "row_version")
    first.post(edit, filled(units, row_version=version, staff="8"))
    response = second.post(edit, filled(units, row_version=version, staff="9", remark="重新核对"))
    assert response.status_code == 409
    page = response.content.decode()
    assert "8" in page
    assert 'value="9"' in page
    assert "重新核对" in page
    record.refresh_from_db()
    assert record.staff == 8
    again = second.post(edit, filled(units, row_version=hidden(response, "row_version"), staff="9"))
    assert again.status_code == 302
    record.refresh_from_db()
    assert record.staff == 9


def test_delete_asks_first_then_offers_undo_and_undo_brings_it_back(
    signed_in: SignIn, officer: User, units: Units
) -> None:
    record = enterprise(units.village, 1)
    client = signed_in(officer)
    assert client.get(f"{record.get_absolute_url()}delete/").status_code == 200
    assert Enterprise.objects.exists()
    page = client.post(f"{record.get_absolute_url()}delete/", follow=True).content.decode()
    undo = re.search(r'href="(/ledgers/enterprises/deleted/\d+/restore/)"', page)
    assert undo is not None
    assert client.get(undo[1]).status_code == 200
    assert not Enterprise.objects.exists()
    assert client.post(undo[1])["Location"] == record.get_absolute_url()
    assert Enterprise.objects.get().pk == record.pk


def test_pages_never_overlap_and_a_page_too_far_is_the_last(
    signed_in: SignIn, officer: User, units: Units
) -> None:
    for number in range(60):
        enterprise(units.village, number, staff=number % 3)
    client = signed_in(officer)
    seen: list[str] = []
    for page in (1, 2, 3):
        text = client.get(f"{LIST}?sort=-staff&page={page}").content.decode()
        seen += re.findall(r'href="/ledgers/enterprises/(\d+)/"', text)
    assert len(set(seen)) == 60
    far = client.get(f"{LIST}?sort=-staff&page=99")
    assert far.context["page_obj"].number == 3
    for odd in ("0", "-1", "x", ""):
        assert client.get(f"{LIST}?page={odd}").status_code == 200


def test_search_unit_and_paging_work_together_and_an_unknown_value_finds_nothing_wrong(
    signed_in: SignIn, officer: User, units: Units
) -> None:
    enterprise(units.village, 1, name="乙金制造")
    enterprise(units.villages[1], 2, name="丙水制造")
    client = signed_in(officer)
    assert client.get(LIST, {"q": "制造"}).context["total"] == 2
    assert client.get(LIST, {"q": "丙水 制造"}).context["total"] == 1
    found = client.get(LIST, {"q": "制造", "unit": units.village.pk})
    assert found.context["total"] == 1
    assert [label for label, *_ in found.context["active_filters"]] == ["搜索", "单位"]
    assert client.get(LIST, {"unit": units.neighbour.pk}).status_code == 200
    assert client.get(LIST, {"q": "没有这家"}).context["total"] == 0


def test_an_export_holds_what_the_filters_show_and_text_stays_text(
    signed_in: SignIn, officer: User, units: Units
) -> None:
    enterprise(units.village, 1, name="=HYPERLINK(1)")
    enterprise(units.villages[1], 2, name="丙水制造")
    enterprise(units.neighbour_village, 3, name="邻镇企业")
    client = signed_in(officer)
    response = client.get(f"{LIST}export/", {"unit": units.village.pk})
    book = openpyxl.load_workbook(BytesIO(b"".join(response.streaming_content)))  # type: ignore[attr-defined]
    rows = list(book.active.iter_rows())  # type: ignore[union-attr]
    assert len(rows) == 2
    cells = {cell.value: cell.data_type for cell in rows[1] if cell.value is not None}
    assert cells["=HYPERLINK(1)"] == "s"
    # On paper the columns stay side by side, below their names on every page.
    sheet: Any = book.active
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$1:$1"


def test_a_long_export_is_a_job_whose_file_only_its_owner_fetches(
    signed_in: SignIn,
    officer: User,
    leader: User,
    units: Units,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable,
) -> None:
    from ledgers import jobs

    monkeypatch.setattr("ledgers.views.export.INLINE_ROWS", 1)
    monkeypatch.setattr("ledgers.tasks.run_job.apply_async", lambda args, **options: jobs.execute(args[0]))
    for number in (1, 2):
        enterprise(units.village, number)
    with django_capture_on_commit_callbacks(execute=True):
        response = signed_in(officer).get(f"{LIST}export/")
    job = Job.objects.get()
    assert response["Location"] == job.get_absolute_url()
    assert job.state == Job.State.DONE
    download = job.result["download"]
    page = signed_in(officer).get(job.get_absolute_url(), headers={"HX-Request": "true"})
    assert f'href="{download}"' in page.text
    assert "every" not in page.text, "a page that asks again would fetch the file again"
    fetched = signed_in(officer).get(download)
    book = openpyxl.load_workbook(BytesIO(b"".join(fetched.streaming_content)))  # type: ignore[attr-defined]
    assert book.active.max_row == 3  # type: ignore[union-attr]
    assert signed_in(leader).get(download).status_code == 404


def test_a_one_time_password_opens_the_password_page_and_nothing_else(clerk: User) -> None:
    clerk.must_change_password = True
    clerk.save()
    client = Client()
    client.post(reverse("login"), {"username": clerk.username, "password": PASSWORD})
    page = client.get(LIST, follow=True)
    assert page.request["PATH_INFO"] == reverse("password_change")
    new = "Willow-5-by-the-river"
    saved = client.post(
        f"{page.request['PATH_INFO']}?{page.request['QUERY_STRING']}",
        {"old_password": PASSWORD, "new_password1": new, "new_password2": new},
    )
    assert saved["Location"] == LIST, "the page that was wanted"
    assert client.get(LIST).status_code == 200


def test_the_administrator_opens_accounts_below_the_own_unit_only(
    signed_in: SignIn, admin: User, officer: User, units: Units
) -> None:
    client = signed_in(admin)
    new = {"username": "xinren", "name": "新人", "unit": units.village.pk, "role": "clerk", "is_active": "on"}
    page = client.post(reverse("accounts:create"), new).content.decode()
    opened = User.objects.get(username="xinren")
    assert opened.must_change_password
    password = re.search(r"[A-Z][a-z]{2}\d(?:-[A-Z][a-z]{2}\d){3}", page)
    assert password is not None
    assert opened.check_password(password[0])
    outside = {**new, "username": "waimian", "unit": units.neighbour.pk}
    assert client.post(reverse("accounts:create"), outside).status_code == 422
    assert signed_in(officer).get(reverse("accounts:list")).status_code == 403
    assert client.get(LIST).status_code == 403


def test_the_auditor_reads_every_change_of_the_own_subtree_and_no_record(
    signed_in: SignIn, auditor: User, officer: User, admin: User, units: Units
) -> None:
    record = enterprise(units.village, 1, staff=5)
    enterprise(units.neighbour_village, 2, name="邻镇企业")
    client = signed_in(officer)
    edit = f"{record.get_absolute_url()}edit/"
    client.post(edit, filled(units, row_version=hidden(client.get(edit), "row_version"), staff="9"))
    page = signed_in(auditor).get(reverse("audit:list"), {"ledger": "enterprises"})
    kinds = [change.kind_label for change in page.context["changes"]]
    assert kinds == ["修改", "新增"]
    newest = page.context["changes"][0]
    changes = {c.label: (c.old, c.new) for c in newest.changes}
    assert changes["从业人数"] == ("5", "9")
    assert newest.who == officer.name
    assert "邻镇企业" not in page.content.decode()
    assert signed_in(auditor).get(record.get_absolute_url()).status_code == 404
    assert signed_in(admin).get(reverse("audit:list")).status_code == 403
    assert signed_in(auditor).get(reverse("audit:list"), {"ledger": "none"}).status_code == 404
    for query in ({"who": "没有"}, {"since": "x"}, {"kind": "-"}):
        assert not signed_in(auditor).get(reverse("audit:list"), query).context["changes"]
