"""The styles of an official document in Word: GB/T 9704-2012, the geometry the printed page has (official.css).

Every style names its face for Chinese text (``w:eastAsia``) and for Latin letters and digits alike. The faces are
the standard's own: Word and WPS of an office have them. The template's own styles and themes are all replaced.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

FANGSONG: Final = "仿宋_GB2312"
XIAOBIAOSONG: Final = "方正小标宋简体"
KAITI: Final = "楷体_GB2312"
HEITI: Final = "黑体"
SONG: Final = "宋体"

#: Twips (1/20 pt). 22 lines fill the text block of 225 mm.
LINE: Final = 579
#: Letter spacing that puts 28 characters of 16 pt on 156 mm. It does not depend on how a program reads a
#: document grid of characters, which Word, WPS and LibreOffice each do in their own way.
SPACING: Final = -5
#: One character of the body with its spacing.
CHARACTER: Final = 16 * 20 + SPACING

_INDENT: Final = f'<w:ind w:firstLineChars="200" w:firstLine="{2 * CHARACTER}"/>'
_FLUSH: Final = '<w:ind w:firstLineChars="0" w:firstLine="0"/>'


def _spacing(before: int = 0, after: int = 0, line: int = LINE, rule: str = "exact") -> str:
    return f'<w:spacing w:before="{before}" w:after="{after}" w:line="{line}" w:lineRule="{rule}"/>'


@dataclass(frozen=True)
class Style:
    """A paragraph style: ``size`` in half points, ``paragraph`` the children of ``w:pPr`` in the schema's order."""

    id: str
    name: str
    face: str = FANGSONG
    size: int = 32
    spacing: int = SPACING
    paragraph: str = ""
    following: str = ""
    built_in: bool = True
    #: Language of digits and letters; empty for that of the document.
    language: str = ""

    def xml(self) -> str:
        custom = "" if self.built_in else ' w:customStyle="1"'
        default = ' w:default="1"' if self.id == "Normal" else ""
        based = "" if default else '<w:basedOn w:val="Normal"/>'
        language = f'<w:lang w:val="{self.language}"/>' if self.language else ""
        following = f'<w:next w:val="{self.following}"/>' if self.following else ""
        return (
            f'<w:style {nsdecls("w")} w:type="paragraph"{default}{custom} w:styleId="{self.id}">'
            f'<w:name w:val="{self.name}"/>{based}{following}<w:qFormat/>'
            f"<w:pPr>{self.paragraph}</w:pPr><w:rPr>{faces(self.face)}<w:b w:val='0'/><w:color w:val='000000'/>"
            f'<w:spacing w:val="{self.spacing}"/><w:kern w:val="0"/>'
            f'<w:sz w:val="{self.size}"/><w:szCs w:val="{self.size}"/>{language}</w:rPr></w:style>'
        )


def faces(face: str) -> str:
    """One face for every kind of character."""
    return (
        f'<w:rFonts w:ascii="{face}" w:hAnsi="{face}" w:eastAsia="{face}" w:cs="{face}" w:hint="eastAsia"/>'
    )


def _heading(level: int, face: str) -> Style:
    keep = "<w:keepNext/>"
    outline = f'<w:outlineLvl w:val="{level - 1}"/>'
    paragraph = f"{keep}{_spacing()}{_INDENT}{outline}"
    return Style(f"Heading{level}", f"heading {level}", face, paragraph=paragraph, following="BodyText")


#: Without a grid: a row of a table is as high as its text.
_LOOSE: Final = '<w:snapToGrid w:val="0"/>'
_CENTRE: Final = '<w:jc w:val="center"/>'

_ON_GRID: Final = '<w:widowControl w:val="0"/><w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/>'

STYLES: Final = (
    Style(
        "Normal",
        "Normal",
        # Every page is filled to its 22nd line; digits stand as close to Chinese characters as the grid has them.
        paragraph=f'{_ON_GRID}{_spacing()}<w:jc w:val="both"/>',
    ),
    Style("BodyText", "Body Text", paragraph=f"{_spacing()}{_INDENT}"),
    Style(
        "Title",
        "Title",
        XIAOBIAOSONG,
        44,
        0,
        f"{_spacing(before=2 * LINE, after=LINE)}{_FLUSH}{_CENTRE}",
        "BodyText",
    ),
    _heading(1, HEITI),
    _heading(2, KAITI),
    _heading(3, FANGSONG),
    _heading(4, FANGSONG),
    Style("Addressee", "主送机关", paragraph=f"{_spacing()}{_FLUSH}", following="BodyText", built_in=False),
    Style(
        "AnnexNote", "附件说明", paragraph=f'<w:keepNext/>{_spacing()}<w:jc w:val="left"/>', built_in=False
    ),
    Style("Signature", "Signature", paragraph=f'<w:keepNext/>{_spacing()}<w:jc w:val="left"/>'),
    Style(
        "AnnexLabel",
        "附件序号",
        HEITI,
        paragraph=f"<w:keepNext/><w:pageBreakBefore/>{_spacing()}{_FLUSH}",
        following="AnnexTitle",
        built_in=False,
    ),
    Style(
        "AnnexTitle",
        "附件标题",
        XIAOBIAOSONG,
        44,
        0,
        f'<w:keepNext/>{_spacing(before=LINE, after=LINE)}{_FLUSH}{_CENTRE}<w:outlineLvl w:val="0"/>',
        "BodyText",
        built_in=False,
    ),
    Style("Caption", "caption", HEITI, 24, 0, f"<w:keepNext/>{_spacing()}{_FLUSH}{_CENTRE}"),
    # A cell of many numbers: in English LibreOffice takes 40.5%、163、+40.5% for one word.
    Style(
        "TableText",
        "表格文字",
        FANGSONG,
        21,
        0,
        f"{_LOOSE}{_spacing(line=300, rule='atLeast')}",
        built_in=False,
        language="zh-CN",
    ),
    Style("AfterTable", "表后空行", paragraph=f"{_spacing(line=LINE // 2)}", built_in=False),
    Style("End", "文末", size=2, spacing=0, paragraph=f"{_LOOSE}{_spacing(line=20)}", built_in=False),
    Style(
        "Figure",
        "图",
        FANGSONG,
        21,
        0,
        # An exact line height would cut the picture off.
        f"<w:keepNext/>{_LOOSE}{_spacing(line=240, rule='auto')}{_CENTRE}",
        "FigureTitle",
        False,
    ),
    Style(
        "FigureTitle",
        "图题",
        FANGSONG,
        24,
        0,
        f"<w:keepNext/>{_spacing(after=120)}{_FLUSH}{_CENTRE}",
        "",
        False,
    ),
    # 7.5: 4-size (14pt) Song.
    Style("Footer", "footer", SONG, 28, 0, f"{_LOOSE}{_spacing(line=280)}"),
)

# A rule of 0.5 pt on every side: w:sz counts eighths of a point.
_OTHER_STYLES: Final = """
<w:styles {ns}>
  <w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">
    <w:name w:val="Default Paragraph Font"/><w:uiPriority w:val="1"/><w:semiHidden/><w:rPr>{faces}</w:rPr>
  </w:style>
  <w:style w:type="table" w:default="1" w:styleId="TableNormal">
    <w:name w:val="Normal Table"/><w:uiPriority w:val="99"/><w:semiHidden/><w:rPr>{faces}</w:rPr>
    <w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar>
      <w:top w:w="32" w:type="dxa"/><w:left w:w="80" w:type="dxa"/>
      <w:bottom w:w="32" w:type="dxa"/><w:right w:w="80" w:type="dxa"/>
    </w:tblCellMar></w:tblPr>
  </w:style>
  <w:style w:type="table" w:styleId="TableGrid">
    <w:name w:val="Table Grid"/><w:basedOn w:val="TableNormal"/><w:rPr>{faces}</w:rPr>
    <w:tblPr><w:tblBorders>{borders}</w:tblBorders></w:tblPr>
  </w:style>
</w:styles>"""
_BORDERS: Final = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)
_DEFAULTS: Final = (
    '<w:docDefaults {ns}><w:rPrDefault><w:rPr>{faces}<w:sz w:val="32"/><w:szCs w:val="32"/>'
    # The first is the language of digits and letters: LibreOffice breaks a Chinese number between any two digits.
    '<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
    f"<w:pPrDefault><w:pPr>{_ON_GRID}</w:pPr></w:pPrDefault></w:docDefaults>"
)


def replace_styles(document: WordDocument) -> None:
    """Leave ``document`` with the styles of this module and no others."""
    styles = document.styles.element
    for child in list(styles):
        styles.remove(child)
    names = {"ns": nsdecls("w"), "faces": faces(FANGSONG), "borders": _BORDERS}
    styles.append(parse_xml(_DEFAULTS.format(**names)))
    for style in STYLES:
        styles.append(parse_xml(style.xml()))
    for other in list(parse_xml(_OTHER_STYLES.format(**names))):
        styles.append(other)
