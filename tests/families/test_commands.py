"""load_units, create_account, indicators: what they print and with what they end."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ledgers.access import Role
from ledgers.indicators import indicators
from ledgers.models import OrgUnit, User
from tests.conftest import Units
from tests.families import factories as make

SAMPLE = """code,name,parent
330281101000,东山镇,
330281101201,上河村,330281101000
330281101204,石门社区,330281101000
"""


def run(name: str, *arguments: str) -> str:
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


def run_json(name: str, *arguments: str) -> Any:
    return json.loads(run(name, *arguments, "--json"))


def refused(name: str, *arguments: str) -> CommandError:
    with pytest.raises(CommandError) as error:
        run(name, *arguments)
    assert "\n" not in str(error.value)
    return error.value


@pytest.mark.django_db
class TestLoadUnits:
    def write(self, folder: Path, text: str | bytes, name: str = "units.csv") -> str:
        path = folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    def test_units_are_added_with_level_and_parent(self, tmp_path: Path) -> None:
        found = run_json("load_units", self.write(tmp_path, SAMPLE))
        assert found == {"created": 3, "updated": 0, "unchanged": 0}
        township = OrgUnit.objects.get(code="330281101000")
        assert (township.level, township.parent_unit) == ("township", None)
        village = OrgUnit.objects.get(name="石门社区")
        assert (village.level, village.parent_unit) == ("village", township)

    def test_loading_again_changes_nothing(self, tmp_path: Path) -> None:
        path = self.write(tmp_path, SAMPLE)
        run("load_units", path)
        before = list(OrgUnit.objects.values())
        assert run_json("load_units", path) == {"created": 0, "updated": 0, "unchanged": 3}
        assert list(OrgUnit.objects.values()) == before

    def test_a_new_name_is_taken_over(self, tmp_path: Path) -> None:
        run("load_units", self.write(tmp_path, SAMPLE))
        found = run_json("load_units", self.write(tmp_path, SAMPLE.replace("石门社区", "石门新社区")))
        assert found == {"created": 0, "updated": 1, "unchanged": 2}
        assert OrgUnit.objects.get(code="330281101204").name == "石门新社区"

    def test_a_county_that_comes_later_takes_its_townships_in(self, tmp_path: Path) -> None:
        run("load_units", self.write(tmp_path, SAMPLE))
        county = "330281000000,清江县,\n330281101000,东山镇,330281000000\n"
        found = run_json("load_units", self.write(tmp_path, "code,name,parent\n" + county))
        assert found == {"created": 1, "updated": 1, "unchanged": 0}
        top = OrgUnit.objects.get(code="330281000000")
        assert OrgUnit.objects.subtree(top).count() == 4
        assert OrgUnit.objects.find_problems() == ([], [], [], [], [])

    def test_an_unnamed_parent_is_read_from_the_code(self, tmp_path: Path, units: Units) -> None:
        new = "code,name,parent\n330281101299,新河村,\n330281103000,南湖镇,\n"
        assert run_json("load_units", self.write(tmp_path, new))["created"] == 2
        assert OrgUnit.objects.get(name="新河村").parent_unit == units.township
        assert OrgUnit.objects.get(name="南湖镇").parent_unit == units.county

    def test_a_known_unit_without_parent_in_the_file_stays_where_it_is(
        self, tmp_path: Path, units: Units
    ) -> None:
        run("load_units", self.write(tmp_path, SAMPLE))
        assert OrgUnit.objects.get(code="330281101000").parent_unit == units.county

    @pytest.mark.parametrize(
        "encode",
        [
            lambda text: text.encode("gb18030"),
            lambda text: text.encode("utf-8-sig"),
            lambda text: text.encode("utf-16"),
            lambda text: text.replace("\n", "\r\n").encode(),
            lambda text: text.replace("code,name,parent", "区划代码,名称,上级代码").encode(),
            lambda text: ("\n" + text + "\n,,\n").encode(),
        ],
        ids=["gb18030", "bom", "utf-16", "crlf", "Chinese header", "blank lines"],
    )
    def test_files_as_offices_save_them(self, encode: Any, tmp_path: Path) -> None:
        assert run_json("load_units", self.write(tmp_path, encode(SAMPLE)))["created"] == 3

    def test_lines_may_come_in_any_order(self, tmp_path: Path) -> None:
        header, *lines = SAMPLE.splitlines()
        text = "\n".join([header, *reversed(lines)])
        assert run_json("load_units", self.write(tmp_path, text))["created"] == 3

    @pytest.mark.parametrize(
        ("line", "says"),
        [
            ("33028110120,上河村,330281101000", "第5行：区划代码应为12位数字"),
            ("3.30281E+11,上河村,330281101000", "第5行：区划代码应为12位数字"),
            ("330281101201,上河村二,330281101000", "第5行：区划代码330281101201与第3行重复"),
            ("330281101205,,330281101000", "第5行：没有填写名称"),
            (f"330281101205,{'长' * 61},330281101000", "第5行：名称过长"),
            ("330281101205,新村,330281109000", "第5行：上级330281109000既不在文件中"),
            ("330281101205,新村,330281101201", "第5行：上级330281101201的级别不高于本单位"),
            ("330281109201,新村,", "第5行：村（社区）应填写上级"),
            ("330200000000,某市,", "第5行：这是省或市一级的代码"),
        ],
    )
    def test_a_wrong_line_is_named_and_nothing_is_written(self, line: str, says: str, tmp_path: Path) -> None:
        error = refused("load_units", self.write(tmp_path, SAMPLE + line + "\n"))
        assert says in str(error)
        assert error.returncode == 1
        assert not OrgUnit.objects.exists()

    def test_all_wrong_lines_are_named_at_once(self, tmp_path: Path) -> None:
        error = refused("load_units", self.write(tmp_path, SAMPLE + "1,甲,\n2,乙,\n"))
        assert "2处错误" in str(error)
        assert "第5行" in str(error)
        assert "第6行" in str(error)

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"", "是空的"),
            ("code,name\n330281101000,东山镇\n".encode(), "缺少列：parent"),
            (b"\xff\xff\xff\x00\x81", "不是CSV文本"),
            ('code,name,parent\n330281101000,"东山'.encode(), "不是CSV文本"),
        ],
    )
    def test_an_unusable_file_ends_with_2(self, content: bytes, says: str, tmp_path: Path) -> None:
        error = refused("load_units", self.write(tmp_path, content))
        assert says in str(error)
        assert error.returncode == 2

    def test_a_missing_file_ends_with_2(self, tmp_path: Path) -> None:
        assert refused("load_units", str(tmp_path / "nothing.csv")).returncode == 2


@pytest.mark.django_db
class TestCreateAccount:
    @pytest.mark.parametrize("role", Role.values)
    def test_an_account_of_every_role_opens_with_a_one_time_password(self, role: str, units: Units) -> None:
        found = run_json("create_account", "wang", "--unit", units.township.code, "--role", role)
        account = User.objects.get(username="wang")
        assert found == {
            "account": "wang",
            "unit": units.township.code,
            "role": role,
            "password": found["password"],
        }
        assert account.check_password(found["password"])
        assert account.must_change_password
        assert (account.role, account.unit) == (role, units.township)

    def test_for_people_the_password_is_printed_once(self, units: Units) -> None:
        text = run(
            "create_account", "li", "--unit", units.village.code, "--role", "clerk", "--name", "上河村填报员"
        )
        account = User.objects.get(username="li")
        password = text.split("一次性密码：")[1].splitlines()[0]
        assert account.check_password(password)
        assert account.name == "上河村填报员"
        assert text.count(password) == 1

    def test_a_name_in_use_is_refused_and_the_account_untouched(self, units: Units, officer: User) -> None:
        error = refused("create_account", officer.username, "--unit", units.village.code, "--role", "clerk")
        assert "已经有人使用" in str(error)
        assert error.returncode == 1
        assert User.objects.get().role == Role.OFFICER

    def test_a_name_with_blanks_is_refused(self, units: Units) -> None:
        assert (
            refused("create_account", "a b", "--unit", units.village.code, "--role", "clerk").returncode == 1
        )

    def test_an_unknown_unit_ends_with_2(self, units: Units) -> None:
        error = refused("create_account", "wang", "--unit", "999999999999", "--role", "clerk")
        assert "999999999999" in str(error)
        assert error.returncode == 2

    def test_an_unknown_role_is_refused(self, units: Units) -> None:
        refused("create_account", "wang", "--unit", units.village.code, "--role", "king")
        assert not User.objects.exists()


@pytest.mark.django_db
class TestIndicators:
    KEYS = (
        "code",
        "label",
        "unit",
        "kind",
        "value",
        "previous",
        "same_period_last_year",
        "target",
        "records",
    )

    def test_json_lists_every_indicator_with_its_comparisons(self, units: Units) -> None:
        for held_on in ("2025-01-01", "2025-02-01", "2024-05-01"):
            make.activity(units.village, held_on, "meeting")
        make.target(units.township, "work.meetings", 2025, "2")
        found = run_json("indicators", "--unit", units.township.code, "--period", "2025")
        assert [row["code"] for row in found] == [member.code for member in indicators.all()]
        assert all(tuple(row) == self.KEYS for row in found)
        assert found[0] == {
            "code": "work.meetings",
            "label": "专题研究",
            "unit": "次",
            "kind": "flow",
            "value": 2,
            "previous": 1,
            "same_period_last_year": 1,
            "target": 2,
            "records": 2,
        }

    def test_money_is_a_number_and_whole_numbers_are_integers(self, units: Units) -> None:
        make.fund(units.township, "2025-01-01", "45.5")
        found = run_json(
            "indicators", "--unit", units.township.code, "--period", "2025H1", "--code", "work.funds_received"
        )
        assert [row["value"] for row in found] == [45.5]

    def test_for_people_with_the_target(self, units: Units) -> None:
        make.activity(units.village, "2025-01-01", "meeting")
        make.target(units.township, "work.meetings", 2025, "2")
        text = run("indicators", "--unit", units.township.code, "--period", "2025")
        assert "东山镇 2025年" in text
        assert "work.meetings\t专题研究\t1次\t目标2" in text

    @pytest.mark.parametrize("period", ["2025Q5", "25", "2025年", ""])
    def test_a_wrong_period_ends_with_2(self, period: str, units: Units) -> None:
        assert refused("indicators", "--unit", units.township.code, "--period", period).returncode == 2

    def test_an_unknown_unit_or_code_ends_with_2(self, units: Units) -> None:
        assert refused("indicators", "--unit", "1", "--period", "2025").returncode == 2
        arguments = ("--unit", units.township.code, "--period", "2025", "--code", "work.nothing")
        assert refused("indicators", *arguments).returncode == 2


def test_a_database_that_is_not_ready_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def broken(*args: object, **options: object) -> None:
        raise OperationalError("no such table")

    monkeypatch.setattr("ledgers.management.commands.indicators.unit_by_code", broken)
    error = refused("indicators", "--unit", "1", "--period", "2025")
    assert "manage.py migrate" in str(error)
    assert error.returncode == 2
