from ledgers.models.accounts import User
from ledgers.models.imports import ImportBatch, KeptRecord, SheetLayout
from ledgers.models.jobs import Job
from ledgers.models.records import History, HistoryRow, Record, RecordQuerySet
from ledgers.models.signin import AccountSession, UsedPassword
from ledgers.models.submissions import FormSubmission
from ledgers.models.trail import Action, HistorySeal, RewritePermit, SealState
from ledgers.models.units import OrgUnit, UnitChange

__all__ = [
    "AccountSession",
    "Action",
    "FormSubmission",
    "History",
    "HistoryRow",
    "HistorySeal",
    "ImportBatch",
    "Job",
    "KeptRecord",
    "OrgUnit",
    "Record",
    "RecordQuerySet",
    "RewritePermit",
    "SealState",
    "SheetLayout",
    "UnitChange",
    "UsedPassword",
    "User",
]
