"""The text of a report as its author writes it: plain lines, a few headings, and tokens for figures.

``{{code}}`` is a figure with its unit; ``{{code|filter}}`` says it in another way, ``{{code@2024}}`` for another
period. A line is a paragraph; ``## ``, ``### `` and ``#### `` begin headings （一）, 1. and （1）. Everything else is
literal: this is a parser of our own, and no text of an author ever reaches a template engine.

    tokens.py    finds the tokens          source → pieces with their positions
    filters.py   says a figure             figure → runs of the document model
    book.py      fetches figures           all that a text asks for, one query per ledger and period
    render.py    joins the three           source → lines of runs, and problems with positions
    preview.py   shows the author          lines → markup, problems marked in place
    choices.py   offers what there is      figures → rows for the editor's list
    compare.py   sets two texts side by side
"""

from reporting.narrative.book import FigureBook as FigureBook
from reporting.narrative.filters import FILTERS as FILTERS
from reporting.narrative.render import Problem as Problem
from reporting.narrative.render import Rendered as Rendered
from reporting.narrative.render import render as render
from reporting.narrative.tokens import escape as escape
from reporting.narrative.tokens import token as token
