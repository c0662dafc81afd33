"""Emphasis of a PDF in the Markdown, whether its own text or a network gave the words."""

import pymupdf
import pytest

from ocr2cli.batch.convert import convert
from ocr2cli.options import Options
from ocr2cli.results.write import write_results
from output.options import RenderOptions
from pipeline.reader_options import ReaderOptions
from pipeline.record.places import Place
from pipeline.transcript import Finish, PageRef, Source, Transcript


@pytest.fixture
def paper(tmp_path):
    path = tmp_path / "paper.pdf"
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        for x, text, font in ((72, "The rent is", "helv"), (132, "ninety euro", "hebo"), (200, "a month.", "helv")):
            page.insert_text((x, 100), text, fontname=font)
        page.insert_text((72, 160), "It was eighty euro until the harbour closed.")
        page.draw_line(
            (72 + pymupdf.get_text_length("It was "), 156), (72 + pymupdf.get_text_length("It was eighty"), 156)
        )
        pdf.save(path)
    return path


def test_of_the_text_layer(paper, tmp_path):
    convert([str(paper)], Options(output=tmp_path / "out", reading=ReaderOptions(model="text-layer")))
    text = (tmp_path / "out/paper.md").read_text()
    assert text == "The rent is **ninety euro** a month.\n\nIt was ~~eighty~~ euro until the harbour closed.\n"


def test_of_what_a_network_read(paper, tmp_path):
    source = Source(paper, "paper.pdf")
    grounded = (
        "<|ref|>text<|/ref|><|det|>[[100, 100, 700, 125]]<|/det|>\nThe rent is ninety euro a month.\n\n"
        "<|ref|>text<|/ref|><|det|>[[100, 170, 700, 200]]<|/det|>\nIt was eighty eur0 until the harbor closed.\n"
    )
    read = Transcript(PageRef(source, 1), grounded, Finish.STOP, 595, 842, "nano")
    place = Place(tmp_path / "a.md", tmp_path / "a")
    write_results(place, "paper.pdf", source, [read], RenderOptions())
    assert place.markdown.read_text() == (
        "The rent is **ninety euro** a month.\n\nIt was ~~eighty~~ eur0 until the harbor closed.\n"
    )
    write_results(place, "paper.pdf", source, [read], RenderOptions(emphasis=False))
    assert place.markdown.read_text().startswith("The rent is ninety euro a month.\n\nIt was ~~eighty~~")
