"""The layout PDF: real annotations where the boxes are, on pages that stay as they were."""

import re

import numpy as np
import pymupdf
import pytest

from output.formats.layout import page_image, sheets
from output.grounding.blocks import Block, Box, Document, PageBlocks
from pipeline.documents import annotations
from pipeline.errors import PageError


def annotate(document, pdf):
    return annotations.annotate(pdf, sheets(document))


def from_images(document, raster):
    (page,) = document.pages
    return annotations.annotate_images(sheets(document), lambda sheet: page_image(page, raster))


WORD = (150, 300, 250, 350)


def make_pdf(rotation=0, cropped=False, pages=1, **save):
    """Pages with a filled rectangle at WORD, in a mediabox that may be larger than what is shown."""
    with pymupdf.open() as pdf:
        for number in range(pages):
            page = pdf.new_page(width=400, height=600)
            page.draw_rect(WORD, fill=(0, 0, 0))
            page.insert_text((40, 590), f"page {number + 1}")
            if cropped:
                page.set_cropbox(pymupdf.Rect(50, 100, 380, 600))
            page.set_rotation(rotation)
        return pdf.tobytes(**save)


def on_grid(page, rect):
    rect = rect.normalize()
    x, y = 999 / page.rect.width, 999 / page.rect.height
    return Box(round(rect.x0 * x), round(rect.y0 * y), round(rect.x1 * x), round(rect.y1 * y))


def dark_box(page):
    """Where the page shows the dark rectangle, on the grid, measured in its pixels at 144 dpi."""
    pixmap = page.get_pixmap(dpi=144, annots=False, colorspace=pymupdf.csGRAY)
    pixels = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.width)
    dark = pixels < 60
    rows, columns = np.flatnonzero(dark.sum(1) > 80), np.flatnonzero(dark.sum(0) > 80)
    return on_grid(page, pymupdf.Rect(columns[0], rows[0], columns[-1] + 1, rows[-1] + 1) / 2)


def own_text(page):
    """The text of a page without that of its annotations."""
    for annotation in page.annots():
        annotation.set_flags(pymupdf.PDF_ANNOT_IS_HIDDEN)
    return page.get_text()


def found(page, *boxes):
    blocks = tuple(Block(label, (box,), "text") for label, box in zip(("title", "table"), boxes, strict=False))
    return PageBlocks(page.number + 1, page.rect.width, page.rect.height, blocks)


@pytest.mark.parametrize("cropped", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_boxes_lie_where_the_page_shows_them(rotation, cropped):
    with pymupdf.open("pdf", make_pdf(rotation, cropped)) as pdf:
        page = pdf[0]
        shown = dark_box(page)
        blocks = found(page, shown, Box(0, 0, 99, 99))
        written, failures = annotate(Document("a", (blocks,)), pdf)
    assert failures == ()
    with pymupdf.open("pdf", written) as pdf:
        page = pdf[0]
        annotations = list(page.annots())
        assert [a.type[1] for a in annotations] == ["Square", "Square", "Line", "FreeText", "FreeText"]
        assert annotations[0].info["title"] == "1 title"
        assert annotations[0].rect.x0 == pytest.approx(WORD[0] - 50 * cropped, abs=2)
        assert annotations[0].rect.y1 == pytest.approx(WORD[3] - 100 * cropped, abs=2)
        assert on_grid(page, annotations[3].rect * page.rotation_matrix).y2 == pytest.approx(shown.y1, abs=4)


def test_the_page_itself_is_not_drawn_anew():
    with pymupdf.open("pdf", make_pdf()) as pdf:
        before = pdf[0].get_text(), pdf[0].get_images(), pdf[0].get_pixmap(annots=False).samples
        written, _ = annotate(Document("a", (found(pdf[0], Box(0, 0, 500, 500)),)), pdf)
    with pymupdf.open("pdf", written) as pdf:
        assert pdf[0].get_pixmap().samples != before[2]
        assert (own_text(pdf[0]), pdf[0].get_images(), pdf[0].get_pixmap(annots=False).samples) == before


def test_only_the_pages_of_the_document_are_kept():
    with pymupdf.open("pdf", make_pdf(pages=4)) as pdf:
        blocks = tuple(PageBlocks(n, 400, 600, (Block("text", (Box(0, 0, 9, 9),), "a"),)) for n in (2, 4))
        written, _ = annotate(Document("a", blocks), pdf)
    with pymupdf.open("pdf", written) as pdf:
        assert [own_text(page).strip() for page in pdf] == ["page 2", "page 4"]


def test_an_encrypted_pdf_stays_encrypted():
    save = {"encryption": pymupdf.PDF_ENCRYPT_AES_256, "user_pw": "u", "owner_pw": "o"}
    with pymupdf.open("pdf", make_pdf(**save)) as pdf:
        assert pdf.authenticate("u")
        written, failures = annotate(Document("a", (found(pdf[0], Box(0, 0, 500, 500)),)), pdf)
    assert failures == ()
    with pymupdf.open("pdf", written) as pdf:
        assert pdf.needs_pass
        assert pdf.authenticate("u")
        assert len(list(pdf[0].annots())) == 2


def test_images_are_placed_on_pages_of_their_size():
    pixels = np.full((300, 200, 3), 255, np.uint8)
    blocks = PageBlocks(1, 100.0, 150.0, (Block("", (Box(0, 0, 999, 999), Box(5, 5, 5, 5)), "a"),))
    written, failures = from_images(Document("a", (blocks,)), lambda number, dpi, region: pixels)
    assert failures == ()
    with pymupdf.open("pdf", written) as pdf:
        assert (pdf[0].rect.width, pdf[0].rect.height) == (100, 150)
        assert len(pdf[0].get_images()) == 1
        assert [a.type[1] for a in pdf[0].annots()] == ["Square", "Square", "FreeText"]


def test_a_damaged_pdf_is_one_error_and_a_damaged_page_one_line():
    class Damaged:
        page_count = 1

        def xref_length(self):
            return 1

        def pdf_catalog(self):
            return 0

        def xref_get_key(self, xref, key):
            return "null", "null"

        def select(self, pages):
            raise RuntimeError("code=8: cannot parse\nindirect reference")

    document = Document("a", (PageBlocks(1, 400, 600, (Block("text", (Box(0, 0, 9, 9),), "a"),)),))
    with pytest.raises(PageError, match="code=8: cannot parse indirect reference"):
        annotate(document, Damaged())

    class OnePageDamaged(Damaged):
        def select(self, pages):
            self.kept = pages

        def __getitem__(self, at):
            raise RuntimeError("code=7: cycle")

        def tobytes(self, **options):
            return make_pdf(pages=self.page_count)

    assert annotate(document, OnePageDamaged())[1] == ("page 1: cannot be annotated: code=7: cycle",)
    pages = OnePageDamaged()
    pages.page_count = 2
    with pytest.raises(PageError, match="of 1 pages it gave 2"):
        annotate(document, pages)


def test_a_reference_to_an_object_in_a_hole_of_the_table_does_no_harm():
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<<>>/PieceInfo 4 0 R>>",
        5: b"<</Producer(a mill)>>",
    }
    data, table = b"%PDF-1.4\n", {}
    for number, body in objects.items():
        table[number] = b"%010d 00000 n \n" % len(data)
        data += b"%d 0 obj%sendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 4\n0000000000 65535 f \n%s5 1\n%s" % (table[1] + table[2] + table[3], table[5])
    data += b"trailer<</Size 6/Root 1 0 R/Info 5 0 R>>\nstartxref\n%d\n%%%%EOF" % start
    page = PageBlocks(1, 200, 200, (Block("text", (Box(100, 100, 500, 200),), "words"),))
    with pymupdf.open("pdf", data) as pdf:
        written, failures = annotate(Document("a", (page,)), pdf)
    with pymupdf.open("pdf", written) as pdf:
        shown = pdf[0]
        assert len(list(shown.annots())) == 2
    assert failures == ()


def running(pdf):
    """Names of what runs in a PDF, wherever it is."""
    names = ("/JavaScript", "/JS", "/Launch", "/AA", "/OpenAction", "/EmbeddedFile", "/SubmitForm", "/XFA", "app.alert")
    objects = [re.sub(r"/\w+ null", "", pdf.xref_object(xref)) for xref in range(1, pdf.xref_length())]
    return {name for name in names for source in objects if name in source}


def test_nothing_that_runs_comes_along():
    with pymupdf.open("pdf", make_pdf(pages=2)) as pdf:
        pdf.embfile_add("evil.sh", b"#!/bin/sh")
        catalog, page = pdf.pdf_catalog(), pdf[0]
        script = "<</S/JavaScript/JS(app.alert\\(1\\))>>"
        pdf.xref_set_key(catalog, "OpenAction", script)
        pdf.xref_set_key(catalog, "AcroForm", f"<</Fields[]/XFA(x)/AA<</WC {script}>>>>")
        pdf.xref_set_key(page.xref, "AA", f"<</O {script}/C {script}>>")
        page.insert_link({"kind": pymupdf.LINK_URI, "from": pymupdf.Rect(0, 0, 9, 9), "uri": "https://example.org"})
        page.insert_link({"kind": pymupdf.LINK_LAUNCH, "from": pymupdf.Rect(9, 9, 99, 99), "file": "calc.exe"})
        assert running(pdf) > {"/JavaScript", "/Launch", "/AA", "/OpenAction", "/EmbeddedFile", "/XFA"}
        written, failures = annotate(Document("a", (found(page, Box(0, 0, 500, 500)),)), pdf)
    assert failures == ()
    with pymupdf.open("pdf", written) as pdf:
        assert running(pdf) == set()
        assert [link["uri"] for link in pdf[0].get_links() if link["kind"] == pymupdf.LINK_URI] == [
            "https://example.org"
        ]
        assert own_text(pdf[0]).strip() == "page 1"
