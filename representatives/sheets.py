"""The Excel side of the representatives' ledgers: columns, and the words offices use for them."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from django.db import models

from ledgers.importing.cells import Cell, ChoiceCell, DateCell, DecimalCell, Reading, RecordCell, YesNoCell
from ledgers.importing.dates import from_serial
from ledgers.importing.problems import CellProblem
from ledgers.importing.sheets import Column, LedgerSheet, UnitColumn
from representatives.models import Proposal, Representative, Training
from representatives.posts import body_of, join_posts, split_posts

PARTY_WORDS = {
    "中国国民党革命委员会": Representative.Party.REVOLUTIONARY_COMMITTEE,
    "中国民主同盟": Representative.Party.DEMOCRATIC_LEAGUE,
    "中国民主建国会": Representative.Party.CONSTRUCTION,
    "中国民主促进会": Representative.Party.PROMOTING_DEMOCRACY,
    "中国农工民主党": Representative.Party.PEASANTS_AND_WORKERS,
    "农工民主党": Representative.Party.PEASANTS_AND_WORKERS,
    "农工": Representative.Party.PEASANTS_AND_WORKERS,
    "中国致公党": Representative.Party.ZHI_GONG,
    "致公": Representative.Party.ZHI_GONG,
    "九三": Representative.Party.SEPTEMBER_3,
    "台湾民主自治同盟": Representative.Party.TAIWAN_SELF_GOVERNMENT,
    "无党派人士": Representative.Party.NONE,
    "无": Representative.Party.NONE,
    "群众": Representative.Party.NONE,
}
CHANNEL_WORDS = {
    "政协": Proposal.Channel.CONSULTATIVE,
    "提案": Proposal.Channel.CONSULTATIVE,
    "人大": Proposal.Channel.CONGRESS,
    "人大建议": Proposal.Channel.CONGRESS,
    "人大议案": Proposal.Channel.CONGRESS,
    "议案": Proposal.Channel.CONGRESS,
    "建议": Proposal.Channel.CONGRESS,
    "社情民意": Proposal.Channel.OPINION,
}
_YEAR = re.compile(r"((?:19|20)\d{2})(?:\D.*|\d{2}|\d{4})?", re.DOTALL)
UNKNOWN_POST = "看不出是哪个组织的公职，请写明全称，如“区政协委员”；党外干部请写成“镇党外干部”。"
FORMER_ONLY = "只有已卸任的职务，不再登记；请填写现任的公职。"


class BirthYearCell(Cell):
    """The year of a birth date however it is written; month and day are not kept."""

    spreads = False

    def parse(self, value: Any, reading: Reading) -> Any:
        if isinstance(value, dt.date):
            return value.year
        if isinstance(value, int | float) and not isinstance(value, bool):
            if 10_000 <= value < 80_000:
                return from_serial(value, date1904=reading.date1904).year
            value = f"{value:.10g}"
        match = _YEAR.fullmatch(unicodedata.normalize("NFKC", str(value)).strip())
        if match is None:
            raise CellProblem("看不出是哪一年，请写成 1980 或 1980年6月 的样子。")
        return int(match[1])

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "" if value is None else int(value)


class PostsCell(Cell):
    """One or several posts, in the order and with the separators of a summary."""

    spreads = False

    def parse(self, value: Any, reading: Reading) -> Any:
        posts = split_posts(unicodedata.normalize("NFKC", str(value)))
        if any(len(post.text) > 60 for post in posts):
            raise CellProblem("职务名称过长，每项最多60个字；几项职务之间请用顿号隔开。")
        return join_posts(posts) or None


class RepresentativeSheet(LedgerSheet):
    name = Column("姓名", required=True, synonyms=("代表人士姓名", "名字"))
    gender = Column("性别", widget=ChoiceCell())
    birth_year = Column(
        "出生年份",
        required=True,
        synonyms=("出生年月", "出生日期", "出生时间", "出生年", "生日"),
        widget=BirthYearCell(),
    )
    education = Column("学历", synonyms=("文化程度", "学历学位", "最高学历"))
    employer = Column("工作单位", synonyms=("单位", "单位名称", "所在工作单位", "任职单位"))
    title = Column("职务", synonyms=("单位职务", "行政职务", "职务职称", "现任职务", "职称"))
    party = Column(
        "党派", required=True, synonyms=("政治面貌", "党派名称", "所属党派"), widget=ChoiceCell(PARTY_WORDS)
    )
    posts = Column(
        "担任职务",
        required=True,
        synonyms=("社会职务", "公职", "政治安排", "担任公职", "社会兼职", "担任社会职务", "安排职务"),
        widget=PostsCell(),
    )
    office_phone = Column("办公电话", synonyms=("联系电话", "电话", "联系方式", "单位电话"))
    unit = UnitColumn("所属乡镇（村）", synonyms=("所属乡镇", "乡镇", "所在乡镇", "乡镇街道"))

    class Meta:
        model = Representative
        natural_key = ("unit", "name", "birth_year")

    @classmethod
    def check(cls, instance: models.Model) -> Iterator[tuple[str, str]]:
        """A new person needs a public post by its wording. Of one who is here already, a person has said what it is."""
        yield from super().check(instance)
        if not instance._state.adding or not isinstance(instance, Representative):
            return
        posts = split_posts(instance.posts)
        if all(post.former for post in posts):
            yield "posts", FORMER_ONLY
        elif any(body_of(post.text) is None for post in posts):
            yield "posts", UNKNOWN_POST


def representative_column() -> Column:
    return Column(
        "姓名",
        required=True,
        synonyms=("代表人士姓名", "代表人士", "委员姓名", "代表姓名", "提案人", "参训人员"),
        widget=RecordCell(Representative, by="name", suggests=False),
    )


class TrainingSheet(LedgerSheet):
    """Without a column for the unit: it is the representative's (``RepresentativeRecord.clean``)."""

    representative = representative_column()
    attended_on = Column(
        "培训日期", required=True, synonyms=("培训时间", "日期", "时间", "开始日期"), widget=DateCell()
    )
    title = Column("培训名称", required=True, synonyms=("培训班", "培训班名称", "培训内容", "名称"))
    organiser = Column("主办单位", synonyms=("举办单位", "组织单位"))
    days = Column("培训天数", synonyms=("天数",), widget=DecimalCell("天"))

    class Meta:
        model = Training
        natural_key = ("representative", "attended_on", "title")


class ProposalSheet(LedgerSheet):
    """Without a column for the unit, as for trainings."""

    representative = representative_column()
    submitted_on = Column(
        "提交日期", required=True, synonyms=("提交时间", "提案时间", "日期", "时间"), widget=DateCell()
    )
    title = Column("提案题目", required=True, synonyms=("提案名称", "题目", "标题", "提案建议", "议案题目"))
    channel = Column("提交渠道", synonyms=("提案类别", "类别", "渠道"), widget=ChoiceCell(CHANNEL_WORDS))
    department = Column("承办单位", synonyms=("办理单位", "答复单位"))
    replied_on = Column("答复日期", synonyms=("答复时间", "办复日期"), widget=DateCell())
    adopted = Column("已采纳", synonyms=("是否采纳", "采纳情况", "采纳"), widget=YesNoCell())

    class Meta:
        model = Proposal
        natural_key = ("representative", "submitted_on", "title")
