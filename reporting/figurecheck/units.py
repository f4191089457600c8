"""Units: the measure words a number can carry, and which of them count the same things."""

from __future__ import annotations

from typing import Final

PERCENT: Final = "%"
POINTS: Final = "百分点"
TIMES: Final = "倍"
MONEY: Final = "元"
#: Units of ratios; everything else counts or measures something.
RATIOS: Final = frozenset({PERCENT, POINTS, TIMES, "‰"})

_PLAIN: Final = (
    "人次", "户次", "场次", "批次", "台次", "车次", "课时", "平方公里", "平方米", "公里", "公斤", "美元",
    "米", "元", "册", "张", "块", "套", "辆", "间", "栋", "株", "吨", "斤", "棵", "种", "门", "箱", "盒",
    "袋", "头", "桌", "步", "顶", "床", "盏", "根", "瓶", "板",
)  # fmt: skip
#: Words that are measure words only when none of these characters follows: 5场 counts, 5场所 does not.
_UNLESS_BEFORE: Final = {
    "人": "均", "名": "单录义称", "位": "于置列", "户": "均籍型外", "个": "体性", "处": "理置级长",
    "所": "有属在", "座": "谈右", "场": "所地景馆均", "次": "数年日要", "期": "间末限", "班": "子级",
    "轮": "流换", "批": "准复评", "篇": "幅章", "条": "例件款", "幅": "度", "副": "书主职镇乡局部秘组",
    "份": "额", "本": "级镇地土科村区身年市县省乡街", "面": "积向对临", "家": "庭族长属", "项": "目",
    "支": "持部出付撑", "件": "套", "台": "胞属湾商资", "宗": "教族旨", "起": "来草点", "例": "会行如",
    "笔": "试录记", "类": "型别似", "组": "织建长成", "对": "于照外口接", "队": "伍", "只": "有要",
    "亩": "均", "天": "主", "大": "会型小力家", "方": "面", "具": "体", "节": "日约点",
}  # fmt: skip
_WORDS: Final = [*((word, "") for word in _PLAIN), *_UNLESS_BEFORE.items()]
#: A regular expression for any measure word, the longest first.
MEASURE_WORD: Final = "|".join(
    f"{word}(?![{unless}])" if unless else word
    for word, unless in sorted(_WORDS, key=lambda item: -len(item[0]))
)
#: 人 and 名 can be added up, 人 and 人次 cannot.
_ADDED_AS: Final = {"名": "人", "位": "人", "所": "处", "座": "处", "幅": "条", "副": "条"}
#: What the ledger counts in one word, prose may count in another: an event is 次, 场 or 期, a venue 处, 座 or 个.
_SAID_AS: Final = (
    frozenset("次场期"), frozenset("处座所个"), frozenset("人名位"), frozenset("条幅副"), frozenset("篇条期"),
    frozenset("家户个"), frozenset("份张册本"), frozenset("件项个条"), frozenset("个处项条"), frozenset({"元", "万元"}),
)  # fmt: skip


def same_kind(one: str, other: str) -> bool:
    """Whether figures of these units can be added and compared."""
    return _ADDED_AS.get(one, one) == _ADDED_AS.get(other, other)


def unit_fits(printed: str, unit: str) -> bool:
    """Whether a number with the unit ``printed`` can be a figure that the ledger counts in ``unit``."""
    return printed == unit or any(printed in words and unit in words for words in _SAID_AS)
