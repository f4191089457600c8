"""Units and records by the names that stand in a workbook, loaded once per import and only within reach."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any, Final

from django.db import models
from django.utils import timezone
from rapidfuzz import fuzz, process

from ledgers.importing.normalise import fold
from ledgers.importing.problems import CellProblem
from ledgers.models import OrgUnit

_COMMITTEE: Final = re.compile(
    r"(?:村民|居民|村|社区居民|社区)?(?:委员会|委会|居委会|党支部|党总支|党委|经济合作社)$"
)
_KIND: Final = re.compile(r"(?:行政村|社区|村|街道|镇|乡)$")


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
        close = process.extractOne(fold(text), list(self._names), scorer=fuzz.ratio, score_cutoff=60)
        hint = ""
        if close:
            hint = f"（是否为「{self.units[next(iter(self._names[close[0]]))].name}」）"
        return f"在您的填报范围内没有这个单位{hint}，请核对名称。"

    def _without_parents(self, text: str) -> str:
        """清江县东山镇上河村 is 上河村."""
        for name in self._parents:
            if text != name and text.startswith(name):
                text = text[len(name) :]
        return _COMMITTEE.sub("", text)

    def record(self, model: type[models.Model], by: str, text: str) -> models.Model:
        """The one record within reach whose field ``by`` reads ``text``; raises CellProblem."""
        known = self._records.get((model, by))
        if known is None:
            known = self._records[model, by] = self._load(model, by)
        found = known.get(fold(text), [])
        label = model._meta.verbose_name
        if not found:
            raise CellProblem(f"没有找到对应的{label}，请核对，或先登记这条{label}。")
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
