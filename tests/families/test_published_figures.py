"""Figures of published summaries, row by row: brought in as workbooks, the indicators give them again.

The figures are real, what stands behind them here is made up: only their sums are published.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from ethnicity.groups import GROUPS, MINORITIES
from ledgers.models import OrgUnit
from tests.conftest import Units
from tests.importing.workbooks import book, credit_code

pytestmark = pytest.mark.each_database

Row = Sequence[Any]


class Office:
    """A township that hands its workbooks to the importer and asks for its indicators."""

    def __init__(self, unit: OrgUnit, folder: Path) -> None:
        self.unit = unit
        self._folder = folder
        self._numbers = count(1)

    def hand_over(self, slug: str, *rows: Row, period: str = "") -> None:
        """Import a sheet whose first row is the header; every row must be taken."""
        path = self._folder / f"{next(self._numbers)}.xlsx"
        path.write_bytes(book(("台账", rows)))
        more = ["--period", period] if period else []
        said = io.StringIO()
        call_command("import_ledger", slug, str(path), "--unit", self.unit.code, "--json", *more, stdout=said)
        taken = json.loads(said.getvalue())
        assert taken["created"] > 0
        assert taken["errors"] == []

    def figures(self, period: str) -> dict[str, Any]:
        said = io.StringIO()
        call_command("indicators", "--unit", self.unit.code, "--period", period, "--json", stdout=said)
        return {row["code"]: row["value"] for row in json.loads(said.getvalue())}

    def village(self, number: int) -> str:
        """The name of one more village."""
        name = f"示例{number}村"
        OrgUnit.objects.create_under(
            self.unit, code=f"{self.unit.code[:9]}{300 + number}", name=name, level=OrgUnit.Level.VILLAGE
        )
        return name


@pytest.fixture
def office(units: Units, tmp_path: Path) -> Office:
    return Office(units.township, tmp_path)


def spread(total: int, places: int) -> list[int]:
    """``total`` over ``places``, as evenly as whole numbers allow."""
    return [total // places + (place < total % places) for place in range(places)]


def activity(unit: OrgUnit, kind: str, title: str, day: str, *counts: int) -> Row:
    return [unit.name, kind, title, day, *counts]


ACTIVITIES = ["单位", "活动类别", "活动名称", "活动日期", "参加人次", "横幅", "标语", "推文"]


def test_half_year_of_a_sub_district(office: Office, units: Units) -> None:
    """6248 = 285 + 5963 of 34 groups; over 900 households and 3000 persons; 15 households with 30 residents to
    Taiwan; over 50 visitors; 46 folk-belief sites trained; 12 posts; 20 banners."""
    names = [village.name for village in units.villages]
    office.hand_over(
        "population-returns",
        ["村（社区）", "常住人口", "户籍少数民族人口", "流动少数民族人口"],
        *zip(names, [20000] * 3, spread(285, 3), spread(5963, 3), strict=True),
        period="2025Q2",
    )
    groups = [GROUPS[code] for code in list(MINORITIES)[:34]]
    office.hand_over(
        "ethnic-composition",
        ["民族", "户籍人口", "流动人口"],
        *zip(groups, spread(285, 34), spread(5963, 34), strict=True),
        period="2025Q2",
    )
    kinds = ("归侨", "侨眷", "台胞台属", "港澳眷属", "留学归国")
    office.hand_over(
        "overseas-returns",
        ["村（社区）", *[f"{kind}{what}" for kind in kinds for what in ("户数", "人数")]],
        *[[name, *[value for _ in kinds for value in (61, 203)]] for name in names],
        period="2025Q2",
    )
    office.hand_over(
        "receptions",
        ["接待单位", "活动名称", "类别", "日期", "户数", "人数"],
        ["东山镇", "赴台参访", "出访", "2025-04-12", 15, 30],
        ["东山镇", "接待台湾参访团", "来访", "2025-05-20", "", 28],
        ["东山镇", "接待海外乡亲", "来访", "2025-06-03", "", 24],
    )
    office.hand_over(
        "activities",
        ACTIVITIES,
        activity(units.township, "业务培训", "民间信仰点位消防安全培训", "2025-03-18", 46, 0, 0, 0),
        activity(units.township, "宣传", "民族团结进步宣传月", "2025-05-06", 300, 12, 0, 7),
        activity(units.township, "宣传", "宪法进社区", "2025-06-10", 120, 8, 0, 5),
    )
    office.hand_over(
        "venues",
        ["场所名称", "登记证号", "教别", "类别", "所在村"],
        *[
            [f"示例{number}点", f"浙民信字{number:04}号", "民间信仰", "民间信仰点", names[number % 3]]
            for number in range(46)
        ],
    )
    found = office.figures("2025H1")
    assert found["ethnicity.minority_residents"] == 6248
    assert (found["ethnicity.registered"], found["ethnicity.migrant"]) == (285, 5963)
    assert found["ethnicity.groups"] == 34
    assert found["overseas.households"] == 915
    assert found["overseas.persons"] == 3045
    assert found["overseas.receptions"] == 3
    assert (found["overseas.visitors"], found["overseas.reception_people"]) == (52, 82)
    assert (found["religion.venues_folk"], found["work.people_trained"]) == (46, 46)
    assert (found["work.posts"], found["work.banners"]) == (12, 20)


def test_year_of_a_township(office: Office, units: Units) -> None:
    """5 registered venues (3 Buddhist, 1 Protestant, 1 Catholic), each visited at least 3 times; 12 villages each
    with a liaison group; donations of over 70 万元; the committee heard the work at least 3 times."""
    villages = [*[village.name for village in units.villages], *map(office.village, range(9))]
    faiths = ["佛教", "佛教", "佛教", "基督教", "天主教"]
    venues = [f"示例{number}{faith}场所" for number, faith in enumerate(faiths)]
    office.hand_over(
        "venues",
        ["场所名称", "登记证号", "教别", "类别", "所在村"],
        *[
            [name, f"宗场证字{number:04}号", faith, "固定处所", villages[number]]
            for number, (name, faith) in enumerate(zip(venues, faiths, strict=True))
        ],
    )
    office.hand_over(
        "liaison-visits",
        ["场所名称", "走访日期", "走访干部"],
        *[[name, day, "统战委员"] for name in venues for day in ("2025.3.5", "2025年7月8日", "20251112")],
    )
    office.hand_over(
        "liaison-groups",
        ["村", "小组名称", "牵头岗位", "成立日期"],
        *[[name, f"{name}统战联络小组", "村党组织书记", "2024-03-01"] for name in villages],
    )
    office.hand_over(
        "enterprises",
        ["所在村", "企业名称", "统一社会信用代码"],
        *[[villages[number], f"示例{number}有限公司", credit_code(number)] for number in range(2)],
    )
    office.hand_over(
        "contributions",
        ["企业名称", "捐赠日期", "捐赠金额（万元）", "用途"],
        ["示例0有限公司", "2025-02-10", 42.5, "助学"],
        ["示例1有限公司", "2025-09-01", "28", "修建村道"],
    )
    office.hand_over(
        "activities",
        ACTIVITIES,
        *[
            activity(units.township, "专题研究", f"党委会第{number}次专题听取统战工作汇报", day, 11, 0, 0, 0)
            for number, day in enumerate(("2025-02-20", "2025-06-18", "2025-10-23"), start=1)
        ],
    )
    found = office.figures("2025")
    kinds = ("venues", "venues_buddhist", "venues_protestant", "venues_catholic", "venues_visited_3")
    assert [found[f"religion.{kind}"] for kind in kinds] == [5, 3, 1, 1, 5]
    assert found["religion.liaison_visits"] == 15
    assert found["work.liaison_villages"] == 12
    assert found["nonpublic.contributions"] == 70.5
    assert found["work.meetings"] == 3


def test_report_of_a_township(office: Office, units: Units) -> None:
    """115 minority residents; 13 banners; over 50 slogans."""
    names = [village.name for village in units.villages]
    office.hand_over(
        "population-returns",
        ["村（社区）", "常住人口", "户籍少数民族人口", "流动少数民族人口"],
        *zip(names, [1500] * 3, [20, 21, 14], [20, 20, 20], strict=True),
        period="2025Q4",
    )
    office.hand_over(
        "activities",
        ACTIVITIES,
        activity(units.village, "宣传", "民族政策宣传", "2025-04-08", 60, 6, 30, 0),
        activity(units.villages[1], "民族团结", "邻里节", "2025-09-28", 90, 7, 22, 0),
    )
    found = office.figures("2025")
    assert found["ethnicity.minority_residents"] == 115
    assert (found["work.banners"], found["work.slogans"]) == (13, 52)


def test_population_of_a_township(office: Office, units: Units) -> None:
    """4939 residents, 7 villages, 148 minority residents of 10 groups: 3.00%, where the text printed 0.33%."""
    names = [*[village.name for village in units.villages], *map(office.village, range(4))]
    office.hand_over(
        "population-returns",
        ["村（社区）", "常住人口", "户籍少数民族人口", "流动少数民族人口"],
        *zip(names, spread(4939, 7), spread(68, 7), spread(80, 7), strict=True),
        ["合计", 4939, 68, 80],
        period="2025Q3",
    )
    office.hand_over(
        "ethnic-composition",
        ["民族", "户籍人口", "流动人口"],
        *zip([GROUPS[code] for code in list(MINORITIES)[:10]], spread(68, 10), spread(80, 10), strict=True),
        period="2025Q3",
    )
    found = office.figures("2025Q3")
    assert (found["ethnicity.residents"], found["ethnicity.minority_residents"]) == (4939, 148)
    assert found["ethnicity.groups"] == 10
    assert found["ethnicity.share"] == 3
    assert found["ethnicity.returns_submitted"] == found["ethnicity.returns_due"] == 7


def test_unity_work_of_a_county(units: Units, tmp_path: Path) -> None:
    """191 signs, 23 posts, 13 units, funds of 45 万元: 40 and 5."""
    county = Office(units.county, tmp_path)
    county.hand_over(
        "activities",
        ACTIVITIES,
        activity(units.county, "民族团结", "民族团结进步宣传月", "2025-05-09", 800, 0, 150, 15),
        activity(units.township, "民族团结", "石榴籽文化节", "2025-09-19", 260, 0, 41, 8),
    )
    county.hand_over(
        "unity-sites",
        ["单位", "示范点名称", "级别", "命名日期"],
        *[["清江县", f"示例单位{number}", "县级", "2024-12-20"] for number in range(13)],
    )
    county.hand_over(
        "funds",
        ["单位", "经费来源", "用途", "到账日期", "金额（万元）"],
        ["清江县", "上级专项", "民族团结进步创建", "2025-03-01", 40],
        ["清江县", "县财政", "民族团结进步创建", "2025-04-01", 5],
    )
    found = county.figures("2025")
    assert (found["work.slogans"], found["work.posts"]) == (191, 23)
    assert found["ethnicity.unity_sites"] == 13
    assert found["work.funds_received"] == 45
