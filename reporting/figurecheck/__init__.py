"""The figure check: reads a report's text back and says which numbers do not fit.

``check_text`` for any text, ``check_document`` for a report. Everything but ``LedgerContext`` is text analysis that
touches no database.
"""

from reporting.figurecheck.check import DocumentFinding as DocumentFinding
from reporting.figurecheck.check import check_document as check_document
from reporting.figurecheck.check import check_text as check_text
from reporting.figurecheck.context import FiguresContext as FiguresContext
from reporting.figurecheck.context import LedgerContext as LedgerContext
from reporting.figurecheck.context import Place as Place
from reporting.figurecheck.finding import Finding as Finding
from reporting.figurecheck.finding import Records as Records
