"""Scope fails closed: whoever is not clearly entitled to a record does not find it."""

import pytest
from django.contrib.auth.models import AnonymousUser

from ledgers.access import Role, Verb
from ledgers.models import OrgUnit, User
from ledgers.registry import ledgers
from nonpublic.models import Enterprise
from tests.conftest import AccountFactory, Units
from tests.core.factories import enterprise

pytestmark = pytest.mark.each_database


@pytest.fixture
def ours(units: Units) -> Enterprise:
    return enterprise(units.village, 1)


@pytest.mark.parametrize("role", [Role.CLERK, Role.OFFICER, Role.LEADER])
def test_a_user_sees_the_own_subtree_and_nothing_beside_it(
    role: Role, account: AccountFactory, units: Units, ours: Enterprise
) -> None:
    beside = enterprise(units.neighbour_village, 2)
    for unit in (units.village, units.township, units.county):
        seen = set(Enterprise.objects.visible_to(account(role, unit)))
        assert ours in seen
        assert (beside in seen) == (unit == units.county)
    assert not Enterprise.objects.visible_to(account(role, units.villages[1])).exists()


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR])
def test_the_administrator_and_the_auditor_see_no_ledger_data(
    role: Role, account: AccountFactory, units: Units, ours: Enterprise
) -> None:
    assert not Enterprise.objects.visible_to(account(role, units.county)).exists()


def test_nobody_and_half_made_accounts_see_nothing(
    account: AccountFactory, units: Units, ours: Enterprise
) -> None:
    homeless = account(Role.OFFICER)
    homeless.unit = None
    stopped = account(Role.OFFICER)
    stopped.is_active = False
    unknown = account(Role.OFFICER)
    unknown.role = "chief"
    for user in (AnonymousUser(), homeless, stopped, unknown):
        assert not Enterprise.objects.visible_to(user).exists()
    for user in (AnonymousUser(), homeless, stopped):
        assert not OrgUnit.objects.visible_to(user).exists()


def test_a_ledger_may_narrow_who_writes_but_never_widen_it(account: AccountFactory) -> None:
    clerk, leader = account(Role.CLERK), account(Role.LEADER)
    for ledger in ledgers:
        for verb in (Verb.ADD, Verb.CHANGE, Verb.DELETE):
            assert clerk.can(verb, ledger) == (Role.CLERK in ledger.writers)
            assert not leader.can(verb, ledger)
        assert clerk.can(Verb.VIEW, ledger)


def test_there_is_no_account_above_the_role_table(account: AccountFactory) -> None:
    fields = {field.name for field in User._meta.get_fields()}
    assert not fields & {"is_superuser", "is_staff", "user_permissions", "groups"}
    assert not any(account(Role.ADMIN).can(verb) for verb in Verb if verb is not Verb.ACCOUNTS)
