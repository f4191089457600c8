"""Lists whose own number says what they list: three cities, four levels, the following three tasks.

What ``counts`` knows by name (peoples, religions, villages) needs no help from the sentence. These lists may hold
anything, so they are judged only where the number stands right behind or before them and names what they are.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from decimal import Decimal
from typing import Final

from reporting.figurecheck.finding import Finding
from reporting.figurecheck.numerals import parse_numeral
from reporting.figurecheck.sentence import Sentence

_NUMBER: Final = r"(?P<number>[二两三四五六七八九十]|[2-9])"
_LIST: Final = r"(?P<list>[一-龥]+(?:、[一-龥]+)+?)"
_LEVEL: Final = r"(?:省|市|县|区|乡镇|镇街|镇|乡|街道|村|社区|村社|组|村组|户|网格|片区)"
_CATEGORY: Final = (
    r"(?:社会)?(?:组织|团体)|(?:重要|传统|重大)?(?:节日|节点)|渠道|平台|媒体|载体|行业|产业|领域|环节|阶段"
    r"|形式|方式|类型|类别|岗位|品牌|工种"
)
_FORMS: Final = (
    # 镇、村、组三级
    re.compile(rf"(?<!、)(?P<list>{_LEVEL}(?:、{_LEVEL})+){_NUMBER}级"),
    # 赴杭州、宁波、绍兴三市考察
    re.compile(
        rf"{_LIST}{_NUMBER}(?:省|市|县|区|镇|乡|街道|村|社区|校)(?![级民委长镇村组户道、一两二三四五六七八九]|\d)"
    ),
    # 宣传栏、电子屏2种渠道, 商会、侨联、知联会3个社会组织
    re.compile(rf"{_LIST}(?:这|共)?{_NUMBER}(?:个|种|类|家|大)(?:主要)?(?:{_CATEGORY})"),
)
#: 以下四项工作：学习、走访、检查。
_FOLLOWING: Final = re.compile(
    rf"(?:以下|如下|下列){_NUMBER}(?:项|个|方面|类|种|条)[一-龥]{{0,6}}：(?P<list>[一-龥]+(?:、[一-龥]+)+)(?=。|$)"
)
#: 两个调解室：柳林村调解室、河口村调解室: all of them are called what is counted.
_CALLED: Final = re.compile(
    rf"{_NUMBER}[个家处所座](?P<noun>[一-龥]{{2,5}})(?P<opening>：|（|，(?:即|分别[为是]))(?P<list>[一-龥]+(?:、[一-龥]+)+)(?=[。；）]|$)"
)
#: A piece that holds one of these begins a list of its own: 党委书记、镇长赴杭州、宁波两市.
_BEGINS: Final = re.compile(
    r"[赴到在向对由从往]|组织|联合|邀请|前往|走访|通过|利用|围绕|包括|依托|建立|成立|开展|期间|会同|以及|[和与及]"
)
_LONGEST: Final = 12
#: 3个工作组（综合组、宣传组）: one character says what they are.
_PLACES: Final = "组室站队班馆"


def check_lists(sentence: Sentence, judged: Container[int]) -> Iterator[Finding]:
    """Findings about lists whose number does not stand at one of the places in ``judged``."""
    for form in (*_FORMS, _FOLLOWING, _CALLED):
        for match in form.finditer(sentence.text):
            count = _count(match, behind=form in (_FOLLOWING, _CALLED))
            stated = parse_numeral(match["number"]) or Decimal(match["number"])
            if count is None or count == stated or match.start("number") in judged:
                continue
            yield _finding(sentence, match, count)


def _count(match: re.Match[str], *, behind: bool) -> int | None:
    """How many the list has; None where that is not certain."""
    pieces = match["list"].split("、")
    if "等" in match["list"] or any(len(piece) > _LONGEST for piece in pieces[1:]):
        return None
    noun = match.groupdict().get("noun")
    if noun and not all(
        piece.endswith((noun, noun[-1] if noun[-1] in _PLACES else noun)) for piece in pieces
    ):
        return None
    if behind:
        return None if len(set(pieces)) < len(pieces) or any(map(_joins, pieces)) else len(pieces)
    return _own(pieces)


def _joins(piece: str) -> bool:
    return bool(re.search(r"[一-龥]{2}[和与及][一-龥]{2}", piece))


def _own(pieces: Sequence[str]) -> int | None:
    """The pieces of the list that ends at the number, up to the one it begins in; None for a list of one."""
    if _joins(pieces[-1]):
        return None
    count = 0
    for piece in reversed(pieces):
        count += 1
        if _BEGINS.search(piece):
            break
    return count if count > 1 and len(set(pieces)) == len(pieces) else None


def _finding(sentence: Sentence, match: re.Match[str], count: int) -> Finding:
    start = match.start("number")
    end = match.end("number") + 1
    found = sentence.text[start:end]
    said = f"列举了{count}项，与“{found}”不符，请核对列举的内容和数字。"
    return sentence.finding("count", start, end, f"{count}{sentence.text[end - 1]}", said)
