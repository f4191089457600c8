"""A representative is never without a public post: in the database, the services, the form and the import."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from ledgers import services as core
from ledgers.models import OrgUnit, User
from representatives.forms import ProposalForm, RepresentativeForm, TrainingForm
from representatives.models import Appointment, Proposal, Representative, Training
from representatives.posts import Body, Level, body_of, level_of, split_posts, summary
from representatives.services import (
    Anonymised,
    NoPublicPost,
    create_representative,
    update_representative,
)
from tests.conftest import Units
from tests.core.test_views import hidden

pytestmark = pytest.mark.each_database

SignIn = Callable[[User], Client]
NEW = "/ledgers/representatives/new/"


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def appointment(post: str = "区政协委员", **fields: Any) -> Appointment:
    values = {"body": body_of(post) or Body.OTHER, "level": level_of(post), **fields}
    return Appointment(post=post, **values)


def representative(
    unit: OrgUnit, *appointments: Appointment, user: User | None = None, **fields: Any
) -> Representative:
    values = {"name": "代表甲", "birth_year": 1980, "party": "cdl", **fields}
    return create_representative(
        instance=Representative(unit=unit, **values),
        appointments=appointments or [appointment()],
        user=user,
    )


def row(number: int, post: str, **fields: str) -> dict[str, str]:
    values = {"body": body_of(post) or "other", "post": post, **fields}
    return {f"appointments-{number}-{name}": value for name, value in values.items()}


def form_data(unit: OrgUnit, *rows: dict[str, str], initial: int = 0, **fields: str) -> dict[str, str]:
    data = {
        "name": "代表甲",
        "birth_year": "1980",
        "party": "cdl",
        "unit": str(unit.pk),
        "appointments-TOTAL_FORMS": "5",
        "appointments-INITIAL_FORMS": str(initial),
    }
    for each in rows:
        data |= each
    return {**data, **fields}


# --- The words of posts -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("区政协委员、镇商会副会长", "区政协委员、镇商会副会长"),
        ("镇商会副会长；区人大代表", "区人大代表、镇商会副会长"),
        ("区政协委员,区政协委员", "区政协委员"),
        ("区政协委员\n镇侨联副主席", "区政协委员、镇侨联副主席"),
        ("原区政协委员", "原区政协委员"),
        ("原区政协委员、区人大代表", "区人大代表"),
        ("、；", ""),
    ],
)
def test_several_posts_in_one_text(text: str, expected: str) -> None:
    assert "、".join(str(post) for post in split_posts(text)) == expected


@pytest.mark.parametrize(
    ("post", "body", "level"),
    [
        ("区政协委员", Body.CONSULTATIVE, Level.COUNTY),
        ("镇人大代表", Body.CONGRESS, Level.TOWNSHIP),
        ("浙江省人民代表大会代表", Body.CONGRESS, Level.PROVINCE),
        ("全国政协委员", Body.CONSULTATIVE, Level.NATION),
        ("市工商联执委", Body.FEDERATION, Level.CITY),
        ("东山镇商会会长", Body.CHAMBER, Level.TOWNSHIP),
        ("镇知联会会长", Body.INTELLECTUALS, Level.TOWNSHIP),
        ("区侨联委员", Body.OVERSEAS, Level.COUNTY),
        ("区新的社会阶层人士联谊会理事", Body.NEW_STRATA, Level.COUNTY),
        ("镇党外干部", Body.CADRE, Level.TOWNSHIP),
        ("区人民法院人民陪审员", Body.OTHER, Level.COUNTY),
        ("村民", None, Level.VILLAGE),
        ("知名人士", None, ""),
    ],
)
def test_a_post_tells_its_body_and_level(post: str, body: str | None, level: str) -> None:
    assert (body_of(post), level_of(post)) == (body, level)


def test_the_summary_names_what_is_held_and_former_posts_only_when_nothing_is() -> None:
    held = [appointment("镇商会副会长"), appointment("区政协委员", ended_on=day("2024-01-01"))]
    assert summary(held) == "镇商会副会长"
    held[0].ended_on = day("2025-01-01")
    assert summary(held) == "原区政协委员、原镇商会副会长"
    assert summary([]) == ""


# --- Never without a post ---------------------------------------------------------------------------

REFUSED: dict[str, Callable[[Units], object]] = {
    "no posts": lambda u: Representative.objects.create(
        unit=u.village, name="代表甲", birth_year=1980, party="cdl", posts=""
    ),
    "posts emptied": lambda u: Representative.objects.filter(pk=representative(u.village).pk).update(
        posts=""
    ),
    "birth year of another century": lambda u: representative(u.village, birth_year=1850),
    "post without a name": lambda u: Appointment.objects.create(
        representative=representative(u.village), body="congress", post=""
    ),
    "term ends before it starts": lambda u: representative(
        u.village, appointment(started_on=day("2025-03-02"), term_ends_on=day("2025-03-01"))
    ),
    "ended before it started": lambda u: representative(
        u.village, appointment(started_on=day("2025-03-02"), ended_on=day("2025-03-01"))
    ),
    "training of no days": lambda u: Training.objects.create(
        unit=u.village,
        representative=representative(u.village),
        attended_on=day("2025-03-01"),
        title="培训",
        days=0,
    ),
    "reply before the proposal": lambda u: Proposal.objects.create(
        unit=u.village,
        representative=representative(u.village),
        submitted_on=day("2025-03-02"),
        replied_on=day("2025-03-01"),
        title="提案",
    ),
}


@pytest.mark.parametrize("attempt", REFUSED.values(), ids=REFUSED.keys())
def test_the_database_refuses(attempt: Callable[[Units], object], units: Units) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        attempt(units)


def test_the_service_writes_nobody_without_a_post(units: Units) -> None:
    person = Representative(unit=units.village, name="代表甲", birth_year=1980, party="cdl")
    with pytest.raises(NoPublicPost):
        create_representative(instance=person, appointments=[], user=None)
    assert not Representative.objects.exists()
    known = representative(units.village)
    with pytest.raises(NoPublicPost):
        update_representative(instance=known, appointments=[], user=None, expected_version=1)
    assert known.appointments.count() == 1


def test_the_form_saves_nobody_without_a_post(signed_in: SignIn, officer: User, units: Units) -> None:
    client = signed_in(officer)
    data = form_data(units.village, nonce=hidden(client.get(NEW), "nonce"))
    response = client.post(NEW, data)
    assert response.status_code == 422
    assert "请至少填写一项公职" in response.content.decode()
    assert not Representative.objects.exists()
    # What was typed is still there, and the same form can be sent again with a post.
    assert 'value="代表甲"' in response.content.decode()
    assert client.post(NEW, {**data, **row(0, "区政协委员")}).status_code == 302
    assert client.post(NEW, {**data, **row(0, "区政协委员")}).status_code == 302  # a second click
    assert Representative.objects.count() == 1


def test_a_form_without_its_rows_is_refused_in_words(officer: User, units: Units) -> None:
    data = {name: value for name, value in form_data(units.village).items() if "appointments" not in name}
    form = RepresentativeForm(data, user=officer)
    assert "任职部分没有完整提交" in str(form.errors)


# --- The form with its rows -------------------------------------------------------------------------


def test_posts_are_entered_changed_and_removed_on_one_page(
    signed_in: SignIn, officer: User, units: Units
) -> None:
    client = signed_in(officer)
    data = form_data(
        units.township,
        row(0, "镇商会副会长", started_on="2024-01-01", term_ends_on="2027-01-01"),
        # The row between is left blank, as people do.
        row(2, "区政协委员", level="county"),
        nonce=hidden(client.get(NEW), "nonce"),
    )
    assert client.post(NEW, data).status_code == 302
    person = Representative.objects.get()
    assert person.posts == "区政协委员、镇商会副会长"
    chamber, council = person.appointments.order_by("-body")[1], person.appointments.get(body="consultative")
    page = client.get(person.get_absolute_url()).content.decode()
    for text in ("镇商会副会长", "2027-01-01", "区政协委员", "在任"):
        assert text in page

    edit = f"/ledgers/representatives/{person.pk}/edit/"
    form_page = client.get(edit)
    assert form_page.content.decode().count("删除这一行") == 2
    changed = form_data(
        units.township,
        row(0, "镇商会会长", id=str(chamber.pk), started_on="2024-01-01"),
        row(1, "区政协委员", id=str(council.pk), DELETE="on"),
        row(2, "镇侨联委员"),
        initial=2,
        row_version=hidden(form_page, "row_version"),
    )
    assert client.post(edit, changed).status_code == 302
    person.refresh_from_db()
    assert person.posts == "镇商会会长、镇侨联委员"
    assert set(person.appointments.values_list("pk", "post")) >= {(chamber.pk, "镇商会会长")}
    history = client.get(f"/ledgers/representatives/{person.pk}/history/").content.decode()
    for text in ("新增任职", "修改任职", "删除任职", "镇商会会长", "区政协委员、镇商会副会长"):
        assert text in history


def test_a_wrong_row_is_told_and_nothing_is_saved(signed_in: SignIn, officer: User, units: Units) -> None:
    client = signed_in(officer)
    tomorrow = str(timezone.localdate() + dt.timedelta(days=1))
    data = form_data(
        units.village,
        row(0, "区政协委员"),
        {"appointments-1-post": "镇商会会长"},
        row(2, "镇侨联委员", started_on="2025-02-01", term_ends_on="2025-01-01"),
        row(3, "镇人大代表", ended_on=tomorrow),
        nonce=hidden(client.get(NEW), "nonce"),
    )
    response = client.post(NEW, data)
    page = response.content.decode()
    assert response.status_code == 422
    assert "任职有3行需要改正" in page
    assert "任期届满日期不能早于任职日期" in page
    assert "卸任日期不能晚于今天" in page
    assert not Representative.objects.exists()


def test_a_row_cannot_take_the_post_of_somebody_else(signed_in: SignIn, officer: User, units: Units) -> None:
    mine, other = representative(units.village), representative(units.neighbour_village, name="代表乙")
    foreign = other.appointments.get()
    client = signed_in(officer)
    edit = f"/ledgers/representatives/{mine.pk}/edit/"
    data = form_data(
        units.village,
        row(0, "镇侨联委员", id=str(foreign.pk)),
        initial=1,
        row_version=hidden(client.get(edit), "row_version"),
    )
    client.post(edit, data)
    foreign.refresh_from_db()
    assert foreign.pk not in mine.appointments.values_list("pk", flat=True)
    assert (foreign.post, foreign.representative) == ("区政协委员", other)


def test_the_second_editor_changes_no_post(units: Units, officer: User) -> None:
    person = representative(units.village)
    first, second = (Representative.objects.get(pk=person.pk) for _ in range(2))
    update_representative(
        instance=first,
        appointments=[*first.appointments.all(), appointment("镇侨联委员")],
        user=officer,
        expected_version=1,
    )
    with pytest.raises(core.EditConflict):
        update_representative(
            instance=second, appointments=[appointment("镇商会会长")], user=officer, expected_version=1
        )
    assert sorted(person.appointments.values_list("post", flat=True)) == ["区政协委员", "镇侨联委员"]
    person.refresh_from_db()
    assert person.posts == "区政协委员、镇侨联委员"


# --- Deleting and restoring -------------------------------------------------------------------------


def test_a_restored_person_has_the_posts_of_the_time_of_deletion(
    signed_in: SignIn, officer: User, units: Units
) -> None:
    person = representative(units.village, appointment("区政协委员"), appointment("镇商会会长"))
    update_representative(
        instance=person,
        appointments=[*person.appointments.filter(body="chamber"), appointment("镇侨联委员")],
        user=officer,
        expected_version=1,
    )
    client = signed_in(officer)
    for _ in range(2):
        assert client.post(f"/ledgers/representatives/{person.pk}/delete/").status_code == 302
        assert not Appointment.objects.exists()
        deleted = Representative.history.filter(id=person.pk, history_type="-").latest("history_id")
        assert client.post(f"/ledgers/representatives/deleted/{deleted.pk}/restore/").status_code == 302
        back = Representative.objects.get(pk=person.pk)
        assert back.posts == "镇商会会长、镇侨联委员" == summary(back.appointments.all())


def test_a_person_with_proposals_is_not_deleted(signed_in: SignIn, officer: User, units: Units) -> None:
    person = representative(units.village)
    Proposal.objects.create(
        unit=person.unit, representative=person, submitted_on=day("2025-03-01"), title="关于道路的提案"
    )
    response = signed_in(officer).post(f"/ledgers/representatives/{person.pk}/delete/")
    assert response.status_code == 409
    assert "关于道路的提案" in response.content.decode()


def test_an_anonymous_record_is_not_edited(signed_in: SignIn, officer: User, units: Units) -> None:
    person = representative(units.village)
    Representative.objects.filter(pk=person.pk).update(anonymised_on=day("2026-01-01"))
    client = signed_in(officer)
    edit = f"/ledgers/representatives/{person.pk}/edit/"
    assert edit not in client.get(person.get_absolute_url()).content.decode()
    for response in (client.get(edit), client.post(edit, {})):
        assert (response.status_code, response["Location"]) == (302, person.get_absolute_url())
    person.refresh_from_db()
    with pytest.raises(Anonymised):
        update_representative(instance=person, appointments=[appointment()], user=officer, expected_version=1)


# --- What a record may hold -------------------------------------------------------------------------


def test_no_ethnicity_no_belief_and_no_link_to_another_ledger() -> None:
    for model in (Representative, Appointment, Training, Proposal):
        for field in model._meta.concrete_fields:
            assert not any(
                word in f"{field.name}{field.verbose_name}"
                for word in (
                    "ethnic",
                    "民族",
                    "faith",
                    "belief",
                    "religio",
                    "信仰",
                    "宗教",
                    "id_number",
                    "身份证",
                    "address",
                    "住址",
                )
            )
            if field.related_model is not None:
                app = field.related_model._meta.app_label
                assert app in ("ledgers", "representatives")


@pytest.mark.parametrize("phone", ["13800000000", "+86 138 0000 0000", "０５７４-８００"])
def test_a_mobile_number_is_no_office_phone(phone: str, officer: User, units: Units) -> None:
    form = RepresentativeForm(
        form_data(units.village, row(0, "区政协委员"), office_phone=phone), user=officer
    )
    assert "office_phone" in form.errors


def test_trainings_and_proposals_name_a_person_within_reach(officer: User, units: Units) -> None:
    mine = representative(units.village)
    representative(units.neighbour_village, name="代表乙")
    for form_class in (TrainingForm, ProposalForm):
        form = form_class({"representative": "代表甲"}, user=officer)
        form.is_valid()
        assert form.cleaned_data["representative"] == mine
        assert (
            "没有找到这位代表人士"
            in form_class({"representative": "代表乙"}, user=officer).errors["representative"][0]
        )


def test_a_clerk_reads_but_does_not_keep_named_persons(signed_in: SignIn, clerk: User, units: Units) -> None:
    person = representative(units.village)
    client = signed_in(clerk)
    assert client.get(person.get_absolute_url()).status_code == 200
    assert client.get(NEW).status_code == 403
    assert client.post(f"/ledgers/representatives/{person.pk}/edit/").status_code == 403
