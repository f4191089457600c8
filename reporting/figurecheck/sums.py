"""Rule *sum*: parts that do not make up their whole.

A whole may stand before its parts (其中, 分别为, a colon or bracket), behind them (共, 合计) or in an equation. Parts
count as all of the whole only where the sentence says so or their labels divide it (see ``partitions``). Each
reading under which the numbers are right keeps the rule silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import reduce
from itertools import pairwise
from operator import add
from typing import Final

from reporting.figurecheck.finding import Finding
from reporting.figurecheck.partitions import Division, division, division_member
from reporting.figurecheck.quantities import Interval, Quantity, plain
from reporting.figurecheck.sentence import Sentence
from reporting.figurecheck.units import MONEY, same_kind

_MARKER: Final = re.compile(
    r"其中|分别(?:为|是|有)|包括|包含|：|（|(?<=，)即[为是]?|由(?=[^，；：。]{4,80}?[组构]成)"
)
#: Markers behind which all parts are named.
_ALL: Final = ("分别", "：", "（", "由", "即")
_NOTHING_ELSE: Final = re.compile(r"(?:再无|没有|无)其[他它余]")
#: Words that make a list a selection, or say what came of the whole rather than what it consists of.
_SELECTION: Final = re.compile(r"主要|重点|例如|比如|最多|较多|仅|等(?![级待候])|尤其|特别是|代表性")
_BEYOND: Final = re.compile(
    r"惠及|受益|带动|覆盖|吸纳|涉及|参加|参与|参训|吸引|另|此外|同时|还有|累计|比|较|同比|环比|每|发放|总|合计|共"
)
#: A thing done in the course of the whole is no part of it: 检查场所5处，其中发现隐患12处.
_EVENT: Final = re.compile(
    r"发现|排查|隐患|问题|建议|意见|解决|化解|收集|受理|帮扶|组织|开展|举办|检查|走访|慰问|培训|接待|发放"
)
_TOTAL: Final = re.compile(
    r"^(?:(?:[今全上下本年半]{0,4}|[两三四几各][节期批次项类者级]?)(?:(?:一共|总共|共计|合计|总计|累计|共)"
    r"(?:有|为|达|是|计|发放|支出|投入)?|总(?:数|人数|户数|量|额|和)(?:有|为|达|是|达到)?))$"
)
_TIME: Final = re.compile(r"半年|季度|月|节")
_EVENTS: Final = ("次", "场", "期", "批", "篇")
_EQUATION: Final = re.compile(r"(?<![\d=+])([^=，；：]*)=([^=，；：。]*)")


def check_sums(sentence: Sentence) -> Iterator[Finding]:
    seen: set[int] = set()
    for finding, whole in _all(sentence):
        if whole.start not in seen:
            seen.add(whole.start)
            yield finding


def _all(sentence: Sentence) -> Iterator[tuple[Finding, Quantity]]:
    yield from _equations(sentence)
    for marker in _MARKER.finditer(sentence.text):
        yield from _parts_behind(sentence, marker)
    for total in sentence.counts:
        yield from _parts_before(sentence, total)
    for whole in sentence.counts:
        yield from _parts_in_clauses(sentence, whole)


# --- Equations: 6248=285+5963 ----------------------------------------------------------------------------------


def _equations(sentence: Sentence) -> Iterator[tuple[Finding, Quantity]]:
    for match in _EQUATION.finditer(sentence.text):
        left, right = (_side(sentence, *match.span(group)) for group in (1, 2))
        if len(left) > len(right):
            left, right = right, left
        if len(left) != 1 or len(right) < 2:
            continue
        if not _total(right).meets(left[0].admitted):
            yield _wrong(sentence, left[0], right), left[0]


def _side(sentence: Sentence, start: int, end: int) -> list[Quantity]:
    """The terms of one side: figures with nothing but plus signs between them."""
    terms = [q for q in sentence.counts if start <= q.start and q.end <= end]
    joined = all(sentence.text[a.stop : b.start] == "+" for a, b in pairwise(terms))
    return terms if joined else []


# --- A whole and then its parts --------------------------------------------------------------------------------


def _parts_behind(sentence: Sentence, marker: re.Match[str]) -> Iterator[tuple[Finding, Quantity]]:
    parts = _listed(sentence, marker)
    # What the list divides is counted in its first item; other things may follow in later clauses.
    first = sentence.next_mark(marker.end(), "，；。）")
    for unit in dict.fromkeys(part.unit for part in parts if part.unit):
        same = [part for part in parts if same_kind(part.unit, unit) or not part.unit]
        if same[0].start >= first:
            continue
        wholes = _wholes(sentence, marker, same[0])
        if wholes and (finding := _judge(sentence, marker, wholes, same)):
            yield finding, wholes[0]


def _listed(sentence: Sentence, marker: re.Match[str]) -> list[Quantity]:
    """The figures of the list behind the marker, up to whatever ends the list."""
    depth = sentence.depths[marker.end() - 1]
    _, end = sentence.segment(marker.start())
    if marker.group() == "（":
        closing = [at for at in range(marker.end(), len(sentence.text)) if sentence.depths[at] < depth]
        end = min([*closing, sentence.next_mark(marker.end(), "；）")])
    following = sentence.text.find("其中", marker.end())
    if 0 <= following < end:
        end = following
    parts: list[Quantity] = []
    for quantity in sentence.counts:
        if not marker.end() <= quantity.start < end or sentence.depth(quantity) != depth:
            continue
        item = sentence.item(quantity)
        clause = sentence.text[max(marker.end(), sentence.last_mark(quantity.start)) : quantity.start]
        if parts and _BEYOND.search(clause):
            break
        if sentence.is_each(quantity) or (parts and _TOTAL.match(item.before)):
            break
        parts.append(quantity)
    return parts


def _wholes(sentence: Sentence, marker: re.Match[str], part: Quantity) -> list[Quantity]:
    """Figures the parts may be parts of, the likeliest first."""
    depth = sentence.depths[marker.start()] - (marker.group() == "（")
    start, _ = sentence.segment(marker.start())
    found = [
        q
        for q in sentence.before(marker.start(), start=start)
        if same_kind(q.unit, part.unit) and sentence.depth(q) == depth and not sentence.is_each(q)
    ]
    if marker.group() in ("：", "（", "由"):
        # 共5处：…, 隐患20处（…）, 58家由…组成: the whole stands right before the mark.
        near = [
            q for q in found if marker.start() - q.stop <= 8 and q.stop > sentence.last_mark(marker.start())
        ]
        return near[:1]
    if marker.group().startswith("分别"):
        start = sentence.last_mark(marker.start())
        found = [q for q in found if q.stop <= start]
    steady = [q for q in found if not sentence.is_change(q)]
    return steady + [q for q in found if q not in steady]


def _judge(
    sentence: Sentence, marker: re.Match[str], wholes: list[Quantity], parts: list[Quantity]
) -> Finding | None:
    whole = wholes[0]
    if len(parts) == 1:
        return _one_part(sentence, marker, wholes, parts[0])
    if any(_total(parts[:n]).meets(w.admitted) for n in range(2, len(parts) + 1) for w in wholes):
        return None
    parts = _of_one_list(sentence, parts)
    if len(parts) < 2:
        return None
    known = _division(sentence, parts)
    stretch = sentence.text[whole.stop : sentence.next_mark(parts[-1].stop, CLAUSES)]
    selection = bool(_SELECTION.search(stretch)) or sentence.is_change(whole)
    complete = known.complete or (marker.group().startswith(_ALL) and not _foreign(sentence, whole, parts))
    complete |= bool(_NOTHING_ELSE.search(sentence.text[parts[-1].stop : sentence.segment(whole.start)[1]]))
    total = _total(parts)
    too_little = total.high < whole.admitted.low
    if too_little and complete and not selection:
        return _wrong(sentence, whole, parts)
    if not too_little and (known.exclusive or complete) and not sentence.is_change(whole):
        return _wrong(sentence, whole, parts)
    return None


CLAUSES: Final = "，；。）"


def _foreign(sentence: Sentence, whole: Quantity, parts: Sequence[Quantity]) -> bool:
    """Whether a list of all parts (：, 分别为) is one of something else than the whole."""
    said = sentence.subject(whole)
    return any(
        (event := _EVENT.search(sentence.item(part).label)) and event.group() not in said for part in parts
    )


def _of_one_list(sentence: Sentence, parts: list[Quantity]) -> list[Quantity]:
    """The longest run of parts from the first that divides the whole; a later clause may have left the list."""
    for length in range(len(parts), 1, -1):
        cut = length < len(parts) and sentence.text[parts[length - 1].stop] == "、"
        if not cut and _division(sentence, parts[:length]).exclusive:
            return parts[:length]
    return parts


def _one_part(
    sentence: Sentence, marker: re.Match[str], wholes: list[Quantity], part: Quantity
) -> Finding | None:
    """A single part is a selection, and can only be wrong by exceeding everything it may be part of."""
    if marker.group() != "其中" or not part.unit or part.unit != wholes[0].unit:
        return None
    if any(part.admitted.low <= whole.admitted.high for whole in wholes):
        return None
    whole = wholes[0]
    noun = sentence.item(whole).after
    if sentence.is_change(part) or _foreign(sentence, whole, [part]) or noun not in sentence.item(part).label:
        return None
    expected = f"至少{whole.like(part.value)}"
    said = f"其中一项{part.text}大于总数{whole.text}，请核对。"
    return sentence.finding("sum", whole.start, whole.end, expected, said, others=[part])


def _parts_in_clauses(sentence: Sentence, whole: Quantity) -> Iterator[tuple[Finding, Quantity]]:
    """提案9件，已办结6件，尚在办理3件: nothing says that these are parts but what they are called."""
    stop = sentence.next_mark(whole.stop)
    if sentence.text[stop : stop + 1] != "，" or sentence.is_each(whole) or sentence.is_change(whole):
        return
    start, end = sentence.segment(whole.start)
    if any(same_kind(q.unit, whole.unit) for q in sentence.before(whole.start, start=start)):
        return  # itself one of a list
    depth = sentence.depth(whole)
    parts: list[Quantity] = []
    for quantity in sentence.counts:
        if not stop < quantity.start < end or sentence.depth(quantity) != depth:
            continue
        words = sentence.clause_before(quantity.start)
        if not same_kind(quantity.unit, whole.unit) or _BEYOND.search(words) or sentence.is_each(quantity):
            break
        parts.append(quantity)
    labels = [sentence.subject(part) for part in parts]
    if any(_TIME.search(label) for label in labels) and whole.unit not in _EVENTS:
        return  # the same places, visited in both halves of a year
    following = [q for q in sentence.counts if whole.start < q.start < end and same_kind(q.unit, whole.unit)]
    if any(_TOTAL.match(sentence.item(q).before) for q in following):
        return  # the total comes last
    if len(parts) < 2 or sentence.text[stop + 1 : parts[0].start] != sentence.item(parts[0]).before:
        return
    money = whole.unit == MONEY
    known = division(labels, of_money=money)
    # 佛教3处，道教2处，基督教1处: the first of a list is no whole of the others.
    is_first = division([sentence.subject(whole), *labels], of_money=money).exclusive
    if not known.exclusive or is_first or not all(_is_bare(label, money) for label in labels):
        return
    total = _total(parts)
    if any(_total(parts[:n]).meets(whole.admitted) for n in range(2, len(parts) + 1)):
        return
    stretch = sentence.text[whole.stop : sentence.next_mark(parts[-1].stop, CLAUSES)]
    if total.high < whole.admitted.low and (not known.complete or _SELECTION.search(stretch)):
        return
    yield _wrong(sentence, whole, parts), whole


def _is_bare(label: str, of_money: bool) -> bool:
    """Whether a label says its category and little else: 男性, not 男干部."""
    member = division_member(label, of_money=of_money)
    return len(label) <= 2 * len(member) if member else len(label) <= 4


# --- Parts and then their total --------------------------------------------------------------------------------


def _parts_before(sentence: Sentence, total: Quantity) -> Iterator[tuple[Finding, Quantity]]:
    item = sentence.item(total)
    if not _TOTAL.match(item.before) or item.after or sentence.is_change(total):
        return
    start, _ = sentence.segment(total.start)
    depth = sentence.depth(total)
    before = [q for q in sentence.before(total.start, start=start) if sentence.depth(q) == depth]
    if any(same_kind(q.unit, total.unit) and q.admitted.meets(total.admitted) for q in before):
        return  # said again
    if each := [q for q in before if sentence.is_each(q) and same_kind(q.unit, total.unit)]:
        yield from _products(sentence, total, each, before)
        return
    parts: list[Quantity] = []
    for quantity in before:
        if quantity.unit and not same_kind(quantity.unit, total.unit):
            break
        parts.insert(0, quantity)
    if len(parts) < 2 or any(sentence.is_change(q) for q in parts):
        return
    if any(_total(parts[n:]).meets(total.admitted) for n in range(len(parts) - 1)):
        return
    stretch = sentence.text[sentence.last_mark(parts[0].start) : total.start]
    listed = all(sentence.text[part.stop] == "、" for part in parts[:-1])
    if not _SELECTION.search(stretch) and (listed or _division(sentence, parts).exclusive):
        yield _wrong(sentence, total, parts), total


def _products(
    sentence: Sentence, total: Quantity, each: list[Quantity], before: list[Quantity]
) -> Iterator[tuple[Finding, Quantity]]:
    """在3个村各举办2场，共6场: so many times what was done at each."""
    several = [q for q in before if q.stop <= each[-1].start and not same_kind(q.unit, total.unit)]
    clause = sentence.clause_before(each[-1].start)
    if "各" not in clause or not several or not all(q.is_exact for q in (*several[:1], *each)):
        return
    if sentence.last_mark(several[0].start) != sentence.last_mark(each[-1].start):
        return
    value = several[0].value * sum((q.value for q in each), Decimal(0))
    if not total.admitted.admits(value):
        said = f"{several[0].text}各{'加'.join(q.text for q in each)}，应为{total.like(value)}，文中为{total.text}。"
        others = [several[0], *each]
        yield sentence.finding("sum", total.start, total.end, total.like(value), said, others=others), total


# --- What both directions share --------------------------------------------------------------------------------


def _division(sentence: Sentence, parts: Sequence[Quantity]) -> Division:
    return division([sentence.subject(part) for part in parts], of_money=parts[0].unit == MONEY)


def _total(parts: Sequence[Quantity]) -> Interval:
    return reduce(add, (part.admitted for part in parts))


def _wrong(sentence: Sentence, whole: Quantity, parts: Sequence[Quantity]) -> Finding:
    value = sum((part.value for part in parts), Decimal(0))
    terms = "+".join(plain(part.value / whole.scale) for part in parts)
    expected = whole.like(value)
    said = f"各部分相加{terms}={plain(value / whole.scale)}，与总数{whole.text}不符，请核对总数和各部分。"
    return sentence.finding("sum", whole.start, whole.end, expected, said, others=parts)
