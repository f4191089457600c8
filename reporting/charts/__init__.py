"""Charts, drawn here without a browser or a drawing engine: a page, a PDF and Word show the same.

spec.py      what a chart shows          svg.py   a drawing for pages and the PDF
bars.py      a report's chart as shapes  png.py   the same for Word
shapes.py    what it is made of          small.py small drawings for a page of many
"""

from reporting.charts.png import png
from reporting.charts.spec import FONT, PALETTE, ChartSpec, Series
from reporting.charts.svg import svg

__all__ = ["FONT", "PALETTE", "ChartSpec", "Series", "png", "svg"]
