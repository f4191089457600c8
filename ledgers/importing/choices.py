"""What a user has said about how a workbook is to be read; it wins over our own reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ledgers.importing.layout import Mappings


@dataclass(frozen=True, slots=True)
class Choices:
    """``mappings`` by layout signature; the others by the sheet's position in the workbook, as text, from 0."""

    mappings: Mappings = field(default_factory=dict)
    #: First and last header row, counted from 1.
    header_rows: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    #: Whether a sheet is read: False leaves one out, True reads a hidden one.
    sheets: Mapping[str, bool] = field(default_factory=dict)

    @classmethod
    def from_options(cls, options: Mapping[str, Any], remembered: Mappings) -> Choices:
        """``ImportBatch.options``, and the mappings remembered from earlier imports."""
        return cls(
            {**remembered, **options.get("mapping", {})},
            {place: (first, last) for place, (first, last) in options.get("header_rows", {}).items()},
            options.get("sheets", {}),
        )

    def header_of(self, position: int) -> tuple[int, int] | None:
        return self.header_rows.get(str(position))

    def takes(self, position: int) -> bool | None:
        """None where the user has said nothing."""
        return self.sheets.get(str(position))
