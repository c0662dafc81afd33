"""Draws docs/images/page-and-markdown.png: a page of the example beside what it becomes. `python docs/picture.py`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import textwrap
import unicodedata
from pathlib import Path

import pymupdf

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


def _frame(page: pymupdf.Page, left: float) -> pymupdf.Rect:
    frame = pymupdf.Rect(left, 10, left + WIDTH, HEIGHT - 10)
    page.draw_rect(frame, fill=(1, 1, 1), color=(0.8, 0.81, 0.84))
    return frame


if __name__ == "__main__":
    main()
