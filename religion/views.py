"""The page of a hazard, which says where it was found."""

from __future__ import annotations

from ledgers.models import Record
from ledgers.views.records import RecordDetail
from religion.models import Hazard


class HazardDetail(RecordDetail):
    def sections(self, record: Record) -> list[tuple[str, list[tuple[str, str]]]]:
        sections = super().sections(record)
        if isinstance(record, Hazard):
            sections[0][1].insert(0, ("场所", str(record.inspection.venue)))
        return sections
