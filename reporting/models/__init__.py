"""Reports as they are kept: the text in sections, every step of a report's life, its files and its figures."""

from reporting.models.figures import FigureRecords as FigureRecords
from reporting.models.figures import ReportFigure as ReportFigure
from reporting.models.files import ReportFile as ReportFile
from reporting.models.files import file_path as file_path
from reporting.models.reports import Report as Report
from reporting.models.reports import ReportQuerySet as ReportQuerySet
from reporting.models.sections import ReportSection as ReportSection
from reporting.models.steps import AcceptedFinding as AcceptedFinding
from reporting.models.steps import ReportStep as ReportStep
