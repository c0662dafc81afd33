"""A fresh machine without a GPU: a scan is read by the bundled checkpoint, and stderr says so."""

import json
import re

import pymupdf
import pytest
from PIL import Image, ImageDraw

from pipeline.model.checkpoints.source import nano_folder
from pipeline.readers.choice import NANO_NOTICE

pytestmark = pytest.mark.skipif(not (nano_folder() / "model.safetensors").exists(), reason="no checkpoint is bundled")


def test_a_scan_is_read_and_text_is_taken(ocr2):
    """A document of a page with text of its own and of its scan."""
    words = "Quarterly report of the harbour board"
    drawn = pymupdf.open()
    drawn.new_page(width=360, height=200).insert_text((30, 80), words, fontsize=16, fontname="tiro")
    picture = drawn[0].get_pixmap(dpi=144)
    drawn.new_page(width=360, height=200).insert_image(pymupdf.Rect(0, 0, 360, 200), pixmap=picture)
    drawn.save(ocr2.folder / "a.pdf")
    done = ocr2("convert", "a.pdf")
    assert done.returncode == 0, done.stderr
    *meanwhile, notice, last = done.stderr.splitlines()
    assert all(re.fullmatch(r"\d of 2 pages, .*", line) for line in meanwhile)  # a sign of life every 15 seconds
    assert notice == NANO_NOTICE
    assert last.startswith("2 pages of 1 input (1 by text-layer, 1 by nano); ")
    rows = [json.loads(line) for line in (ocr2.folder / "a/transcript.jsonl").read_text().splitlines()]
    assert {row["page"]: row["reader"] for row in rows} == {1: "text-layer", 2: "nano"}
    assert (ocr2.folder / "a.md").read_text().count(words) == 2


def test_paragraphs_are_whole(ocr2):
    drawn = pymupdf.open()
    page = drawn.new_page(width=360, height=300)
    page.insert_text((40, 60), "Annual report", fontsize=20, fontname="hebo")
    first, second = "The committee met on Monday and agreed to publish the results.", "No vote was taken."
    page.insert_textbox((40, 90, 320, 280), f"{first}\n\n{second}", fontsize=13, fontname="tiro")
    page.get_pixmap(dpi=144).save(ocr2.folder / "page.png")
    done = ocr2("convert", "page.png", "-o", "-", "--model", "nano")
    assert (done.returncode, done.stdout) == (0, f"# Annual report\n\n{first}\n\n{second}\n")


def test_an_empty_sheet_is_empty_and_a_photo_invents_nothing(ocr2):
    landscape = Image.linear_gradient("L").resize((480, 360))
    draw = ImageDraw.Draw(landscape)
    draw.ellipse((60, 45, 160, 120), fill=240)
    draw.polygon([(0, 360), (160, 180), (240, 270), (360, 144), (480, 360)], fill=60)
    photo = Image.new("L", (700, 900), 252)
    photo.paste(landscape, (110, 150))
    photo.save(ocr2.folder / "photo.png")
    Image.new("L", (400, 300), 250).save(ocr2.folder / "sheet.png")
    done = ocr2("convert", "photo.png", "sheet.png", "--model", "nano")
    assert done.returncode == 0, done.stderr
    assert (ocr2.folder / "sheet.md").read_text() == ""
    assert (ocr2.folder / "photo.md").read_text() == "![Figure on page 1](photo/p001-1.png)\n"
