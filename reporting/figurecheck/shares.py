"""Rule *share*: a percentage that does not equal part / whole.

Two forms are read: 占 (148人，占全镇人口的3%; 分别占60%、40%) and rates named for what was done (整改18处，整改率90%).
The rule speaks only where the sentence itself has the part and the whole; a pair of its figures that explains the
percentage keeps it silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from reporting.figurecheck.finding import Finding
from reporting.figurecheck.quantities import Interval, Quantity
from reporting.figurecheck.sentence import Sentence
from reporting.figurecheck.units import PERCENT, same_kind

_GAP: Final = r"(?:约|已|仅|分别|为|是|达|达到|到|了|近)*"
_OF: Final = re.compile(
    rf"(?:占(?:(?P<bare>比|比例|比重)|(?P<whole>[^，；：。]*?)(?:的?(?:比例|比重)|的)?)|^其?(?:比例|比重)){_GAP}$"
)
_RATE: Final = re.compile(rf"(?P<stem>[一-龥]{{2,4}})率{_GAP}$")
#: Other words for what a rate is named after.
_SAID_OF: Final = {
    "整改": "整改|完成|销号", "办结": "办结|解决|已办", "完成": "完成|完工", "完工": "完工|完成|竣工",
    "采用": "采用|录用", "采纳": "采纳|采用", "答复": "答复|办复", "办复": "办复|答复", "报送": "报",
    "参训": "参训|参加|到训", "到会": "到会|参会|出席", "支出": "支出|使用", "执行": "执行|支出|使用",
    "回收": "回收|收回", "化解": "化解|调解|调处", "合格": "合格|达标", "达标": "达标|合格",
    "建成": "建成|完工", "入会": "入会|会员", "覆盖": "建成|建立|设立|设有|覆盖",
}  # fmt: skip
#: Rates of what was to be done: 应走访60户，实际走访51户，完成率85%.
_DUTIES: Final = re.compile(r"(?:完成|落实|执行|到位|到会|到岗|出席|出勤|参会|兑现)$")
#: 12个村里有9个村: the figure before names what the other is a part of.
_AMONG: Final = re.compile(r"^[^，；。]{0,10}[里中内]")
_SCOPES: Final = ("全县", "全市", "全省", "全国", "全区", "全州", "全旗")
_OWN: Final = re.compile(r"全镇|全乡|全街道|全村|全社区|全年|辖区|我镇|我县|本镇|现有|当前|目前|总共")
_TOTALS: Final = re.compile(
    r"(?:总?人口|人员|居民|群众)?(?:总人数|总户数|总数|总量|总额|总人口|人数|户数|数量|总|数)?$"
)
#: As many neighbouring figures may have been added up for a percentage: 采用市级5篇、省级2篇，采用率17.9%.
_RUN: Final = 4
_HEADS: Final = re.compile(r"共|总|全|现有|登记|参加|应|中$")
_AIM: Final = re.compile(r"目标|力争|计划|确保|要求|不低于|预计|争取|要达|平均|利率|以上一年|下一步|明年")


def check_shares(sentence: Sentence) -> Iterator[Finding]:
    percents = [q for q in sentence.quantities if q.unit == PERCENT]
    for percent in percents:
        if _AIM.search(sentence.clause_before(percent.start)) or sentence.is_change(percent):
            continue
        yield from _share(sentence, percent, percents)


def _share(sentence: Sentence, percent: Quantity, percents: Sequence[Quantity]) -> Iterator[Finding]:
    run = _run(sentence, percent, percents)
    words = sentence.clause_before(run[0].start)
    if match := _OF.search(words):
        at = run[0].start - len(words) + match.start()
        parts, wholes = _of(sentence, match, at, run, run.index(percent))
    elif len(run) == 1 and (match := _RATE.search(words)):
        parts, wholes = _rate(sentence, match["stem"], percent)
    else:
        return
    if not parts or not wholes or _explained(sentence, percent):
        return
    part, whole = parts[0], wholes[0]
    found = part.admitted.percent_of(whole.admitted)
    if found is None or found.meets(percent.admitted):
        return
    expected = percent.like(part.value * 100 / whole.value)
    said = f"{part.text}占{whole.text}的{expected}，文中为{percent.text}，请核对。"
    yield sentence.finding("share", percent.start, percent.end, expected, said, others=[part, whole])


def _run(sentence: Sentence, percent: Quantity, percents: Sequence[Quantity]) -> list[Quantity]:
    """The percentages of the list ``percent`` stands in: 60%、20%和20%."""
    run = [percent]
    order = list(percents)
    at = order.index(percent)
    for earlier in reversed(order[:at]):
        if sentence.text[earlier.stop : run[0].start] not in ("、", "和", "与", "及"):
            break
        run.insert(0, earlier)
    for later in order[at + 1 :]:
        if sentence.text[run[-1].stop : later.start] not in ("、", "和", "与", "及"):
            break
        run.append(later)
    return run


def _explained(sentence: Sentence, percent: Quantity) -> bool:
    """Whether any figure of the segment, or a run of them added up, is this percentage of another."""
    start, end = sentence.segment(percent.start)
    pool = [q for q in sentence.counts if start <= q.start < end and q.value > 0]
    before = [q for q in pool if q.stop <= percent.start]
    for at, first in enumerate(before):
        part = first.admitted
        for last in before[at : at + _RUN]:
            if last is not first:
                if not same_kind(last.unit, first.unit):
                    break
                part += last.admitted
            wholes = [q for q in pool if q not in (first, last) and same_kind(q.unit, first.unit)]
            if any(_gives(part, whole, percent) for whole in wholes):
                return True
    return False


def _gives(part: Interval, whole: Quantity, percent: Quantity) -> bool:
    share = part.percent_of(whole.admitted)
    return share is not None and share.meets(percent.admitted)


# --- 占 --------------------------------------------------------------------------------------------------------


def _of(
    sentence: Sentence, match: re.Match[str], at: int, run: Sequence[Quantity], index: int
) -> tuple[list[Quantity], list[Quantity]]:
    """The part and the whole of a 占 whose first character stands at ``at``; empty where they are not certain."""
    inside = [q for q in sentence.counts if at < q.start < run[0].start]
    parts = _parts(sentence, at, len(run))
    if not parts:
        return [], []
    part = parts[index] if len(parts) == len(run) else None
    if part is None:
        return [], []
    if inside:
        return [part], [q for q in inside[-1:] if same_kind(q.unit, part.unit) and q.value >= part.value]
    named = (match["whole"] or "").removesuffix("分别").strip()
    candidates = [
        q
        for q in sentence.before(at)
        if q not in parts and same_kind(q.unit, part.unit) and q.value > part.value
    ]
    if len(run) > 1 and not named:
        candidates += _sum_of(sentence, parts)
    return [part], _named(sentence, named, candidates, part)


def _parts(sentence: Sentence, at: int, count: int) -> list[Quantity]:
    """The ``count`` figures the percentages belong to, in their order."""
    start, _ = sentence.segment(at)
    subject = re.sub(r"(?:约|共|已|仅|其|所)+$", "", sentence.clause_before(at))
    before = [q for q in sentence.before(at, start=start) if not sentence.is_change(q)]
    if not before:
        return []
    if count == 1:
        if not subject or before[0].start >= sentence.last_mark(at):
            return before[:1]
        # 佛教场所占60%: the figure stands elsewhere in the sentence, under the same name.
        name = subject.removeprefix("其中")
        own = [q for q in before if (label := sentence.item(q).label.removeprefix("其中")) and label in name]
        return own[:1]
    if subject:
        return []
    listed = [q for q in before if same_kind(q.unit, before[0].unit)][:count]
    return listed[::-1] if len(listed) == count else []


def _sum_of(sentence: Sentence, parts: Sequence[Quantity]) -> list[Quantity]:
    """A figure anywhere in the sentence that is exactly the sum of the parts."""
    total = sum((part.value for part in parts), Decimal(0))
    return [q for q in sentence.counts if same_kind(q.unit, parts[0].unit) and q.value == total]


def _named(sentence: Sentence, named: str, candidates: Sequence[Quantity], part: Quantity) -> list[Quantity]:
    """The candidates that ``named`` (全镇人口, 会员企业总数, or nothing) can mean, the likeliest first."""
    start, _ = sentence.segment(part.start)
    core = _TOTALS.sub("", _OWN.sub("", named))
    if any(scope in named for scope in _SCOPES):
        scope = next(scope for scope in _SCOPES if scope in named)
        candidates = [q for q in candidates if scope in sentence.text[: q.start]]
        core = core.replace(scope, "")
    if core:
        return [q for q in candidates if _about(core, sentence.subject(q))]
    if named:
        # 占全镇人口: the people of the whole place, not any larger number of people.
        return [q for q in candidates if _is_whole(sentence, q)] or list(
            candidates[:1] if "总" in named else []
        )
    return [q for q in candidates if q.start >= start or _is_whole(sentence, q)]


def _is_whole(sentence: Sentence, quantity: Quantity) -> bool:
    label = sentence.subject(quantity)
    return bool(_HEADS.search(label) or _OWN.search(label) or quantity.start == 0)


def _about(name: str, label: str) -> bool:
    """Whether two names share a word of two characters."""
    return any(name[i : i + 2] in label for i in range(len(name) - 1)) or (len(name) == 1 and name in label)


# --- Rates -----------------------------------------------------------------------------------------------------


def _rate(sentence: Sentence, stem: str, percent: Quantity) -> tuple[list[Quantity], list[Quantity]]:
    """The part done and the whole to be done of a rate such as 整改率."""
    start, _ = sentence.segment(percent.start)
    said = next((words for name, words in _SAID_OF.items() if stem.endswith(name)), stem[-2:])
    before = list(sentence.before(percent.start, start=start))
    if pair := _duty(sentence, stem, before):
        return pair
    parts = [
        q
        for q in before
        if re.search(rf"(?<![未没不无])(?:{said})", sentence.item(q).label) and not sentence.is_each(q)
    ]
    if not parts:
        return [], []
    part = parts[0]
    if part is not before[0]:
        return _with_the_rest(sentence, part, before, said)
    if stem.endswith("覆盖"):
        if stem != "覆盖":
            return [], []  # 群众覆盖率 is of something else than the villages
        before = [part, *(q for q in before[1:] if _AMONG.match(sentence.text[q.stop : part.start]))]
    wholes = [
        q
        for q in before[1:]
        if same_kind(q.unit, part.unit) and q.value >= part.value and not sentence.is_change(q)
    ]
    return [part], wholes[:1]


def _duty(
    sentence: Sentence, stem: str, before: Sequence[Quantity]
) -> tuple[list[Quantity], list[Quantity]] | None:
    """应走访60户，实际走访51户: what was to be done and what was."""
    if not _DUTIES.search(stem) or len(before) < 2 or not same_kind(before[0].unit, before[1].unit):
        return None
    done, due = (sentence.item(q).before for q in before[:2])
    if "实" not in done or not re.search(r"应[^，]|应$", due) or before[0].value > before[1].value:
        return None
    return [before[0]], [before[1]]


def _with_the_rest(
    sentence: Sentence, part: Quantity, before: Sequence[Quantity], said: str
) -> tuple[list[Quantity], list[Quantity]]:
    """采纳6件、未采纳3件: no whole is named, but both its parts are."""
    rest = before[0]
    if before[1] is not part or not same_kind(rest.unit, part.unit):
        return [], []
    if not re.search(rf"[未没不无](?:{said})", sentence.item(rest).label):
        return [], []
    value = part.value + rest.value
    whole = replace(part, value=value, text=part.like(value), admitted=part.admitted + rest.admitted)
    return [part], [whole]
