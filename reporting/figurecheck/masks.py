"""Numbers that are no figures: dates, ordinals, numbers of documents, telephones, ages, set phrases.

A stretch that one of these patterns covers is passed over by the number reader.
"""

from __future__ import annotations

import re
from typing import Final

_N: Final = r"[\d一二两三四五六七八九十百零〇]+"
_YEAR: Final = r"(?:(?:19|20)\d{2}|[一二][〇零一二三四五六七八九]{3})"

_PATTERNS: Final = (
    # Dates and times of the clock.
    rf"{_YEAR}(?:[-~至]{_YEAR})?(?:年度?|学年)(?:第?[\d一二三四]季度)?(?:\d{{1,2}}月份?(?:\d{{1,2}}[日号])?)?",
    r"(?:19|20)\d{2}[-./]\d{1,2}(?:[-./]\d{1,2})?(?![\d%])",
    r"[\d一二三四五六七八九十]+(?:月份?)?(?:[-~至到、][\d一二三四五六七八九十]+)*月(?:份|[\d一二三四五六七八九十]+[日号]|[初廿]?[一二三四五六七八九十]+(?![个处次场]))?",
    r"\d{1,2}[日号](?:[-~至]\d{1,2}[日号])?",
    r"\d{1,2}:\d{2}(?::\d{2})?",
    r"[上下]午\d{1,2}[时点](?:\d{1,2}分|半)?",
    # Spans of time and ages: how long, not how many.
    rf"{_N}(?:多|余)?个?(?:多|余)?(?:小时|分钟|工作日|星期|周年?|月|季度|年(?!级|度)|学时|课时|周岁|岁)",
    r"前[一二三四\d]季度|[一二三四\d]季度",
    r"十[一二三四五六七]五",
    # Ordinals, lists, document numbers.
    rf"第{_N}(?:[个次届期名批轮号条款页章师位类])?",
    r"[〔\[（【](?:19|20)\d{2}[〕\]）】](?:第?\d+号)?",
    r"\d+号(?:文件?|楼|公告|令|院|线)?",
    r"^（?[\d一二三四五六七八九十]+[）、。.](?!\d)",
    r"（[\d一二三四五六七八九十]{1,2}）",
    rf"{_N}是(?=[^，；。]{{2}})",
    # Names and codes: hot lines, telephones, standards, rooms, “1+3+7”, version numbers.
    r"[“\"'‘《][^”\"'’》]{0,20}?[\d一二两三四五六七八九十][^”\"'’》]{0,20}?[”\"'’》]",
    r"[A-Za-z][A-Za-z/]* ?\d[\d.-]*",
    r"\d+(?:[-+]\d+){2,}",
    r"0\d{2,3}-\d{7,8}|1[3-9]\d{9}|\d{12,}",
    r"\d{3,5}(?=热线|平台|室|消防|会议室|房)",
    r"\d+/\d+",
    # Set phrases of official prose.
    r"[一二两三四五六七八九十]个(?:维护|确立|意识|自信|离不开|认同|与共|结合|务必|坚持|百年|更加|明确|方面|层面|环节)",
    r"二十[大届]|十[八九]大|[一二三四五六七]中全会|三农|两会|一带一路|两新|双百|百分百|千方百计|万众|一把手|一次性",
    r"(?:逐|统|唯|(?<!分)之|同|任|进|单|划|惟|万|其)一|[一二三]级(?!以上)|一[些批系般致律体线定样直起]",
    r"一(?:场所|[企村户人事])一|一对一|一站式|两节(?=[^，；。]{0,2}[共合总累期慰])",
)
_MASK: Final = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS))


def masked(text: str) -> list[tuple[int, int]]:
    """The stretches of ``text`` in which no figure is read, in order."""
    return [match.span() for match in _MASK.finditer(text)]
