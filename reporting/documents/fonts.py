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

# Fandol's bold files do not say that they are bold, so either cut could come out as the regular one: the rules below
# tell them apart. Our cache comes before the system's, where the change would show in other programs, and is
# named by the rules it was made under.
_CONFIG: Final = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <cachedir>{cache}</cachedir>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
{directories}
{bold}
</fontconfig>
"""
_BOLD: Final = """  <match target="scan">
    <test name="fullname"><string>{name}</string></test>
    <edit name="weight" mode="assign"><const>bold</const></edit>
  </match>"""
_BOLD_FACES: Final = ("FandolSong Bold", "FandolHei Bold")


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
    bold = "\n".join(_BOLD.format(name=name) for name in _BOLD_FACES)
    version = hashlib.sha256((directories + bold).encode()).hexdigest()[:12]
    content = _CONFIG.format(directories=directories, bold=bold, cache=escape(str(home / f"cache-{version}")))
    target = home / "fonts.conf"
    if not target.is_file() or target.read_text(encoding="utf-8") != content:
        # Replaced in one step: another worker may be starting to read it.
        handle, draft = tempfile.mkstemp(dir=home)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(content)
        Path(draft).replace(target)
    return target
