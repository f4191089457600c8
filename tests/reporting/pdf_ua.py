"""What a program can tell of PDF/UA-1 (ISO 14289-1, by the Matterhorn Protocol's machine checks), without its tools.

``problems(pdf)`` lists what is wrong, each with the clause; ``spoken(pdf)`` is the text in the order of the structure
tree, which is what a screen reader reads. Whether an alternative text is a good one only a person can tell.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import pikepdf
from pikepdf import Array, Dictionary, Object

#: Operators that put something on the page.
_PAINTING: Final = frozenset(
    ("Tj", "TJ", "'", '"', "S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "Do", "INLINE_IMAGE")
)
_STANDARD: Final = frozenset((
    "Document", "Part", "Art", "Sect", "Div", "BlockQuote", "Caption", "TOC", "TOCI", "Index", "NonStruct",
    "Private", "P", "H", "H1", "H2", "H3", "H4", "H5", "H6", "L", "LI", "Lbl", "LBody", "Table", "TR", "TH",
    "TD", "THead", "TBody", "TFoot", "Span", "Quote", "Note", "Reference", "BibEntry", "Code", "Link", "Annot",
    "Ruby", "RB", "RT", "RP", "Warichu", "WT", "WP", "Figure", "Formula", "Form"
))  # fmt: skip
_PARENTS: Final = {
    "TR": {"Table", "THead", "TBody", "TFoot"}, "TH": {"TR"}, "TD": {"TR"}, "THead": {"Table"}, "TBody": {"Table"},
    "TFoot": {"Table"}, "LI": {"L"}, "Lbl": {"LI", "Note", "TOCI", "Reference"}, "LBody": {"LI"},
}  # fmt: skip
_ARTIFACT, _NEITHER = -2, -1
_BFCHAR: Final = re.compile(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>")


def problems(pdf: bytes) -> list[str]:
    """One line for each; empty when nothing was found."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return list(_Checker(document).all())


def spoken(pdf: bytes) -> list[tuple[str, str]]:
    """Structure type and text of every heading, paragraph, caption and cell, in the order they are read."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        checker = _Checker(document)
        blocks = {"H1", "H2", "H3", "H4", "H5", "H6", "P", "Caption", "TH", "TD"}
        return [(e.kind, checker.text(e)) for e in checker.elements if e.kind in blocks]


@dataclass
class _Element:
    node: Object
    kind: str
    parents: tuple[str, ...]
    children: list[_Element] = field(default_factory=list)
    #: Page (its object number) and number of each piece of marked content, in order with the children.
    content: list[_Element | tuple[int, int]] = field(default_factory=list)

    def attribute(self, name: str) -> Object | None:
        owners = self.node.get("/A")
        for owner in owners if isinstance(owners, Array) else [owners] if owners is not None else []:
            if isinstance(owner, Dictionary) and name in owner:
                found: Object = owner[name]
                return found
        return None

    def below(self) -> Iterator[_Element]:
        yield self
        for child in self.children:
            yield from child.below()


class _Checker:
    def __init__(self, document: pikepdf.Pdf) -> None:
        self.document = document
        self.root = document.Root

    def all(self) -> Iterator[str]:
        yield from self._catalog()
        if "/StructTreeRoot" not in self.root:
            yield "7.1: there is no structure tree"
            return
        yield from self._structure()
        yield from self._headings()
        yield from self._tables()
        yield from self._figures()
        yield from self._content()
        yield from self._annotations()
        yield from self._fonts()
        yield from self._bookmarks()

    # --- The file ----------------------------------------------------------------------------------------------

    def _catalog(self) -> Iterator[str]:
        root = self.root
        if self.document.is_encrypted:
            yield "7.16: the file is encrypted"
        if not bool(root.get("/MarkInfo", Dictionary()).get("/Marked", False)):
            yield "6.2: the file is not marked as tagged"
        if bool(root.get("/MarkInfo", Dictionary()).get("/Suspects", False)):
            yield "7.1: the tags are said to be suspect"
        if not str(root.get("/Lang", "")):
            yield "7.2: no language"
        if not bool(root.get("/ViewerPreferences", Dictionary()).get("/DisplayDocTitle", False)):
            yield "7.1: the title is not shown"
        if "/Metadata" not in root:
            yield "7.1: no metadata"
            return
        with self.document.open_metadata() as metadata:
            if metadata.get("pdfuaid:part") != "1":
                yield "5: the file does not say that it is PDF/UA-1"
            title = metadata.get("dc:title")
        if not title:
            yield "7.1: no title"
        elif title != str(self.document.docinfo.get("/Title", "")):
            yield "7.1: two different titles"
        if any(name in root for name in ("/AA", "/OpenAction")) or "/JavaScript" in root.get(
            "/Names", Dictionary()
        ):
            yield "7.19: the file does something by itself"

    # --- The structure -----------------------------------------------------------------------------------------

    @cached_property
    def tree(self) -> list[_Element]:
        top: Any = self.root.StructTreeRoot.get("/K")
        return [self._element(node, ()) for node in (top if isinstance(top, Array) else [top])]

    @cached_property
    def elements(self) -> list[_Element]:
        return [element for top in self.tree for element in top.below()]

    def _element(self, node: Any, parents: tuple[str, ...], page: int = 0) -> _Element:
        kind = str(node.S).lstrip("/")
        made = _Element(node, kind, parents)
        own = node.Pg.objgen[0] if "/Pg" in node else page
        kids = node.get("/K")
        for kid in kids if isinstance(kids, Array) else [] if kids is None else [kids]:
            if isinstance(kid, int):
                made.content.append((own, kid))
            elif kid.get("/Type") == "/MCR":
                made.content.append((kid.Pg.objgen[0] if "/Pg" in kid else own, int(kid.MCID)))
            elif "/S" in kid:
                child = self._element(kid, (*parents, kind), own)
                made.children.append(child)
                made.content.append(child)
        return made

    def _structure(self) -> Iterator[str]:
        roles = self.root.StructTreeRoot.get("/RoleMap", Dictionary())
        if [top.kind for top in self.tree] != ["Document"]:
            yield "7.1: the structure does not begin with one Document"
        for element in self.elements:
            if element.kind not in _STANDARD and f"/{element.kind}" not in roles:
                yield f"7.1: {element.kind} is no standard type and is not mapped to one"
            parent = next((each for each in reversed(element.parents) if each != "NonStruct"), "")
            if element.kind in _PARENTS and parent not in _PARENTS[element.kind]:
                yield f"7.5: {element.kind} in {parent or 'nothing'}"
            if element.kind == "Note" and "/ID" not in element.node:
                yield "7.9: a note without an ID"

    def _headings(self) -> Iterator[str]:
        last = 0
        for element in self.elements:
            if element.kind == "H":
                yield "7.4: headings without a level"
            elif re.fullmatch(r"H[1-6]", element.kind):
                level = int(element.kind[1])
                if level > last + 1:
                    yield f"7.4.2: after level {last} comes level {level}"
                if not self.text(element).strip():
                    yield f"7.4: an empty heading of level {level}"
                last = level
        if last == 0:
            yield "7.4: no headings"

    def _tables(self) -> Iterator[str]:
        names = {str(e.node.ID) for e in self.elements if e.kind == "TH" and "/ID" in e.node}
        for table in (e for e in self.elements if e.kind == "Table"):
            rows = [e for e in table.below() if e.kind == "TR"]
            cells = [[c for c in row.children if c.kind in ("TH", "TD")] for row in rows]
            if not any(cell.kind == "TH" for row in cells for cell in row):
                yield "7.5: a table without headers"
            if len({sum(int(cell.attribute("/ColSpan") or 1) for cell in row) for row in cells}) > 1:
                yield "7.2: rows of different lengths"
            for cell in (cell for row in cells for cell in row):
                headers = cell.attribute("/Headers")
                if cell.kind == "TH" and cell.attribute("/Scope") is None:
                    yield f"7.5: the header “{self.text(cell)}” has no scope"
                if headers is not None and not {str(name) for name in headers} <= names:
                    yield "7.5: a cell names headers that are not there"

    def _figures(self) -> Iterator[str]:
        for element in self.elements:
            if element.kind in ("Figure", "Formula"):
                if not str(element.node.get("/Alt", element.node.get("/ActualText", ""))).strip():
                    yield f"7.3: a {element.kind} without an alternative"
                box = element.attribute("/BBox")
                if box is None or not (float(box[0]) < float(box[2]) and float(box[1]) < float(box[3])):
                    yield f"7.3: a {element.kind} without a box"

    # --- The pages ---------------------------------------------------------------------------------------------

    @cached_property
    def _said(self) -> dict[int, dict[int, str]]:
        """Page → number of the marked content → its text; filled while the pages are read."""
        return {int(page.objgen[0]): {} for page in self.document.pages}

    @cached_property
    def _page_problems(self) -> list[str]:
        return [found for page in self.document.pages for found in self._page(page)]

    def _page(self, page: pikepdf.Page) -> Iterator[str]:
        said = self._said[int(page.objgen[0])]
        maps = {name: _unicode(font) for name, font in page.Resources.get("/Font", Dictionary()).items()}
        opened: list[int] = []
        font: dict[int, str] = {}
        for instruction in pikepdf.parse_content_stream(page):
            operator, operands = str(instruction.operator), list(instruction.operands)
            if operator in ("BDC", "BMC"):
                opened.append(mark := _mark(operator, operands))
                yield from _nested(opened)
                if mark >= 0:
                    said.setdefault(mark, "")
            elif operator == "EMC":
                opened.pop()
            elif operator == "Tf":
                font = maps[str(operands[0])]
            elif operator in _PAINTING:
                now = next((mark for mark in reversed(opened) if mark != _NEITHER), _NEITHER)
                if now == _NEITHER:
                    yield f"7.1: {operator} paints something that is neither tagged nor an artifact"
                for code in _codes(operator, operands):
                    if code not in font:
                        yield f"7.21.7: glyph {code} has no Unicode value"
                    elif now >= 0:
                        said[now] += font[code]
        if opened:
            yield "7.1: marked content that does not end"

    def text(self, element: _Element) -> str:
        assert self._page_problems is not None
        parts = (
            self.text(each) if isinstance(each, _Element) else self._said.get(each[0], {}).get(each[1], "")
            for each in element.content
        )
        return "".join(parts)

    def _content(self) -> Iterator[str]:
        yield from dict.fromkeys(self._page_problems)
        claimed: dict[tuple[int, int], int] = {}
        for element in self.elements:
            for piece in element.content:
                if not isinstance(piece, _Element):
                    claimed[piece] = claimed.get(piece, 0) + 1
        there = {(page, mark) for page, marks in self._said.items() for mark in marks}
        if there - set(claimed):
            yield f"7.1: {len(there - set(claimed))} pieces of tagged content are in no element"
        if set(claimed) - there:
            yield f"7.1: {len(set(claimed) - there)} elements speak of content that is not there"
        if any(times > 1 for times in claimed.values()):
            yield "7.1: content that belongs to two elements"
        parents = _number_tree(self.root.StructTreeRoot.ParentTree)
        for page in self.document.pages:
            owners = parents.get(int(page.get("/StructParents", -1)))
            marks = self._said[int(page.objgen[0])]
            if marks and (owners is None or len(owners) <= max(marks)):
                yield "7.1: a page whose content does not lead to the structure"

    def _annotations(self) -> Iterator[str]:
        for page in self.document.pages:
            annotations = page.get("/Annots")
            if page.get("/Tabs") != "/S":
                yield "7.18.3: the order of a page's annotations is not that of the structure"
            for annotation in annotations if annotations is not None else []:
                if not str(annotation.get("/Contents", annotation.get("/TU", ""))).strip():
                    yield f"7.18: a {annotation.Subtype} that says nothing of itself"
                if "/StructParent" not in annotation:
                    yield f"7.18: a {annotation.Subtype} that is in no element"

    def _fonts(self) -> Iterator[str]:
        seen = set()
        for page in self.document.pages:
            for font in page.Resources.get("/Font", Dictionary()).values():
                if font.objgen in seen:
                    continue
                seen.add(font.objgen)
                bottom = font.DescendantFonts[0] if "/DescendantFonts" in font else font
                descriptor = bottom.get("/FontDescriptor", Dictionary())
                if not any(f"/FontFile{kind}" in descriptor for kind in ("", "2", "3")):
                    yield f"7.21.4: {font.BaseFont} is not embedded"
                if "/ToUnicode" not in font:
                    yield f"7.21.7: {font.BaseFont} does not say what its glyphs mean"
                if bottom.get("/Subtype") == "/CIDFontType2" and "/CIDToGIDMap" not in bottom:
                    yield f"7.21.3.2: {font.BaseFont} does not say which glyph is which"

    def _bookmarks(self) -> Iterator[str]:
        """Not asked for by the standard, but by whoever reads more than a few pages."""
        with self.document.open_outline() as outline:
            titles = [item.title for item in _flat(outline.root)]
        headings = [self.text(e).strip() for e in self.elements if e.kind in ("H1", "H2", "H3")]
        if titles != headings:
            yield f"bookmarks {titles} are not the headings {headings}"


def _mark(operator: str, operands: list[Object]) -> int:
    """The number of marked content, or _ARTIFACT, or _NEITHER."""
    if str(operands[0]) == "/Artifact":
        return _ARTIFACT
    return int(operands[1].get("/MCID", _NEITHER)) if operator == "BDC" else _NEITHER


def _nested(opened: list[int]) -> Iterator[str]:
    """What is wrong with the innermost mark standing where it does."""
    *around, inner = opened
    if inner == _ARTIFACT and any(mark >= 0 for mark in around):
        yield "7.1: an artifact inside of tagged content"
    if inner >= 0 and _ARTIFACT in around:
        yield "7.1: tagged content inside of an artifact"


def _codes(operator: str, operands: list[Object]) -> Iterator[int]:
    """The glyphs that are shown; Identity-H: two bytes each."""
    if operator in ("Tj", "TJ"):
        for part in operands[0] if operator == "TJ" else [operands[0]]:
            if isinstance(part, pikepdf.String):
                codes = bytes(part)
                yield from (int.from_bytes(codes[at : at + 2], "big") for at in range(0, len(codes), 2))


def _flat(items: list[pikepdf.OutlineItem]) -> Iterator[pikepdf.OutlineItem]:
    for item in items:
        yield item
        yield from _flat(list(item.children))


def _number_tree(node: Any) -> dict[int, Object]:
    found: dict[int, Object] = {}
    for kid in node.get("/Kids", []):
        found |= _number_tree(kid)
    numbers = list(node.get("/Nums", []))
    found |= {int(numbers[at]): numbers[at + 1] for at in range(0, len(numbers), 2)}
    return found


def _unicode(font: Object) -> dict[int, str]:
    """Glyph number → text, as the font's own table says."""
    if "/ToUnicode" not in font:
        return {}
    made: dict[int, str] = {}
    for section in re.findall(rb"beginbfchar(.*?)endbfchar", font.ToUnicode.read_bytes(), re.DOTALL):
        for code, text in _BFCHAR.findall(section):
            made[int(code, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be")
    return made
