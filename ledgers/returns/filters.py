"""List filters of quarterly returns."""

from __future__ import annotations

import django_filters

from ledgers.filters import RecordFilter
from ledgers.returns.models import Return


class ReturnFilter(RecordFilter):
    state = django_filters.ChoiceFilter(label="状态", choices=Return.State.choices, empty_label="全部状态")
