"""The registry's labels and synonyms as a text uses them, and the words that may stand around them.

A label is bound to a number only when nothing else in the clause narrows it. 全年共召开专题会议3次 leaves nothing over
once the words known here are taken away; 为新提拔干部开展培训2次 leaves 为新提拔干部, so the number counts something
that no indicator counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from ledgers.indicators import Indicator
from reporting.figurecheck.text import sentences

_ADVERBS: Final = (
    "共有|共计|共|累计|总计|合计|总共|一共|已经|已|先后|及时|积极|深入|扎实|认真|持续|有序|常态化|定期|主动|大力|广泛|切实|全面|严格|并|还|也|又"
    "|其中|据统计|本单位|统战办|我办|党委会议|党委会|党委|政府|统战部|坚持|精心|按季|按月|分期|集中|顺利|成功|圆满|截至"
)
_ACTS: Final = (
    "组织开展|组织|开展|举办|召开|举行|进行|实施|悬挂|张贴|发放|发布|推送|报送|上报|编发|接待|受理|收到"
    "|提交|提出|落实|安排|完成|了"
)
_STATES: Final = "依法登记|实有|登记|在册|现有|拥有|设有|建有|有|建成|配备|安排|设立|建立|共建|辖"
_GAP: Final = re.compile(
    r"(?:活动|工作|会议|会|班)?(?:共有|共计|共|合计|总计|总数|总量|总额|数量|人数|户数|数|已|有|为|是|达到|达|了|累计|发展到|到|：)*"
)
_JOINS: Final = ("、", "和", "及", "与")
_TAIL: Final = re.compile(r"(?:的)?$|[、，；。：）（]|(?:和|及|以及|与|并)")
#: What such a label counts may be only some of what the clause before it counted.
_DEPENDENT: Final = re.compile(
    r"整改|办结|解决|采用|采纳|答复|办复|支出|参训|参加|培训人|人次|届满|逾期|到期|超期|发现|排查|消除|完成|人数|捐赠"
)
_NARROWING: Final = re.compile(
    r"针对|围绕|面向|联合|会同|配合|协助|借助|利用|结合|依托|邀请|参与|协同|针对性|(?:^|[，；：])(?:在|向|就|由|对|赴|到|从)"
)
_VISITED: Final = re.compile(r"走访|慰问|检查|调研|服务|帮扶|帮助|支持|联系|接待|邀请|惠及|组织")
#: Sentences of plans and duties: what they number has not been done.
_PLANNED: Final = re.compile(
    r"计划|拟[定开于举]|力争|目标|下一步|确保|预计|预期|打算|明年|来年|差距|抓紧|要求|应当|必须|任务|原则上|规定|标准|指标|将(?:[于在]|继续|开展|举办|组织)"
)


def is_planned(text: str) -> bool:
    return bool(_PLANNED.search(text))


def is_narrowing(text: str) -> bool:
    """Whether words before a clause can narrow what it counts: 围绕消防安全，…"""
    return bool(_NARROWING.search(text))


def is_visited(text: str) -> bool:
    """Whether a clause counts those that something was done for: what follows may be some of them."""
    return bool(_VISITED.search(text))


def is_dependent(label: str) -> bool:
    return bool(_DEPENDENT.search(label))


@dataclass(frozen=True)
class Mention:
    start: int
    end: int
    label: str
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True)
class Vocabulary:
    """All labels and synonyms of ``indicators``; ``neutral`` are further words that narrow nothing."""

    indicators: Sequence[Indicator]
    neutral: Sequence[re.Pattern[str]] = ()
    _by_label: dict[str, tuple[Indicator, ...]] = field(init=False, repr=False)
    _labels: re.Pattern[str] = field(init=False, repr=False)
    _words: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        found: dict[str, list[Indicator]] = {}
        for indicator in self.indicators:
            for label in dict.fromkeys((indicator.label, *indicator.synonyms)):
                written = "".join(reading.text for reading in sentences(label))
                found.setdefault(written, []).append(indicator)
        by_label = {label: tuple(members) for label, members in found.items()}
        object.__setattr__(self, "_by_label", by_label)
        object.__setattr__(self, "_labels", re.compile(_either(by_label) or r"(?!)"))
        words = "|".join([*(f"(?:{p.pattern})" for p in self.neutral), _ADVERBS, _ACTS, _STATES])
        # The patterns come with names of their own, which one expression cannot have twice.
        object.__setattr__(self, "_words", re.compile(re.sub(r"\?P<\w+>", "?:", words)))

    def mentions(self, text: str, start: int, end: int) -> list[Mention]:
        """The labels between ``start`` and ``end``, longest first where several begin."""
        return [
            Mention(match.start(), match.end(), match.group(), self._by_label[match.group()])
            for match in self._labels.finditer(text, start, end)
        ]

    def is_gap(self, text: str) -> bool:
        """Whether ``text`` may stand between a label and its number."""
        return bool(_GAP.fullmatch(text))

    def is_tail(self, text: str) -> bool:
        """Whether ``text`` may follow a number, or the label that stands behind its number."""
        return bool(_TAIL.match(text) or self._labels.match(text))

    def is_neutral(self, text: str) -> bool:
        """Whether nothing in ``text`` narrows what comes after it; a 、 stands for each figure in it."""
        at = 0
        while at < len(text):
            if text[at] in _JOINS:
                at += 1
                continue
            step = self._words.match(text, at)
            if step is None or step.end() == at:
                # A label that has its figure is another item of the list; one without would narrow the next.
                step = self._labels.match(text, at)
                if step is None or text[step.end() : step.end() + 1] not in _JOINS:
                    return False
            at = step.end()
        return True


def _either(labels: Iterable[str]) -> str:
    return "|".join(re.escape(label) for label in sorted(labels, key=len, reverse=True))
