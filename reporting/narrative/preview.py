"""A section as its author sees it while writing: figures as links, problems marked where they stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from reporting.documents.model import FigureRun, Run
from reporting.narrative.render import Line, Rendered, Unresolved

#: The page around has headings down to level 3.
_TAGS: Final = {0: "p", 2: "h4", 3: "h5", 4: "h6"}


def preview_html(rendered: Rendered, link: Callable[[FigureRun], str | None]) -> SafeString:
    """Markup of all lines; ``link`` gives the address of the records behind a figure."""
    return format_html_join("\n", "{}", ((_line(line, link),) for line in rendered.lines))


def _line(line: Line, link: Callable[[FigureRun], str | None]) -> SafeString:
    content = format_html_join("", "{}", ((_run(run, link),) for run in line.runs))
    tag = _TAGS[line.level]
    if line.level:
        return format_html('<{0} class="level-{1}">{2}</{0}>', tag, line.level, content)
    return format_html("<{0}>{1}</{0}>", tag, content)


def _run(run: Run | Unresolved, link: Callable[[FigureRun], str | None]) -> SafeString:
    if isinstance(run, Unresolved):
        problem = run.problem
        hint = (
            f"{problem.message}是不是要写“{problem.suggestion}”？" if problem.suggestion else problem.message
        )
        return format_html(
            '<mark class="token-problem" title="{}">{}<span class="visually-hidden">（{}）</span></mark>',
            hint,
            run.text,
            hint,
        )
    if isinstance(run, FigureRun) and (address := link(run)):
        return format_html('<a class="traced" href="{}">{}</a>', address, run.text)
    return format_html("{}", run.text)
