"""Public posts as offices write them: 「区政协委员、镇商会副会长」 is two posts, of two bodies."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db import models

if TYPE_CHECKING:
    from representatives.models import Appointment

#: What stands before a post that has ended.
FORMER: Final = "原"
_SEPARATORS: Final = re.compile(r"[、，,；;/\s]+")


class Body(models.TextChoices):
    """Where a public post is held. The order is that of protocol, and of every list of posts."""

    CONGRESS = "congress", "人大"
    CONSULTATIVE = "consultative", "政协"
    CADRE = "cadre", "党外干部"
    FEDERATION = "federation", "工商联"
    CHAMBER = "chamber", "商会"
    INTELLECTUALS = "intellectuals", "知联会"
    OVERSEAS = "overseas", "侨联"
    NEW_STRATA = "new_strata", "新联会"
    OTHER = "other", "其他公职"


class Level(models.TextChoices):
    NATION = "nation", "全国"
    PROVINCE = "province", "省级"
    CITY = "city", "市级"
    COUNTY = "county", "县（市、区）级"
    TOWNSHIP = "township", "乡镇（街道）级"
    VILLAGE = "village", "村（社区）级"


# The first that is found decides: 工商联 would otherwise be read as a 联, 镇政协联络委 as an office of the town.
_BODY_WORDS: Final = (
    (Body.CONGRESS, ("人大", "人民代表大会")),
    (Body.CONSULTATIVE, ("政协", "政治协商会议")),
    (Body.FEDERATION, ("工商联", "工商业联合会")),
    (Body.CHAMBER, ("商会",)),
    (Body.INTELLECTUALS, ("知联会", "知识分子联谊会")),
    (Body.OVERSEAS, ("侨联", "归国华侨联合会")),
    (Body.NEW_STRATA, ("新联会", "新的社会阶层", "新阶层")),
    (
        Body.OTHER,
        (
            "陪审员",
            "特约",
            "监督员",
            "监察员",
            "参事",
            "文史",
            "欧美同学会",
            "留联会",
            "海联会",
            "海外联谊会",
            "台联",
            "台胞联谊会",
            "黄埔",
            "妇联",
            "青联",
            "科协",
            "文联",
            "残联",
            "红十字会",
            "联谊会",
            "同心",
            "支部",
            "总支",
            "基层委员会",
            "区委会",
            "市委会",
            "省委会",
        ),
    ),
    (
        Body.CADRE,
        ("党外干部", "区长", "县长", "市长", "镇长", "乡长", "局长", "科长", "处长", "法院", "检察院"),
    ),
)
# From the words that leave no doubt to single characters at the beginning.
_LEVEL_STARTS: Final = (
    (Level.NATION, ("全国", "中央", "国家")),
    (Level.PROVINCE, ("省", "自治区", "全省")),
    (Level.CITY, ("市", "地区", "全市")),
    (Level.COUNTY, ("区", "县", "全区", "全县")),
    (Level.TOWNSHIP, ("镇", "乡", "街道")),
    (Level.VILLAGE, ("村", "社区")),
)
_LEVEL_IN_NAME: Final = re.compile(r"^.{1,6}?(省|市|区|县|镇|乡|街道|村|社区)")


@dataclass(frozen=True, slots=True, order=True)
class Post:
    """One post of a summary; sorts in the order of the summary."""

    former: bool
    rank: int
    text: str

    @classmethod
    def of(cls, text: str, *, former: bool = False) -> Post:
        body = body_of(text)
        return cls(former, list(Body).index(body or Body.OTHER), text)

    def __str__(self) -> str:
        return f"{FORMER}{self.text}" if self.former else self.text


def split_posts(text: str) -> list[Post]:
    """The posts of one cell or summary, each once, in the order of a summary; of former posts only if no other is
    named."""
    posts: set[Post] = set()
    for piece in _SEPARATORS.split(text):
        former = piece.startswith(FORMER)
        if name := piece.removeprefix(FORMER):
            posts.add(Post.of(name, former=former))
    return _ordered(posts)


def join_posts(posts: Iterable[Post]) -> str:
    return "、".join(str(post) for post in _ordered(posts))


def summary(appointments: Iterable[Appointment]) -> str:
    """What a representative is by his or her appointments: the posts held or, of somebody who holds none any more,
    the posts that were held, each with 原 before it.
    """
    return join_posts(
        Post.of(appointment.post, former=appointment.ended_on is not None) for appointment in appointments
    )


def _ordered(posts: Iterable[Post]) -> list[Post]:
    found = set(posts)
    return sorted({post for post in found if not post.former} or found)


def body_of(text: str) -> Body | None:
    """The body a post belongs to by its wording; None when the wording names no public body."""
    folded = unicodedata.normalize("NFKC", text)
    for body, words in _BODY_WORDS:
        if any(word in folded for word in words):
            return body
    return None


def level_of(text: str) -> str:
    """The level a post is at by its wording, such as 区 in 区政协委员 or 东山镇商会; "" when it does not say."""
    for level, starts in _LEVEL_STARTS:
        if text.startswith(starts):
            return level
    named = _LEVEL_IN_NAME.match(text)
    if named:
        return next(level for level, starts in _LEVEL_STARTS if named[1] in starts)
    return ""
