"""Categories of one dimension: which parts exclude each other, and which of them make up a whole.

省外 and 就地 are answers to one question, so nobody is in both, and a writer who gives the two gives the whole. 女干部
and 党外干部 answer two questions: their numbers may overlap and need not add up. Only what is known here, or said in
the sentence (其余, 分别为), counts as a division of the whole; the sum rule is silent on everything else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Dimension:
    """``complete``: two or more of these are meant as all there are."""

    members: tuple[str, ...]
    complete: bool = True
    #: Only of money: 上级 and 镇级 are all the sources of a fund, but not all the levels of a prize.
    of_money: bool = False


_DIMENSIONS: Final = (
    Dimension(("男", "女")),
    Dimension(("户籍", "流动", "常住", "外来", "本地", "暂住", "外地", "非户籍", "本籍", "外籍")),
    Dimension(("省内", "省外", "就地", "就近", "县内", "县外", "市内", "市外", "区内", "区外", "镇内", "镇外", "本县",
               "外县", "本省", "外省", "本市", "外市", "境内", "境外", "国内", "国外", "海外", "本地", "外地")),
    Dimension(("佛教", "道教", "伊斯兰教", "基督教", "天主教", "民间信仰")),
    Dimension(("上半年", "下半年")),
    Dimension(("一季度", "二季度", "三季度", "四季度")),
    Dimension(("线上", "线下")),
    Dimension(("室内", "室外")),
    Dimension(("规上", "规下", "规模以上", "规模以下", "限上", "限下")),
    Dimension(("上级", "中央", "省级", "市级", "县级", "区级", "镇级", "财政", "补助", "配套", "自筹", "社会",
               "本级", "拨款"), of_money=True),
    Dimension(("城镇", "农村", "城区", "城市", "乡村")),
    Dimension(("来访", "出访")),
    Dimension(("汉族", "少数民族")),
    Dimension(("党内", "党外")),
    Dimension(("新建", "续建")),
    Dimension(("新增", "原有")),
    Dimension(("大型", "中型", "小型", "微型", "小微")),
    Dimension(("工作日", "周末", "节假日")),
    Dimension(("寺观教堂", "固定处所", "民间信仰点")),
    Dimension(("集中", "分散")),
    Dimension(("整改到位", "正在整改", "未整改", "已整改", "完成整改", "逾期")),
    Dimension(("办结", "在办", "正在办理", "未办结", "已办", "逾期")),
    Dimension(("已完成", "未完成", "正在", "已完工", "在建", "未开工")),
    Dimension(("到位", "未到位")),
    Dimension(("一般", "较大", "重大")),
    Dimension(("动态", "经验", "特色"), complete=False),
    Dimension(("春节", "中秋", "国庆", "元旦", "端午", "清明", "重阳"), complete=False),
    Dimension(("归侨", "侨眷", "台胞", "台属", "台湾同胞", "港澳", "留学", "侨胞"), complete=False),
    Dimension(("国家级", "省级", "市级", "县级", "区级", "镇级", "村级"), complete=False),
)  # fmt: skip
_REST: Final = ("其他", "其它", "其余", "余下", "剩余", "另外")
#: Endings that make names of one kind: 纺织业 and 机械业, 上河村 and 下河村. 会员企业 and 规上企业 may be the same.
_KINDS: Final = (
    "行业",
    "社区",
    "街道",
    "片区",
    "村",
    "镇",
    "乡",
    "族",
    "教",
    "资",
    "类",
    "型",
    "期",
    "批",
    "组",
    "业",
)
_NOISE: Final = re.compile(
    r"^(?:其中|分别为|分别是|包括|包含|即|为|有|是)+|(?:约|共|有|为|是|达|计|的|人员)+$"
)


@dataclass(frozen=True)
class Division:
    """What is known of parts: ``exclusive`` parts cannot overlap, ``complete`` ones make up the whole."""

    exclusive: bool
    complete: bool


def division(labels: Sequence[str], *, of_money: bool = False) -> Division:
    """What the labels of two or more parts say about them."""
    named = [_NOISE.sub("", label) for label in labels]
    rest = any(label.startswith(_REST) for label in named)
    known = [label for label in named if not label.startswith(_REST)]
    if len(known) == 1 and rest:
        return Division(exclusive=True, complete=True)
    dimensions = [
        dimension for dimension in _DIMENSIONS if dimension.of_money <= of_money and _covers(dimension, known)
    ]
    if not dimensions and not rest:
        return Division(exclusive=_one_kind(known, of_money), complete=False)
    all_named = any(len(known) == len(dimension.members) for dimension in dimensions)
    complete = rest or all_named or any(dimension.complete for dimension in dimensions)
    return Division(exclusive=True, complete=complete)


def division_member(label: str, *, of_money: bool = False) -> str:
    """The longest category of any dimension that ``label`` names; empty where it names none."""
    members = (m for dimension in _DIMENSIONS if dimension.of_money <= of_money for m in dimension.members)
    return max((member for member in members if member in label), key=len, default="")


def _covers(dimension: Dimension, labels: Sequence[str]) -> bool:
    """Whether each label names a member of its own, and no two the same."""
    named = [max((m for m in dimension.members if m in label), key=len, default="") for label in labels]
    return all(named) and len(set(named)) == len(named)


def _one_kind(labels: Sequence[str], of_money: bool) -> bool:
    """Whether the labels are different names of one kind. Money is spent once, so there any common ending will do."""
    endings = (*_KINDS, labels[0][-2:]) if of_money else _KINDS
    if len(set(labels)) < len(labels) or any(label.endswith("企业") for label in labels):
        return False
    return any(all(label.endswith(end) and len(label) > len(end) for label in labels) for end in endings)
