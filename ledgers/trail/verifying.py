"""Reading the whole history, and the log of actions, again and comparing them with their seals."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Max, Sum
from django.utils import timezone

from ledgers.models import HistorySeal
from ledgers.trail import chain
from ledgers.trail.digests import SIZE, Range, Trail, keys_of, read_ranges, trails
from ledgers.trail.protection import unprotected
from ledgers.trail.removal import LOG, Removals
from ledgers.trail.sealing import unsealed

#: Problems that are told one by one; all are counted.
TOLD: Final = 100
_LOWEST: Final = -(2**63)

Progress = Callable[[int, int, str], None]
Rewritten = dict[int, list["Rewrite"]]


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What a redaction says about one row."""

    seal: int
    columns: str
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class Problem:
    """``what`` is altered, deleted, reordered, inserted, or what is wrong with the chain itself."""

    what: str
    text: str
    table: str = ""
    history_id: int | None = None
    record: int | None = None
    seal: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Verified:
    rows: int = 0
    seals: int = 0
    unsealed: int = 0
    head: str = ""
    at: dt.datetime = field(default_factory=timezone.now)
    seconds: float = 0
    #: [(day, reason, rows)] of what was made anonymous.
    redactions: list[tuple[str, str, int]] = field(default_factory=list)
    #: (entries of the log of actions whose time was over, last day on which some were removed)
    removed: tuple[int, str] = (0, "")
    found: int = 0
    problems: list[Problem] = field(default_factory=list)

    def add(self, problem: Problem) -> None:
        self.found += 1
        if len(self.problems) < TOLD:
            self.problems.append(problem)

    @property
    def text(self) -> str:
        """One line for people."""
        if self.problems:
            more = f"共发现{self.found}处。" if self.found > 1 else ""
            return f"{self.problems[0].text}{more}"
        redacted = "".join(f"{rows}行于{day}{reason}，" for day, reason, rows in self.redactions)
        count, day = self.removed
        removed = f"其中{count}条操作日志已到期清除（最近一次{day}），" if count else ""
        left = f"{self.unsealed}行尚未封存，" if self.unsealed else ""
        sound = f"历史记录和操作日志完好：{self.rows}行、{self.seals}个封条全部相符"
        return f"{sound}，{removed}{redacted}{left}链首{self.head}"

    def as_json(self) -> dict[str, Any]:
        return {
            "ok": not self.found,
            "rows": self.rows,
            "seals": self.seals,
            "unsealed": self.unsealed,
            "head": self.head,
            "at": self.at.isoformat(),
            "seconds": round(self.seconds, 1),
            "redactions": [
                {"day": day, "reason": reason, "rows": rows} for day, reason, rows in self.redactions
            ],
            "removed": {"rows": self.removed[0], "last": self.removed[1]},
            "found": self.found,
            "first": self.problems[0].as_json() if self.problems else None,
            "problems": [problem.as_json() for problem in self.problems],
            "text": self.text,
        }


def verify(*, noted: str = "", progress: Progress | None = None) -> Verified:
    """Compare every sealed row with its seal, in the order of the chain. ``noted`` is a head that somebody wrote down.

    Reads without locking: rows and seals that are added meanwhile are left to the next time.
    """
    started = time.monotonic()
    result = Verified()
    state = chain.state()
    result.head = str(state)
    for table in unprotected():
        result.add(Problem("unprotected", f"表{table}的防改写触发器不在，请运行 manage.py migrate。", table))
    known = {trail.table: trail for trail in trails()}
    rewritten = _rewritten(state.number)
    removals = Removals()
    _tell_redactions(result, state.number)
    _tell_removals(result, state.number)
    total = HistorySeal.objects.filter(kind=HistorySeal.Kind.ROWS).aggregate(rows=Sum("count"))["rows"] or 0
    covered: dict[str, list[Range]] = defaultdict(list)
    present: Counter[str] = Counter()
    for seal in _chain(result, state.number, state.sha256, noted):
        trail = known.get(seal.table)
        if trail is None or not trail.knows(seal.columns.split(",")):
            text = f"封条{seal.number}所封的表{seal.table}或其字段已不在。"
            result.add(Problem("unknown", text, seal.table, seal=seal.number))
            continue
        if seal.kind == HistorySeal.Kind.ROWS:
            covered[seal.table] += read_ranges(seal.ranges)
            present[seal.table] += _compare(result, trail, seal, rewritten[seal.table], removals)
            if progress is not None:
                progress(result.rows, total, "正在核对历史记录")
    for trail in known.values():
        _look_for_more(result, trail, covered[trail.table], present[trail.table])
    result.seconds = time.monotonic() - started
    return result


def _chain(result: Verified, number: int, sha256: str, noted: str) -> Iterator[HistorySeal]:
    """The seals in order, each tested against its own hash and the one before."""
    noted_number, _, noted_hash = noted.partition(":")
    expected, previous = 1, chain.START
    for seal in HistorySeal.objects.filter(number__lte=number).order_by("number").iterator(chunk_size=20):
        seal.digests, seal.before = bytes(seal.digests), bytes(seal.before)
        if seal.number != expected:
            result.add(Problem("chain", f"封条{expected}已被删除。", seal=expected))
        elif seal.previous != previous:
            result.add(Problem("chain", f"封条{seal.number}与上一个封条不相接。", seal=seal.number))
        if chain.hash_of(seal) != seal.sha256 or not _is_whole(seal):
            result.add(Problem("chain", f"封条{seal.number}已被改动。", seal=seal.number))
        elif str(seal.number) == noted_number and seal.sha256 != noted_hash:
            result.add(Problem("chain", f"封条{seal.number}与记下的链首不同。", seal=seal.number))
        expected, previous = seal.number + 1, seal.sha256
        result.seals += 1
        yield seal
    if expected <= number:
        result.add(Problem("chain", f"末尾的封条（第{expected}个起）已被删除。", seal=expected))
    elif previous != sha256:
        result.add(Problem("chain", "最后一个封条与封存进度不符。", seal=number))
    if noted_number.isdigit() and int(noted_number) > number:
        result.add(
            Problem(
                "chain", f"记下的链首是第{noted_number}个封条，现在只有{number}个。", seal=int(noted_number)
            )
        )


def _is_whole(seal: HistorySeal) -> bool:
    try:
        rows = sum(last - first + 1 for first, last in read_ranges(seal.ranges))
    except ValueError:
        return False
    return rows == seal.count and len(seal.digests) == rows * SIZE and len(seal.before) in (0, rows * SIZE)


def _rewritten(upto: int | None = None) -> defaultdict[str, Rewritten]:
    """{table: {history id: what redactions say of it, in their order}}; in memory, as few rows as they are.

    The log of actions is never rewritten, whatever a seal may say.
    """
    found: defaultdict[str, Rewritten] = defaultdict(dict)
    seals = HistorySeal.objects.filter(kind=HistorySeal.Kind.REDACTION).exclude(table=LOG.table)
    seals = seals.order_by("number")
    for seal in seals.filter(number__lte=upto) if upto is not None else seals:
        before, after = _pieces(seal.before), _pieces(seal.digests)
        for key, old, new in zip(keys_of(read_ranges(seal.ranges)), before, after, strict=False):
            found[seal.table].setdefault(key, []).append(Rewrite(seal.number, seal.columns, old, new))
    return found


def _tell_redactions(result: Verified, upto: int) -> None:
    days: Counter[tuple[str, str]] = Counter()
    seals = HistorySeal.objects.filter(kind=HistorySeal.Kind.REDACTION, number__lte=upto).order_by("number")
    for at, reason, count in seals.values_list("sealed_at", "reason", "count"):
        days[f"{timezone.localdate(at):%Y-%m-%d}", reason] += count
    result.redactions = [(day, reason, rows) for (day, reason), rows in days.items()]


def _tell_removals(result: Verified, upto: int) -> None:
    seals = HistorySeal.objects.filter(kind=HistorySeal.Kind.REMOVAL, table=LOG.table, number__lte=upto)
    told = seals.aggregate(rows=Sum("count"), last=Max("sealed_at"))
    if told["last"] is not None:
        result.removed = told["rows"], f"{timezone.localdate(told['last']):%Y-%m-%d}"


def _pieces(blob: Any) -> list[bytes]:
    whole = bytes(blob)
    return [whole[start : start + SIZE] for start in range(0, len(whole), SIZE)]


def _compare(
    result: Verified, trail: Trail, seal: HistorySeal, rewritten: Rewritten, removals: Removals
) -> int:
    """Compare the rows of one seal with what is there; returns how many of them are there."""
    ranges = read_ranges(seal.ranges)
    columns = seal.columns.split(",")
    there = dict(trail.rows(ranges, columns))
    result.rows += seal.count
    if len(there) == seal.count and b"".join(there.values()) == seal.digests:
        return len(there)
    sealed = dict(zip(keys_of(ranges), _pieces(seal.digests), strict=False))
    places = {digest: key for key, digest in sealed.items()}
    if trail.is_log and any(key not in there and removals.of(key) is None for key in sealed):
        # Their time may have come since we began to read.
        removals.read_on()
    for key, digest in sealed.items():
        now = there.get(key)
        if now is None:
            wrong = removals.objection(key, seal, digest) if trail.is_log else ("deleted", "已被删除")
            if wrong is not None:
                result.add(_problem(wrong[0], trail, key, seal, wrong[1]))
        elif now != digest and not _is_redacted(trail, key, seal, digest, rewritten):
            if now in places:
                what = f"已被调换：现在是原第{places[now]}行的内容"
                result.add(_problem("reordered", trail, key, seal, what))
            else:
                result.add(_problem("altered", trail, key, seal, "已被改动"))
    return len(there)


def _is_redacted(trail: Trail, key: int, seal: HistorySeal, sealed: bytes, rewritten: Rewritten) -> bool:
    """Whether redactions since lead from what was sealed to what is there."""

    def since(found: Rewritten) -> list[Rewrite]:
        return [step for step in found.get(key, []) if step.seal > seal.number]

    steps = since(rewritten)
    if steps and _leads_on(trail, key, seal.columns, sealed, steps):
        return True
    # Somebody may have been made anonymous since we began to read.
    latest = since(_rewritten()[trail.table])
    return len(latest) > len(steps) and _leads_on(trail, key, seal.columns, sealed, latest)


def _leads_on(trail: Trail, key: int, columns: str, sealed: bytes, steps: list[Rewrite]) -> bool:
    for step in steps:
        # A version in between may have added a column, which the older digest does not cover.
        if step.columns == columns and step.before != sealed:
            return False
        columns, sealed = step.columns, step.after
    if not trail.knows(columns.split(",")):
        return False
    return dict(trail.rows([(key, key)], columns.split(","))).get(key) == sealed


def _problem(what: str, trail: Trail, key: int, seal: HistorySeal, says: str) -> Problem:
    record = None
    if not trail.is_log:
        record = trail.history._base_manager.filter(pk=key).values_list("id", flat=True).first()
    of = f"（记录{record}）" if record is not None else ""
    text = f"{trail.row(key)}{of}{says}，见封条{seal.number}。"
    return Problem(what, text, trail.table, key, record, seal.number)


def _look_for_more(result: Verified, trail: Trail, covered: list[Range], present: int) -> None:
    """Rows under no seal: those still waiting for theirs, and those put in among sealed ones."""
    whole = chain.merged(covered)
    if _size(whole) < _size(covered):
        result.add(Problem("chain", f"{trail.label}有行被封存了两次。", trail.table))
    left = trail.history._base_manager.count() - present
    if left <= 0:
        return
    waiting = unsealed(trail, chain.state()).count()
    result.unsealed += min(left, waiting)
    if left <= waiting:
        return
    # No number that the database gives out is below 1.
    left_out = chain.between(whole or [(1, 0)], after=_LOWEST)
    taken = {key for first, last in left_out for key in _keys(trail, first, last)}
    pending = set(
        unsealed(trail, chain.state()).filter(pk__in=list(taken)[:500]).values_list("pk", flat=True)
    )
    for key in sorted(taken - pending):
        text = f"{trail.row(key)}不在任何封条之下，是后来插入的。"
        result.add(Problem("inserted", text, trail.table, key))


def _size(ranges: list[Range]) -> int:
    return sum(last - first + 1 for first, last in ranges)


def _keys(trail: Trail, first: int, last: int) -> list[int]:
    rows = trail.history._base_manager.filter(pk__range=(first, last)).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:TOLD])
