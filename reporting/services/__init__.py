"""The named writes of a report.

drafting.py  draft or renew it, and build its files     signing.py  submit, withdraw, send back, sign
editing.py   save a section, restore it                 review.py   what stands against signing, and accepting it
composing.py sections and facts → document              keeping.py  figures and files as rows
"""

from reporting.services.drafting import build_files as build_files
from reporting.services.drafting import build_report as build_report
from reporting.services.errors import ReportRefused as ReportRefused
from reporting.services.errors import SectionConflict as SectionConflict
from reporting.services.errors import StateChanged as StateChanged
