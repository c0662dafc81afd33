"""Draws docs/images/page-and-markdown.png: a page of the example beside what it becomes. `python docs/picture.py`.

`python docs/picture.py scan.png` draws the page as a scanner might see it. docs/images/scan-in-show.png is a browser's
picture, 1500 x 1000, of what `ocr2 convert scan.png --preview --model nano` made of that.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import textwrap
import unicodedata
from pathlib import Path

import numpy as np
import pymupdf
from PIL import Image

ROOT = Path(__file__).parents[1]
PAPER = ROOT / "examples/paper.pdf"
HEIGHT, WIDTH = 842, 595  # points of an A4 page


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "ocr2cli", "convert", str(PAPER), "-o", folder, "--model", "text-layer", "-q"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        text = (Path(folder) / "paper.md").read_text(encoding="utf-8")
    # Mathematical letters are drawn as plain ones: the picture's font has no others.
    text = unicodedata.normalize("NFKC", text)
    lines = [line for each in text.splitlines() for line in (textwrap.wrap(each, 74) or [""])]
    with pymupdf.open() as sheet, pymupdf.open(PAPER) as paper:
        page = sheet.new_page(width=2 * WIDTH + 30, height=HEIGHT)
        page.draw_rect(page.rect, fill=(0.93, 0.94, 0.96), color=None)
        page.show_pdf_page(_frame(page, 10), paper, 0)
        right = _frame(page, WIDTH + 20)
        top = right.y0 + 24
        for line in lines[: int((right.height - 40) / 11.2)]:
            bold = line.startswith("#")
            color = (0.1, 0.25, 0.55) if bold else (0.12, 0.12, 0.14)
            font = "cobo" if bold else "cour"
            page.insert_text((right.x0 + 22, top), line, fontsize=11.4, fontname=font, color=color)
            top += 11.2
        target = ROOT / "docs/images/page-and-markdown.png"
        page.get_pixmap(dpi=110).pil_save(target, optimize=True)


def scan(target: Path) -> None:
    """The example's first page: grey, a little crooked, with noise."""
    with pymupdf.open(PAPER) as paper:
        pixels = paper[0].get_pixmap(dpi=170, colorspace=pymupdf.csGRAY)
    image = Image.frombytes("L", (pixels.width, pixels.height), pixels.samples)
    image = image.rotate(0.4, resample=Image.Resampling.BICUBIC, fillcolor=250)
    levels = np.asarray(image, dtype=float) * 0.86 + 22
    levels += np.random.default_rng(1).normal(0, 7, levels.shape)
    Image.fromarray(levels.clip(0, 255).astype(np.uint8)).save(target)


def _frame(page: pymupdf.Page, left: float) -> pymupdf.Rect:
    frame = pymupdf.Rect(left, 10, left + WIDTH, HEIGHT - 10)
    page.draw_rect(frame, fill=(1, 1, 1), color=(0.8, 0.81, 0.84))
    return frame


if __name__ == "__main__":
    scan(Path(sys.argv[1])) if sys.argv[1:] else main()
