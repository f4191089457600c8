from ledgers.models.accounts import User
from ledgers.models.imports import ImportBatch, KeptRecord, SheetLayout
from ledgers.models.jobs import Job
from ledgers.models.records import HistoryRow, Record, RecordQuerySet
from ledgers.models.submissions import FormSubmission
from ledgers.models.units import OrgUnit, UnitChange

__all__ = [
    "FormSubmission",
    "HistoryRow",
    "ImportBatch",
    "Job",
    "KeptRecord",
    "OrgUnit",
    "Record",
    "RecordQuerySet",
    "SheetLayout",
    "UnitChange",
    "User",
]
