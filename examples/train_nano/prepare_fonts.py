"""Collect the faces of fonts.tsv from Debian packages: subset files, and their metrics in one array file."""

from __future__ import annotations

import csv
import logging
import re
import string
import subprocess
from pathlib import Path

import numpy as np
from fontTools.pens.boundsPen import BoundsPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from numpy.typing import NDArray
from PIL import ImageFont

from train_nano.alphabet import ALPHABET, ASCII, KERNED

STYLES = ("regular", "bold", "italic", "bolditalic")
KERN_UNIT = 500  # pair kerning is stored in 1/500 em
KERNING = string.ascii_letters + ".,;:-'\"()"  # pairs of these are measured
TABLE = Path(__file__).with_name("fonts.tsv")


def collect(folder: Path, packages: Path) -> list[tuple[str, str]]:
    """Write `folder`/fonts and `folder`/faces.npz and return (family, licence) pairs.

    The packages are fetched with apt-get and unpacked under `packages`, which is kept as a cache; nothing is installed.
    """
    (folder / "fonts").mkdir(parents=True, exist_ok=True)
    with TABLE.open(encoding="utf-8") as lines:
        families = list(csv.DictReader(lines, delimiter="\t"))
    faces: list[dict[str, object]] = []
    licences = []
    for family in families:
        unpacked = unpack(family["package"], packages)
        licences.append((family["family"], _licence(unpacked)))
        for style in STYLES:
            if family[style] != "-":
                source = next(unpacked.rglob(family[style]))
                target = folder / "fonts" / f"{len(faces):03d}{source.suffix}"
                _subset(source, target)
                about = {"family": family["family"], "kind": family["kind"], "style": style, "path": target.name}
                faces.append(about | _measure(source))
    columns = {key: np.stack([np.asarray(face[key]) for face in faces]) for key in faces[0]}
    np.savez_compressed(folder / "faces.npz", alphabet=np.array(list(ALPHABET)), **columns)
    return licences


def unpack(package: str, packages: Path) -> Path:
    target = packages / package
    if not target.exists():
        packages.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", package], cwd=packages, check=True, capture_output=True)
        archive = next(packages.glob(f"{package}_*.deb"))
        subprocess.run(["dpkg", "-x", str(archive), str(target)], check=True)
        archive.unlink()
    return target


def _licence(unpacked: Path) -> str:
    """What the package's copyright file says, as far as one line can."""
    text = next(unpacked.rglob("copyright")).read_text(encoding="utf-8", errors="replace")
    named = re.findall(
        r"SIL Open Font License|GUST Font License|Apache|A?GPL|Bitstream Vera|public.domain", text, re.IGNORECASE
    )
    return ", ".join(dict.fromkeys(re.sub("(?i)sil open font license", "SIL OFL", name) for name in named))


def _measure(source: Path) -> dict[str, NDArray[np.generic]]:
    """Advances and ink bounds (left, top, right, bottom; y up) of the alphabet in em, and pair kerning of ASCII."""
    font = TTFont(source)
    names, glyphs, em = font.getBestCmap(), font.getGlyphSet(), font["head"].unitsPerEm
    advance = np.zeros(len(ALPHABET), np.float32)
    bounds = np.zeros((len(ALPHABET), 4), np.float32)
    has = np.zeros(len(ALPHABET), bool)
    for code, character in enumerate(ALPHABET):
        name = names.get(ord(character))
        if name is None:
            continue
        pen = BoundsPen(glyphs)
        glyphs[name].draw(pen)
        has[code] = character == " " or pen.bounds is not None
        advance[code] = glyphs[name].width / em
        if pen.bounds:
            left, low, right, high = pen.bounds
            bounds[code] = (left / em, high / em, right / em, low / em)
    return {"advance": advance, "bounds": bounds, "has": has, "kern": _kerning(source, advance)}


def _kerning(source: Path, advance: NDArray[np.float32]) -> NDArray[np.int8]:
    font = ImageFont.truetype(source, 1000, layout_engine=ImageFont.Layout.RAQM)
    kern = np.zeros((KERNED, KERNED), np.int8)
    if np.ptp(advance[1:KERNED]) < 1e-3:  # a fixed-width face
        return kern
    single = {c: font.getlength(c) for c in ASCII}
    for first in KERNING:
        for second in KERNING:
            pair = font.getlength(first + second, features=["-liga", "-clig", "-dlig"]) - single[first] - single[second]
            kern[ASCII.index(first), ASCII.index(second)] = np.clip(round(pair * KERN_UNIT / 1000), -127, 127)
    return kern


def _subset(source: Path, target: Path) -> None:
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    options = Options(
        hinting=False,
        layout_features=[],
        notdef_outline=True,
        name_IDs=[0, 13],
        drop_tables=["GPOS", "GSUB", "GDEF", "FFTM", "DSIG", "kern"],
    )
    font = TTFont(source)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[ord(c) for c in ALPHABET])
    subsetter.subset(font)
    font.save(target)
