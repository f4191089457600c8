"""Figures of the office's own work. Codes are relied on by other programs: add, never rename."""

# The order of these lines is the order of the figures on the screen.
from ledgers.work.indicators import activities as activities
from ledgers.work.indicators import briefs as briefs
from ledgers.work.indicators import office as office
