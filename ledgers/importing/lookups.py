"""Units and records by the names that stand in a workbook, loaded once per import and only within reach."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from django.db import models
from django.utils import timezone
from rapidfuzz import fuzz, process

from ledgers.importing.normalise import fold
from ledgers.importing.problems import CellProblem
from ledgers.models import OrgUnit, UnitChange

_COMMITTEE: Final = re.compile(
    r"(?:村民|居民|村|社区居民|社区)?(?:委员会|委会|居委会|党支部|党总支|党委|经济合作社)$"
)
_KIND: Final = re.compile(r"(?:行政村|社区|村|街道|镇|乡)$")


#: Names less alike than this are no help to whoever has to correct a cell.
ALIKE: Final = 60
_NUMBERING: Final = re.compile(r"^(?:\(?[0-9一二三四五六七八九十]{1,3}\)?[.、:-]?)(?=\D)")
_REMARK: Final = re.compile(r"\([^()]*\)")
#: A text that is somebody's name as a whole: 上河村, 东山镇上河村; not 各村, 企业.
_SOMEBODY: Final = re.compile(r"[\u4e00-\u9fff]{2,12}(?:村|社区|居委会|村委会|街道|[^乡]镇|[^城镇]乡)")
_EVERYBODY: Final = re.compile(
    r".*(?:各|全|分|行政|自然|农|本|按|所有|每个?|示范)(?:村|社区|镇|乡|街道)(?:、?社区)?"
)


def nearest(text: str, names: Mapping[str, Any]) -> str:
    """The name most like ``text``; "" when nothing is, or when another one, of something else, is as much alike."""
    close = process.extract(text, list(names), scorer=fuzz.ratio, score_cutoff=ALIKE, limit=5)
    best = [name for name, score, _ in close if score == close[0][1]]
    return best[0] if best and all(names[name] == names[best[0]] for name in best) else ""


def suggestion(name: str) -> str:
    """What a problem says about the name that may have been meant; nothing without one."""
    return f"（是否为「{name}」）" if name else ""


class Lookups:
    """Finds what cells name. ``reach`` is the unit whose subtree the import may touch."""

    def __init__(self, reach: OrgUnit) -> None:
        self.reach = reach
        #: Everything within reach; records of a closed village can still be corrected, but none is added to it.
        self.units: dict[int, OrgUnit] = {unit.pk: unit for unit in OrgUnit.objects.subtree(reach)}
        today = timezone.localdate()
        self._names: dict[str, set[int]] = defaultdict(set)
        self._stems: dict[str, set[int]] = defaultdict(set)
        for unit in self.units.values():
            if unit.closed_on is not None and unit.closed_on <= today:
                continue
            self._names[unit.code].add(unit.pk)
            self._names[fold(unit.name)].add(unit.pk)
            self._stems[_stem(unit.name)].add(unit.pk)
        # Workbooks outlive names: a unit answers to the ones it had, too, unless another has the name now.
        renamed = UnitChange.objects.filter(kind=UnitChange.Kind.RENAMED, undone_at=None)
        for name, key in renamed.filter(unit__path__startswith=reach.path).values_list("old_name", "unit"):
            if key in self._names.get(self.units[key].code, ()):
                self._stems[_stem(name)].add(key)
        above = [reach.path[:end] for end in range(OrgUnit.steplen, len(reach.path), OrgUnit.steplen)]
        parents = [*OrgUnit.objects.filter(path__in=above), *self.units.values()]
        self._parents = [fold(unit.name) for unit in parents if unit.level != OrgUnit.Level.VILLAGE]
        self._found: dict[str, OrgUnit | str] = {}
        self._labels: dict[tuple[type[models.Model], int], str] = {}
        self._records: dict[tuple[type[models.Model], str], dict[str, list[models.Model]]] = {}

    def unit(self, text: str) -> OrgUnit:
        """The unit of that name or code; raises CellProblem."""
        if text not in self._found:
            self._found[text] = self._find_unit(text)
        found = self._found[text]
        if isinstance(found, str):
            raise CellProblem(found)
        return found

    def unit_or_none(self, text: str) -> OrgUnit | None:
        try:
            return self.unit(text)
        except CellProblem:
            return None

    def _find_unit(self, text: str) -> OrgUnit | str:
        for names, form in (
            (self._names, fold(text)),
            (self._names, _COMMITTEE.sub("", fold(text))),
            (self._names, self._without_parents(fold(text))),
            (self._stems, _stem(self._without_parents(fold(text)))),
        ):
            keys = names.get(form)
            if keys and len(keys) == 1:
                return self.units[next(iter(keys))]
            if keys:
                return "有几个单位同名，请改填12位区划代码。"
        close = nearest(_COMMITTEE.sub("", self._without_parents(fold(text))), self._names)
        hint = suggestion(self.units[next(iter(self._names[close]))].name if close else "")
        return f"在您的填报范围内没有这个单位{hint}，请核对名称。"

    def named_in(self, text: str) -> OrgUnit | str | None:
        """The unit that a sheet's name, a 填报单位 line or a heading names: 上河村, 1.上河村（3家）, 上河村企业台账.

        None when it names nobody; the problem when it can only be a unit's name and is none within reach.
        """
        bare = _NUMBERING.sub("", _REMARK.sub("", fold(text))).strip(":.、-_")
        if not bare:
            return None
        found = self.unit_or_none(bare) or self.mentioned_in(bare)
        if found is None and _SOMEBODY.fullmatch(bare) and not _EVERYBODY.fullmatch(bare):
            return str(self._found[bare])
        return found

    def mentioned_in(self, text: str) -> OrgUnit | None:
        """The one unit whose full name stands in a text; a village rather than its township."""
        folded = fold(text)
        names = [name for name in self._names if len(name) > 1 and name in folded]
        # 新桥村 is not 桥村.
        names = [name for name in names if not any(name != other and name in other for other in names)]
        found = {key for name in names for key in self._names[name]}
        if any(self.units[key].level == OrgUnit.Level.VILLAGE for key in found):
            found = {key for key in found if self.units[key].level == OrgUnit.Level.VILLAGE}
        deepest = max((self.units[key].depth for key in found), default=0)
        left = [key for key in found if self.units[key].depth == deepest]
        return self.units[left[0]] if len(left) == 1 else None

    def _without_parents(self, text: str) -> str:
        """清江县东山镇上河村 is 上河村."""
        for name in self._parents:
            if text != name and text.startswith(name):
                text = text[len(name) :]
        return _COMMITTEE.sub("", text)

    def record(self, model: type[models.Model], by: str, text: str, *, suggests: bool = True) -> models.Model:
        """The one record within reach whose field ``by`` reads ``text``; raises CellProblem."""
        known = self._records.get((model, by))
        if known is None:
            known = self._records[model, by] = self._load(model, by)
        found = known.get(fold(text), [])
        label = model._meta.verbose_name
        if not found:
            close = nearest(fold(text), known) if suggests else ""
            hint = suggestion(str(getattr(known[close][0], by)) if close else "")
            raise CellProblem(f"没有找到对应的{label}{hint}，请核对，或先登记这条{label}。")
        if len(found) > 1:
            raise CellProblem(f"有几条同名的{label}，无法判断是哪一条，请先核对。")
        return found[0]

    def _load(self, model: type[models.Model], by: str) -> dict[str, list[models.Model]]:
        records: Any = model._default_manager.all()
        if hasattr(records, "within"):
            # Some records are named by what they belong to: 示例寺 2025-03-01.
            records = records.within(self.reach).select_related(*_named_with(model))
        named: dict[str, list[models.Model]] = defaultdict(list)
        for record in records.iterator(chunk_size=5000):
            named[fold(str(getattr(record, by)))].append(record)
        return dict(named)

    def name(self, model: type[models.Model], key: int) -> str:
        """A related record's name for the screen."""
        if model is OrgUnit:
            return self.units[key].name if key in self.units else "填报范围以外的单位"
        if (model, key) not in self._labels:
            found = model._default_manager.filter(pk=key).first()
            self._labels[model, key] = str(found) if found else f"已删除（编号{key}）"
        return self._labels[model, key]

    def allows(self, unit_id: int) -> bool:
        return unit_id in self.units


def _named_with(model: Any) -> tuple[str, ...]:
    from ledgers.registry import ledgers  # ledgers declare sheets, which import this module

    return ledgers.for_model(model).select_related if ledgers.has_model(model) else ()


def _stem(name: str) -> str:
    return _KIND.sub("", fold(name))
