"""`-o -`: pages leave as soon as they and their predecessors are done."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pymupdf
from waiting import LONG

ROOT = Path(__file__).parents[3]
BROKEN = "This sentence is long enough to be told as one that was broken off and"
SLOW = """
import sys, time
import ocr2cli.batch.convert as convert
from pipeline.text_layer.reading import TextLayerTranscriber
from pipeline.readers.choice import Choice
from pathlib import Path

class Slow(TextLayerTranscriber):
    def transcribe(self, pages):
        for transcript in super().transcribe(pages):
            while not Path(f"go{transcript.ref.number}").exists():
                time.sleep(0.01)
            yield transcript

convert.open_transcriber = lambda options: (Slow(), Choice("slow", ""))
from ocr2cli.app import main
main()
"""


def test_each_page_is_written_when_it_is_done(ocr2, make_pdf):
    make_pdf(ocr2.folder / "a.pdf", "one", "two", "three")
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, "convert", "a.pdf", "-o", "-", "-q"], cwd=ocr2.folder, stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    for number, text in enumerate((b"one\n", b"\ntwo\n", b"\nthree\n"), 1):
        time.sleep(0.05)
        (ocr2.folder / f"go{number}").touch()
        assert os.read(process.stdout.fileno(), 100) == text
    assert process.wait(LONG) == 0
    assert process.stdout.read() == b""


def test_into_a_file_or_by_choice_the_document_is_whole(ocr2, make_pdf):
    make_pdf(ocr2.folder / "a.pdf", BROKEN, "goes on here.")
    piped = ocr2("convert", "a.pdf", "-m", "text-layer", "-o", "-")
    assert piped.stdout == f"{BROKEN}\n\ngoes on here.\n"
    whole = ocr2("convert", "a.pdf", "-m", "text-layer", "-o", "-", "--whole")
    assert whole.stdout == f"{BROKEN} goes on here.\n"
    with (ocr2.folder / "a.md").open("wb") as file:
        subprocess.run(
            [sys.executable, "-m", "ocr2cli", "convert", "a.pdf", "-m", "text-layer", "-o", "-"], cwd=ocr2.folder,
            stdout=file, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True,
        )  # fmt: skip
    assert (ocr2.folder / "a.md").read_text() == whole.stdout


def test_marks_heads_and_documents_in_their_order(ocr2, make_pdf):
    """What failed is marked in its place, and a head that has come twice is known from then on."""
    with pymupdf.open() as document:
        for number in range(1, 6):
            page = document.new_page()
            page.insert_text((72, 40), "A running head", fontsize=8)
            page.insert_text((72, 300), f"The text of page {'abcdef'[number]} stands here.")
        document.save(ocr2.folder / "heads.pdf")
    make_pdf(ocr2.folder / "bad.pdf", "one", None)
    done = ocr2("convert", "heads.pdf", "bad.pdf", "-m", "text-layer", "-o", "-")
    assert done.returncode == 4
    assert done.stdout.count("A running head") < 5
    assert re.findall(r"text of page (.)", done.stdout) == list("bcdef")
    assert done.stdout.endswith(
        "\n\none\n\n> **Page 2 could not be read:** the file has no usable text of its own for this page, "
        "and no model has read it\n"
    )


def test_a_running_head_of_one_document_is_text_in_the_next(ocr2):
    for name, pages in (("heads", 4), ("other", 1)):
        with pymupdf.open() as document:
            for number in range(pages):
                page = document.new_page()
                page.insert_text((72, 40), "A running head", fontsize=8)
                page.insert_text((72, 300), f"The text of page {'abcdef'[number]} in {name} stands here.")
            document.save(ocr2.folder / f"{name}.pdf")
    done = ocr2("convert", "heads.pdf", "other.pdf", "-m", "text-layer", "-o", "-")
    alone = ocr2("convert", "other.pdf", "-m", "text-layer", "-o", "-").stdout
    assert "A running head" in alone
    assert done.stdout.endswith("\n" + alone)
