"""Rule *count*: an enumeration that has more or fewer members than its number says.

Only lists whose members are plainly of the kind that is counted are judged: peoples, religions, parties, villages,
townships, offices, venues. 等 leaves a list open, so that only too many members are wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from reporting.figurecheck.finding import Finding
from reporting.figurecheck.lists import check_lists
from reporting.figurecheck.quantities import Quantity
from reporting.figurecheck.sentence import Sentence


@dataclass(frozen=True)
class Kind:
    """``member`` matches one member at the end of a stretch; ``counted`` what may follow the number."""

    member: re.Pattern[str]
    units: str
    counted: re.Pattern[str]


_PEOPLES: Final = "汉蒙回藏苗彝壮满侗瑶白傣黎畲水怒京土羌"
_LONG_PEOPLES: Final = (
    "蒙古|维吾尔|布依|朝鲜|土家|哈尼|哈萨克|傈僳|佤|高山|拉祜|东乡|纳西|景颇|柯尔克孜|达斡尔|仫佬|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克"
    "|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺"
)


def _kind(member: str, units: str, counted: str) -> Kind:
    return Kind(re.compile(rf"(?:{member})$"), units, re.compile(rf"(?:{counted})"))


_KINDS: Final = (
    _kind(rf"(?:{_LONG_PEOPLES}|[{_PEOPLES}])族", "个种", r"(?:少数)?民族|族(?![群裔])"),
    _kind(r"佛教|道教|伊斯兰教|基督教|天主教|民间信仰", "种类个大", r"宗教(?!活动|场所|团体|界)|教别|教种|教派|$"),
    _kind(r"民革|民盟|民建|民进|农工党|致公党|九三学社|台盟", "个", r"民主党派"),
    _kind(r"[一-龥]{1,5}(?<![全各本我该某的])村", "个", r"(?:行政)?村(?!民|级|干|务|小)"),
    _kind(r"[一-龥]{1,5}社区", "个", r"社区(?!居|干|工作)"),
    _kind(r"[一-龥]{1,5}(?:村|社区)", "个", r"村（社区）"),
    _kind(r"[一-龥]{1,5}(?<!乡)[镇乡]|[一-龥]{1,5}街道", "个", r"乡镇|镇(?![级长])|乡(?![级长])|街道"),
    _kind(r"[一-龥]{1,8}(?:[局办所院队厅室]|中心|部(?!门)|委(?!员)|大队|支队|站)", "个家", r"部门|单位|科室|站所|$"),
    _kind(r"[一-龥]{1,6}(?:[寺庙观庵宫]|教堂|[一-龥]堂)", "处座所家", r"(?:宗教活动)?场所|寺院|$"),
    _kind(r"[一-龥]{1,6}(?:[寺庙观庵宫]|教堂|[一-龥]堂)", "个", r"(?:宗教活动)?场所(?!负责)|寺院"),
)  # fmt: skip
_JOINTS: Final = re.compile(r"、|以及|和|与|及")
_FREE: Final = "、" + "和与及"
#: What may stand before the first member and belongs to the sentence, not to the name.
_LEAD: Final = re.compile(
    r"^.*?(?:共有|现有|设有|辖区内有|内有|有|在|对|为|是|包括|包含|涉及|联合|会同|组织|走访了?|检查了?|辖|了|到|赴|和|与|由|成立|邀请|其中)"
)
_OPEN: Final = re.compile(r"等(?:共|地)?$")
_ABOUT: Final = re.compile(r"(?:共|共计|这|一共|分别为|分别是|为)$")
_AFTER: Final = re.compile(
    r"^(?P<noun>[^，；。：（、]{0,8}?)(?P<opening>：|（|[，]?(?:分别(?:为|是)|即|为)：?)(?P<list>[^，；。：（）]+)"
)


def check_counts(sentence: Sentence) -> Iterator[Finding]:
    judged: set[int] = set()
    for quantity in sentence.counts:
        if not quantity.is_exact or quantity.value != int(quantity.value) or sentence.is_each(quantity):
            continue
        for kind in _KINDS:
            if quantity.unit not in kind.units or not quantity.unit:
                continue
            members = _list_before(sentence, quantity, kind) or _list_behind(sentence, quantity, kind)
            if members is None:
                continue
            count, is_open = members
            judged.add(quantity.start)
            if count > quantity.value or (count < quantity.value and not is_open):
                yield _finding(sentence, quantity, count)
            break
    yield from check_lists(sentence, judged)


def _finding(sentence: Sentence, quantity: Quantity, count: int) -> Finding:
    expected = quantity.like(Decimal(count))
    said = f"列举了{count}项，与“{quantity.text}”不符，请核对列举的内容和数字。"
    return sentence.finding("count", quantity.start, quantity.end, expected, said)


def _list_before(sentence: Sentence, quantity: Quantity, kind: Kind) -> tuple[int, bool] | None:
    """佛教、基督教、天主教3种, 藏族、土族等10个少数民族: how many are listed, and whether the list is open."""
    behind = sentence.text[quantity.stop : sentence.next_mark(quantity.stop, "，；。：（）、")]
    if not kind.counted.match(behind):
        return None
    text = sentence.text[sentence.last_mark(quantity.start) : quantity.start]
    others = [q.stop for q in sentence.quantities if q.stop <= quantity.start]
    text = text[-(quantity.start - max(others)) :] if others and quantity.start > max(others) else text
    if others and max(others) == quantity.start:
        return None
    text = _ABOUT.sub("", text)
    is_open = bool(_OPEN.search(text))
    members = _members(_OPEN.sub("", text), kind, leading=True)
    return None if members is None else (members, is_open)


def _list_behind(sentence: Sentence, quantity: Quantity, kind: Kind) -> tuple[int, bool] | None:
    """5个少数民族：回族、满族…, 3个社区（东城社区、西城社区）, 四个教别，分别为…"""
    match = _AFTER.match(sentence.text[quantity.stop :])
    if match is None or (match["noun"] and not kind.counted.match(match["noun"])):
        return None
    listed = match["list"]
    is_open = listed.endswith("等") or "等" in listed
    members = _members(listed.partition("等")[0], kind, leading=False)
    return None if members is None else (members, is_open)


def _members(text: str, kind: Kind, *, leading: bool) -> int | None:
    """How many members ``text`` lists; None unless every one is of the kind and there are two or more."""
    parts = _joined(text, kind)
    if len(parts) < 2 or len(set(parts)) < len(parts):
        return None
    first = parts[0]
    if leading and not kind.member.fullmatch(first):
        first = _LEAD.sub("", first) or first
    return len(parts) if all(kind.member.search(part) for part in (first, *parts[1:])) else None


def _joined(text: str, kind: Kind) -> list[str]:
    """The list taken apart at 、 and, between two members, at 和, 与, 及."""
    parts: list[str] = []
    for piece in text.split("、"):
        for match in _JOINTS.finditer(piece):
            head, tail = piece[: match.start()], piece[match.end() :]
            if kind.member.search(head) and kind.member.search(tail):
                parts += [head, tail]
                break
        else:
            parts.append(piece)
    return parts
