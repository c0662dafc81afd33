"""The witness against another PDF library: poppler's pdftotext reads the same words."""

import shutil
import subprocess
from pathlib import Path

import pymupdf
import pytest

from output.compare.matching import absent
from output.compare.tokens import tokens
from pipeline.ledger.own_page import Kind, read_own_page

PAPER = Path(__file__).parents[3] / "examples" / "paper.pdf"

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs pdftotext (poppler-utils)")


def opinions(path):
    """The visible tokens of a document's pages by the witness, and those of pdftotext."""
    with pymupdf.open(path) as pdf:
        words = [word for page in pdf for word in read_own_page(page).words if word.kind is Kind.VISIBLE]
    other = subprocess.run(["pdftotext", "-enc", "UTF-8", str(path), "-"], capture_output=True, check=True).stdout
    return [token for word in words for token in tokens(word.text)], tokens(other.decode())


def test_they_agree_on_the_paper_that_ships():
    ours, theirs = opinions(PAPER)
    assert set(absent(theirs, ours)) <= {"vm", "qi"}  # letters and what is lowered beside them, which we keep apart
    assert absent(ours, theirs) == ()


def test_they_agree_on_drawn_pages(tmp_path):
    path = tmp_path / "drawn.pdf"
    with pymupdf.open() as pdf:
        for rotation in (0, 90, 180, 270):
            page = pdf.new_page()
            page.insert_text((72, 100), f"Turned by {rotation} degrees, 1,250.00 euro")
            page.insert_htmlbox((72, 150, 400, 400), "<p>office fluffy raffle <b>bold</b>er</p>")
            page.set_rotation(rotation)
        pdf.save(path)
    ours, theirs = opinions(path)
    assert absent(ours, theirs) == ()
    assert absent(theirs, ours) == ()
