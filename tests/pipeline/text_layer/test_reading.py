"""TextLayerTranscriber: one transcript per page, whatever the page is."""

from __future__ import annotations

import os
from pathlib import Path

import pymupdf
import pytest

from pipeline.text_layer.quality import usable
from pipeline.text_layer.reading import TextLayerTranscriber
from pipeline.transcript import Finish, PageRef, Source

SHARED = Path(os.environ.get("OCR2_SHARED", Path(__file__).parents[4] / "shared"))
NASTY = SHARED / "data" / "nasty"


def transcripts(path: Path, *numbers: int):
    source = Source(path, path.name)
    return list(TextLayerTranscriber().transcribe(PageRef(source, number) for number in numbers or (1,)))


@pytest.fixture
def document():
    return pymupdf.open()


@pytest.fixture
def saved(document, tmp_path):
    def _saved() -> Path:
        document.save(tmp_path / "a.pdf")
        return tmp_path / "a.pdf"

    return _saved


def test_each_page_ends_in_its_own_way(document, saved):
    document.new_page(width=300, height=400).insert_text((50, 100), "Hello")
    document.new_page()
    document.new_page().draw_circle((200, 200), 50)
    document.new_page().draw_rect(pymupdf.Rect(0, 0, 900, 900), fill=(1, 1, 1), color=(1, 1, 1))
    found = transcripts(saved(), 1, 2, 3, 4, 5)
    assert [one.finish for one in found] == [Finish.STOP, Finish.BLANK, Finish.EMPTY, Finish.BLANK, Finish.ERROR]
    assert (found[0].width, found[0].height, found[0].reader) == (300, 400, "text-layer")
    assert found[0].text.endswith("\nHello\n\n")
    assert [one.text for one in found[1:]] == [""] * 4
    assert found[4].error and "\n" not in found[4].error


def test_pages_of_two_documents_may_be_mixed(document, tmp_path):
    for name in ("one", "two"):
        with pymupdf.open() as file:
            for number in (1, 2):
                file.new_page().insert_text((50, 100), f"{name} {number}")
            file.save(tmp_path / f"{name}.pdf")
    one, two = (Source(tmp_path / f"{name}.pdf", name) for name in ("one", "two"))
    refs = [PageRef(one, 1), PageRef(two, 2), PageRef(one, 2), PageRef(two, 1)]
    found = list(TextLayerTranscriber().transcribe(refs))
    assert [one.ref for one in found] == refs
    assert [one.text.split("\n")[1] for one in found] == ["one 1", "two 2", "one 2", "two 1"]


def test_a_missing_file_is_a_transcript_that_says_so(tmp_path):
    (found,) = transcripts(tmp_path / "none.pdf")
    assert (found.finish, found.text) == (Finish.ERROR, "")
    assert "none.pdf" in (found.error or "")


@pytest.mark.parametrize(("fill", "finish"), [(255, Finish.BLANK), (None, Finish.EMPTY)])
def test_an_image_has_no_text_layer(tmp_path, fill, finish):
    pixels = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 60, 40))
    pixels.clear_with(255)
    if fill is None:
        pixels.set_rect(pymupdf.IRect(5, 5, 30, 30), (0, 0, 0))
    pixels.save(tmp_path / "a.png")
    assert [one.finish for one in transcripts(tmp_path / "a.png")] == [finish]


def test_invisible_text_over_a_scan_is_used(document, saved):
    page = document.new_page()
    pixels = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 60, 40))
    page.insert_image(page.rect, pixmap=pixels, keep_proportion=False)
    page.insert_text((50, 100), "Read by somebody before", render_mode=3)
    (found,) = transcripts(saved())
    assert found.finish is Finish.STOP
    assert [line for line in found.text.splitlines() if line][1:] == ["Read by somebody before"]


@pytest.mark.skipif(not NASTY.is_dir(), reason="no shared test documents")
@pytest.mark.parametrize(
    ("name", "finish"),
    [
        ("pymupdf__test_3072.pdf", Finish.EMPTY),  # no character map
        ("ocrmypdf__cmyk.pdf", Finish.EMPTY),  # bytes swapped
        ("ocrmypdf__type3_font_nomapping.pdf", Finish.EMPTY),
        ("ocrmypdf__blank.pdf", Finish.BLANK),
        ("ocrmypdf__jbig2.pdf", Finish.EMPTY),
        ("unstructur__password.pdf", Finish.ERROR),
        ("gen__html_named.pdf", Finish.ERROR),
        ("qpdf__empty.pdf", Finish.ERROR),
        ("pdfjs__bug1978317.pdf", Finish.STOP),
        ("pymupdf__test_4907.pdf", Finish.STOP),
        ("gen__page_14400x14400.pdf", Finish.STOP),
    ],
)
def test_real_pages(name, finish):
    (found,) = transcripts(NASTY / name)
    assert found.finish is finish


@pytest.mark.skipif(not NASTY.is_dir(), reason="no shared test documents")
def test_printed_tokens_of_a_real_page_forge_nothing(blocks):
    (found,) = transcripts(NASTY / "gen__special_tokens.pdf")
    assert {block.label for block in blocks(found.text)} == {"text"}


def test_usable_asks_for_text(document):
    assert not usable(document.new_page())
    page = document.new_page()
    page.insert_text((50, 100), "Some text")
    assert usable(page)
