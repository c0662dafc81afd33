"""An invisible layer of text: its words are found at their places, whatever the page's rotation, crop and resources."""

import shutil
import subprocess

import pymupdf
import pytest

from pipeline.documents import mupdf
from pipeline.documents.layer.layers import Layer, Marked, Placed
from pipeline.documents.layer.searchable import add_layers, add_layers_to_images

WORDS = (
    Placed("Größe", (72, 100, 140, 112)),
    Placed("für", (150, 100, 170, 112)),
    Placed("漢字😀", (72, 120, 120, 132)),
)


def layer(number=1, width=595, height=842, **facts):
    return Layer(number, width, height, (Marked("H1", WORDS[:2]), Marked("P", WORDS[2:])), **facts)


def found(data, number=0):
    with pymupdf.open("pdf", data) as pdf:
        page = pdf[number]
        shown = mupdf.turning(page)
        return [(word[4], tuple((pymupdf.Rect(word[:4]) * shown).normalize())) for word in page.get_text("words")]


def assert_placed(words):
    assert [text for text, _ in words] == [word.text for word in WORDS]
    for (_, box), word in zip(words, WORDS, strict=True):
        assert (box[0], box[2]) == pytest.approx((word.box[0], word.box[2]), abs=1)
        assert word.box[1] <= (box[1] + box[3]) / 2 <= word.box[3]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [False, True])
@pytest.mark.parametrize("unit", ["1", "1.5"])
def test_words_are_where_they_are_seen(rotation, crop, unit):
    with pymupdf.open() as pdf:
        page = pdf.new_page(width=700, height=900)
        page.draw_rect((20, 20, 100, 100), fill=(1, 0, 0))
        if crop:
            page.set_cropbox(pymupdf.Rect(30, 40, 650, 880))
        page.set_rotation(rotation)
        pdf.xref_set_key(page.xref, "UserUnit", unit)
        page = pdf.reload_page(page)
        before = page.get_pixmap().samples
        data, failures = add_layers(pdf, [layer(width=page.rect.width, height=page.rect.height)])
    assert failures == ()
    assert_placed(found(data))
    with pymupdf.open("pdf", data) as written:
        assert written[0].get_pixmap().samples == before


def test_text_that_runs_down_the_page():
    with pymupdf.open() as pdf:
        pdf.new_page()
        down = Layer(1, 595, 842, (Marked("P", (Placed("down", (100, 72, 112, 140)),)),), turned=1)
        data, _ = add_layers(pdf, [down])
    with pymupdf.open("pdf", data) as written:
        line = written[0].get_text("dict")["blocks"][0]["lines"][0]
    assert line["dir"] == pytest.approx((0, 1))
    assert (line["bbox"][1], line["bbox"][3]) == pytest.approx((72, 72 + 68 * 5 / 4), abs=1)  # with the blank behind it


def test_a_page_with_words_of_its_own_stays_and_resources_may_be_the_parent_s():
    with pymupdf.open() as pdf:
        for _ in range(2):
            pdf.new_page().insert_text((72, 300), "own")
        parent = int(pdf.xref_get_key(pdf[0].xref, "Parent")[1].split()[0])
        pdf.xref_set_key(parent, "Resources", pdf.xref_get_key(pdf[0].xref, "Resources")[1])
        pdf.xref_set_key(pdf[0].xref, "Resources", "null")
        data, _ = add_layers(pdf, [layer(1), layer(2, has_text=True)])
    assert [text for text, _ in found(data)] == ["own", *(word.text for word in WORDS)]
    assert [text for text, _ in found(data, 1)] == ["own"]
    with pymupdf.open("pdf", data) as written:
        assert written.xref_get_key(written.pdf_catalog(), "StructTreeRoot")[0] == "null"


def test_what_is_ours_alone_is_tagged_in_reading_order():
    with pymupdf.open() as pdf:
        pdf.new_page()
        data, _ = add_layers(pdf, [layer()])
    with pymupdf.open("pdf", data) as written:
        kinds = [written.xref_get_key(x, "S")[1] for x in range(1, written.xref_length())]
        assert [kind for kind in kinds if kind in ("/Document", "/H1", "/P")].count("/H1") == 1
        assert written.xref_get_key(written.pdf_catalog(), "MarkInfo")[1] == "<</Marked true>>"


def test_images_become_pages():
    white = pymupdf.Pixmap(pymupdf.csRGB, (0, 0, 60, 80))
    data, failures = add_layers_to_images(
        [layer(), layer(2)], lambda one: white.tobytes("png") if one.number == 1 else "no"
    )
    assert failures == ("page 2: its image cannot be placed: no",)
    assert_placed(found(data))


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler is not installed")
def test_poppler_reads_it_too(tmp_path):
    with pymupdf.open() as pdf:
        pdf.new_page()
        (tmp_path / "a.pdf").write_bytes(add_layers(pdf, [layer()])[0])
    read = subprocess.run(["pdftotext", tmp_path / "a.pdf", "-"], capture_output=True, check=True, text=True)
    assert read.stdout.split() == [word.text for word in WORDS]
