"""Two texts of a section beside each other: what one has and the other has not."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

#: A clause with the mark that ends it. Chinese has no spaces, and single characters would make a comparison of crumbs.
_CLAUSE: Final = re.compile(r"[^，。；：、！？\n]*[，。；：、！？\n]|[^，。；：、！？\n]+")


def compare_html(before: str, after: str) -> SafeString:
    """``after`` with what it leaves out of ``before`` as ``del`` and what it adds as ``ins``."""
    old, new = _CLAUSE.findall(before), _CLAUSE.findall(after)
    parts: list[SafeString] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        if kind == "equal":
            parts.append(format_html("{}", "".join(new[c:d])))
            continue
        if b > a:
            parts.append(format_html("<del>{}</del>", "".join(old[a:b])))
        if d > c:
            parts.append(format_html("<ins>{}</ins>", "".join(new[c:d])))
    return format_html_join("", "{}", ((part,) for part in parts))
