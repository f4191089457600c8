"""Where the fonts of official documents come from.

The standard's own faces (仿宋_GB2312, 方正小标宋简体 …) are asked for first; an office that is licensed for them puts
the files into ``VAR_DIR/fonts``. Free stand-ins follow: Fandol lies in TeX's own tree, which fontconfig does not
search, and PyPI's Noto covers the rare characters of names that Fandol (GB 2312) lacks. This module writes a
fontconfig file that names all of these places; the process that renders a document is started with it.
"""

from __future__ import annotations

import hashlib
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

# Two repairs of Fandol, whose bold files do not say that they are bold. 黑体 comes in one cut, so the bold one is put
# aside. 小标宋 is a medium-weight Song that is never set bold, so the bold Song stands in for it under a family
# name of its own: asking for "bold" instead would thicken the real 小标宋 wherever that is installed.
#
# Our cache comes before the system's, where the renamed face would show up in other programs, and is named by
# the rules it was made under.
_CONFIG: Final = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <cachedir>{cache}</cachedir>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
{directories}
  <selectfont>
    <rejectfont><glob>*/FandolHei-Bold.otf</glob></rejectfont>
  </selectfont>
  <match target="scan">
    <test name="fullname"><string>FandolSong Bold</string></test>
    <edit name="family" mode="assign" binding="same"><string>Ledgers Title Song</string></edit>
  </match>
</fontconfig>
"""


def font_directories() -> list[Path]:
    """Folders searched beside the system's, those of them that exist."""
    wanted = [
        Path(settings.VAR_DIR) / "fonts",
        *(Path(tree) / _FANDOL for tree in _TEX_TREES),
        pylopdf_fonts_zh_cn.serif_path().parent,
    ]
    return [folder for folder in wanted if folder.is_dir()]


def fontconfig_file() -> Path:
    """Path of an up-to-date fontconfig file; written under ``VAR_DIR`` when it is missing or has changed."""
    home = Path(settings.VAR_DIR) / "fontconfig"
    home.mkdir(parents=True, exist_ok=True)
    directories = "\n".join(f"  <dir>{escape(str(folder))}</dir>" for folder in font_directories())
    version = hashlib.sha256((_CONFIG + directories).encode()).hexdigest()[:12]
    content = _CONFIG.format(directories=directories, cache=escape(str(home / f"cache-{version}")))
    target = home / "fonts.conf"
    if not target.is_file() or target.read_text(encoding="utf-8") != content:
        # Replaced in one step: another worker may be starting to read it.
        handle, draft = tempfile.mkstemp(dir=home)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(content)
        Path(draft).replace(target)
    return target
