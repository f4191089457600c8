"""Where the fonts of official documents come from.

The standard's own faces (仿宋_GB2312, 方正小标宋简体 …) are asked for first; an office that is licensed for them puts
the files into ``VAR_DIR/fonts``. Free stand-ins follow: Fandol lies in TeX's own tree, which fontconfig does not
search, and PyPI's Noto covers the rare characters of names that Fandol (GB 2312) lacks. This module writes a
fontconfig file that names all of these places; the process that renders a document is started with it.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

import pylopdf_fonts_zh_cn
from django.conf import settings

_TEX_TREES: Final = (
    "/usr/share/texlive/texmf-dist",
    "/usr/share/texmf",
    "/usr/share/texmf-dist",
    "/usr/local/share/texmf",
)
_FANDOL: Final = "fonts/opentype/public/fandol"

#: The stand-in for 小标宋, a medium-weight Song that is never set bold: the bold cut of a free Song under a
#: family name of its own. Asking for "bold" instead would thicken the real 小标宋 wherever it is installed.
TITLE_FAMILY: Final = "Ledgers Title Song"
_TITLE_CUTS: Final = ("FandolSong Bold", "Noto Serif CJK SC Bold")

_CONFIG: Final = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
{directories}
  <cachedir>{cache}</cachedir>
{cuts}
{bold}
</fontconfig>
"""
_CUT: Final = """  <match target="scan">
    <test name="fullname"><string>{name}</string></test>
    <edit name="family" mode="assign" binding="same"><string>{family}</string></edit>
    <edit name="weight" mode="assign"><const>regular</const></edit>
  </match>"""
#: Fandol's bold files do not say that they are bold: a heading in 黑体 would come out in either cut.
_BOLD: Final = """  <match target="scan">
    <test name="fullname"><string>FandolHei Bold</string></test>
    <edit name="weight" mode="assign"><const>bold</const></edit>
  </match>"""


def font_directories() -> list[Path]:
    """Folders searched beside the system's, those of them that exist."""
    wanted = [
        settings.VAR_DIR / "fonts",
        *(Path(tree) / _FANDOL for tree in _TEX_TREES),
        pylopdf_fonts_zh_cn.serif_path().parent,
    ]
    return [folder for folder in wanted if folder.is_dir()]


def fontconfig_file() -> Path:
    """Path of an up-to-date fontconfig file; written under ``VAR_DIR`` when it is missing or has changed."""
    home = Path(settings.VAR_DIR) / "fontconfig"
    home.mkdir(parents=True, exist_ok=True)
    content = _CONFIG.format(
        directories="\n".join(f"  <dir>{escape(str(folder))}</dir>" for folder in font_directories()),
        cache=escape(str(home / "cache")),
        cuts="\n".join(_CUT.format(name=name, family=TITLE_FAMILY) for name in _TITLE_CUTS),
        bold=_BOLD,
    )
    target = home / "fonts.conf"
    if not target.is_file() or target.read_text(encoding="utf-8") != content:
        # Replaced in one step: another worker may be starting to read it.
        handle, draft = tempfile.mkstemp(dir=home)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(content)
        Path(draft).replace(target)
    return target
