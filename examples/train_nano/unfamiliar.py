"""Pages that the small checkpoint was never meant for: other scripts, hands, black letter, print worn beyond reading.

They are what its confidence is set on: some are read well, many are not, and the truth of each is known.

    python -m train_nano.unfamiliar --texts HELP --fonts FONTS --half fit --pages 400 FOLDER

`--texts` has a folder per language: of HTML files (LibreOffice's help pages, Debian's libreoffice-help-*), for Persian
of Mallard's (gnome-user-docs). `--fonts` is any tree of font files (Debian's fonts-*). The halves share neither
languages, nor fonts, nor seeds.
"""

from __future__ import annotations

import argparse
import html
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from train_nano.degrade import Degrader

WIDTH, HEIGHT = 1191, 1684  # A4 at 144 dpi


@dataclass(frozen=True)
class Kind:
    """Pages of one language set in fonts whose names match. `ruined`: so worn that a person has to guess."""

    name: str
    language: str
    font: str  # a pattern of file names
    ruined: bool = False
    vertical: bool = False
    leftward: bool = False  # lines begin at the right


KINDS = {
    "fit": (
        Kind("chinese", "zh-CN", r"NotoSansCJK-Regular|NotoSerifCJK-Regular"),
        Kind("chinese-vertical", "zh-CN", r"NotoSerifCJK-Regular", vertical=True),
        Kind("persian", "fa", r"(?i)amiri-regular|scheherazade-regular", leftward=True),
        Kind("russian", "ru", r"NotoSerif-Regular|DejaVuSans\.|LiberationSerif-Regular"),
        Kind("german", "de", r"LiberationSerif-Regular|NotoSerif-Regular|DejaVuSans\."),
        Kind("polish", "pl", r"LiberationSans-Regular|NotoSans-Regular"),
        Kind("hand", "en-US", r"(?i)breip|dkg|femke|humor"),
        Kind("black-letter", "de", r"(?i)blankenburg|berenika"),
        Kind("ruined", "en-US", r"LiberationSerif-Regular|DejaVuSans\.|NotoSans-Regular", ruined=True),
        Kind("english", "en-US", r"LiberationSerif-Regular|NotoSerif-Regular|DejaVuSerif\."),
    ),
    "told": (
        Kind("japanese", "ja", r"NotoSansCJK-Bold|NotoSerifCJK-Bold"),
        Kind("korean-vertical", "ko", r"NotoSerifCJK-Bold", vertical=True),
        Kind("hindi", "hi", r"Lohit-Devanagari"),
        Kind("greek", "el", r"NotoSans-Italic|DejaVuSerif\.|LiberationSans-Italic"),
        Kind("korean", "ko", r"NotoSansCJK-Bold"),
        Kind("french", "fr", r"LiberationSerif-Italic|NotoSerif-Italic|DejaVuSerif\."),
        Kind("czech", "cs", r"LiberationSans-Italic|NotoSans-Italic"),
        Kind("turkish", "tr", r"DejaVuSerif\.|LiberationMono-Regular"),
        Kind("hand", "en-US", r"(?i)kristi|rufscript|dancing|ecolier|havana"),
        Kind("black-letter", "de", r"(?i)gotico|klaudia"),
        Kind("ruined", "en-US", r"LiberationMono-Regular|DejaVuSerif\.|NotoSerif-Italic", ruined=True),
        Kind("english", "en-US", r"LiberationSans-Regular|NotoSans-Italic|LiberationMono-Regular"),
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--fonts", type=Path, required=True)
    parser.add_argument("--half", choices=sorted(KINDS), default="fit")
    parser.add_argument("--pages", type=int, default=400)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    fonts = sorted(path for path in given.fonts.rglob("*") if path.suffix.lower() in {".ttf", ".otf", ".ttc"})
    kinds = KINDS[given.half]
    texts = {kind.language: paragraphs(given.texts / kind.language) for kind in kinds}
    for number in range(given.pages):
        kind = kinds[number % len(kinds)]
        rng = np.random.default_rng((list(KINDS).index(given.half), number))
        matching = [path for path in fonts if re.search(kind.font, path.name)]
        if not matching or not texts[kind.language]:
            raise SystemExit(f"{kind.name}: no font like {kind.font}, or no texts in {given.texts / kind.language}")
        image, truth = draw(rng, kind, matching[rng.integers(len(matching))], texts[kind.language])
        path = given.folder / f"{number:04}-{kind.name}"
        worn(image, rng, number, kind.ruined).save(path.with_suffix(".png"), optimize=True)
        path.with_suffix(".txt").write_text(truth, encoding="utf-8")


def paragraphs(folder: Path) -> list[str]:
    """Running text of 60 characters and more, less markup, code and what is not translated."""
    found: dict[str, None] = {}
    foreign = folder.name in {"zh-CN", "ja", "ko", "ru", "el", "fa", "hi"}
    for path in sorted((*folder.rglob("*.html"), *folder.rglob("*.page")))[:1200]:
        for piece in re.findall(r"<p[^>]*>(.*?)</p>", path.read_text(encoding="utf-8", errors="ignore"), re.DOTALL):
            text = " ".join(html.unescape(re.sub(r"<[^>]+>", "", piece)).split())
            own = sum(ord(c) > 0x2FF for c in text) > 0.5 * len(text) if foreign else True
            if len(text) >= (25 if foreign else 60) and own and not re.search(r"[_={}();]|\w\.\w", text):
                found[text] = None
    return list(found)


def draw(rng: np.random.Generator, kind: Kind, font: Path, texts: list[str]) -> tuple[Image.Image, str]:
    """A page of one or two columns, full or only begun, and its text in reading order."""
    size = int(rng.integers(18, 38))
    face = ImageFont.truetype(str(font), size)
    page = Image.new("L", (WIDTH, HEIGHT), 255)
    pen = ImageDraw.Draw(page)
    columns = 1 if size > 26 or kind.vertical or kind.leftward else int(rng.integers(1, 3))
    margin, gutter = int(rng.integers(70, 150)), 40
    width = (WIDTH - 2 * margin - (columns - 1) * gutter) // columns
    bottom = int(rng.uniform(0.3, 0.95) * HEIGHT)
    written: list[str] = []
    if kind.vertical:
        return _vertical(rng, page, pen, face, size, texts, margin, bottom)
    for column in range(columns):
        left, top = margin + column * (width + gutter), margin
        while top < bottom - 2 * size:
            for line in wrapped(texts[rng.integers(len(texts))], face, width):
                if top > bottom - size:
                    break
                start = left + (width - face.getlength(line) if kind.leftward else 0)
                pen.text((start, top), line, font=face, fill=int(rng.integers(0, 60)))
                written.append(line)
                top += int(1.35 * size)
            top += size // 2
    return page, "\n".join(written)


def wrapped(text: str, face: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Lines that fit; where words are not set apart (Chinese, Japanese), broken anywhere."""
    apart = text.count(" ") > len(text) / 25
    lines, line = [], ""
    for piece in text.split(" ") if apart else text:
        longer = f"{line} {piece}" if apart and line else line + piece
        if line and face.getlength(longer) > width:
            lines.append(line)
            longer = piece
        line = longer
    return [*lines, line]


def _vertical(
    rng: np.random.Generator, page: Image.Image, pen: ImageDraw.ImageDraw, face: ImageFont.FreeTypeFont, size: int,
    texts: list[str], margin: int, bottom: int,
) -> tuple[Image.Image, str]:  # fmt: skip
    """Columns from right to left, characters from top to bottom."""
    written = []
    for x in range(WIDTH - margin - size, margin, -int(1.6 * size)):
        run = texts[rng.integers(len(texts))].replace(" ", "")[: max(1, (bottom - margin) // (size + 2))]
        for row, character in enumerate(run):
            pen.text((x, margin + row * (size + 2)), character, font=face, fill=20)
        written.append(run)
    return page, "\n".join(written)


def worn(image: Image.Image, rng: np.random.Generator, number: int, ruined: bool) -> Image.Image:
    """As printers and scanners leave it; `ruined`: from a scan of 30 to 60 dpi, blurred and faint."""
    if ruined:
        share = rng.uniform(0.2, 0.42)
        small = image.resize((int(image.width * share), int(image.height * share)), Image.Resampling.BOX)
        image = small.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 0.9))).resize(image.size)
        image = image.point(lambda value: int(255 - (255 - value) * rng.uniform(0.35, 0.9)))
    elif rng.random() < 0.5:
        return image
    torch.manual_seed(number)
    return Image.fromarray(Degrader(number).wear(torch.from_numpy(np.asarray(image).copy())).numpy())


if __name__ == "__main__":
    main()
