"""Pages made ready ahead: here or in other processes, in order, bounded, and whatever becomes of a process."""

from __future__ import annotations

import os
import signal

import numpy as np
import pymupdf
import pytest
from PIL import Image

from pipeline.documents.document import DocumentCache
from pipeline.transcript import PageRef, Source
from pipeline.views.ahead import Ahead
from pipeline.views.ready_page import FINEST, MARGIN, BrokenPage, ReadyPage, raster_dpi, stand


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> list[PageRef]:
    """Six small pages of which the fourth does not exist."""
    document = pymupdf.open()
    for width in (200, 210, 220):
        document.new_page(width=width, height=100).insert_text((20, 60), "text")
    path = tmp_path_factory.mktemp("documents") / "three.pdf"
    document.save(path)
    source = Source(path, "three.pdf")
    return [PageRef(source, number) for number in (1, 2, 3, 9, 2, 1)]


def taken(ahead: Ahead) -> list[ReadyPage | BrokenPage]:
    return list(iter(lambda: ahead.take(patient=True), None))


@pytest.mark.parametrize("workers", [0, 2])
def test_every_page_comes_in_order(pages, workers):
    with Ahead(pages, 72, workers) as ahead:
        ready = taken(ahead)
    assert [page.ref for page in ready] == pages
    assert [page.width for page in ready if isinstance(page, ReadyPage)] == [200, 210, 220, 210, 200]
    (broken,) = (page for page in ready if isinstance(page, BrokenPage))
    assert broken.error == "three.pdf has no page 9: it has 3"


def test_only_so_many_pages_are_pulled(pages):
    pulled = []

    def supply():
        for ref in pages * 5:
            pulled.append(ref)
            yield ref

    with Ahead(supply(), 72, workers=1, depth=3) as ahead:
        for done in range(1, 31):
            assert ahead.take(patient=True) is not None
            assert len(pulled) <= done + 3
    assert len(pulled) == 30


def test_a_page_comes_again_before_the_others(pages):
    with Ahead(pages[:3], 72) as ahead:
        first = ahead.take(patient=True)
        ahead.again(first.ref)
        assert [page.ref.number for page in taken(ahead)] == [1, 2, 3]


def test_a_killed_process_costs_no_page(pages):
    with Ahead(pages * 3, 72, workers=1, depth=4) as ahead:
        ready = [ahead.take(patient=True) for _ in range(3)]
        (process,) = ahead._pool.pids
        os.kill(process, signal.SIGKILL)
        ready += taken(ahead)
    assert [page.ref for page in ready] == pages * 3
    assert [page.ref.number for page in ready if isinstance(page, BrokenPage)] == [9, 9, 9]


def test_another_try_of_a_small_page_takes_what_its_picture_holds(tmp_path):
    """A scan of 600 dots an inch on a page of 2 x 1 inches: 288 pixels wide at first, then as fine as scanners scan."""
    scan = np.random.default_rng(0).integers(0, 256, (600, 1200, 3), np.uint8)
    picture = pymupdf.Pixmap(pymupdf.csRGB, 1200, 600, scan.tobytes(), False)
    with pymupdf.open() as document:
        document.new_page(width=144, height=72).insert_image(pymupdf.Rect(0, 0, 144, 72), pixmap=picture)
        document.new_page(width=144, height=72).insert_image(pymupdf.Rect(0, 0, 40, 20), pixmap=picture)
        document.save(tmp_path / "scan.pdf")
    source, sizes = Source(tmp_path / "scan.pdf", "scan.pdf"), []
    with DocumentCache() as documents:
        for ref in (PageRef(source, 1), PageRef(source, 1, attempt=1), PageRef(source, 2, attempt=1)):
            document = documents.get(source)
            sizes.append(document.raster(ref.number, raster_dpi(document, ref, 144)).shape[1])
    assert sizes == [288, 600, 288]  # a logo is not the page


def test_a_part_that_is_print_has_margins_of_its_paper_and_all_that_a_pdf_has(tmp_path):
    path = tmp_path / "grey.png"
    sheet = np.full((400, 600, 3), 200, np.uint8)
    sheet[100:300, 150:450] = 20
    Image.fromarray(sheet).save(path)
    with pymupdf.open() as document:
        document.new_page(width=144, height=72)
        document.save(tmp_path / "words.pdf")
    source, words = Source(path, "grey.png"), Source(tmp_path / "words.pdf", "words.pdf")
    part = (0, 0, 500, 999)
    with DocumentCache() as documents:
        alone = stand(documents, PageRef(source, 1, part=part), 144, upright=True).pixels
        print_ = stand(documents, PageRef(source, 1, part=part, printed=True), 144, upright=True).pixels
        across, down = round(MARGIN * alone.shape[1]), round(MARGIN * alone.shape[0])
        assert print_.shape == (alone.shape[0] + 2 * down, alone.shape[1] + 2 * across, 3) and across and down
        assert np.array_equal(print_[down:-down, across:-across], alone)
        rim = print_.copy()
        rim[down:-down, across:-across] = 200
        assert (rim == 200).all()
        refs = [PageRef(words, 1, part=part), PageRef(words, 1, part=part, printed=True)]
        assert [raster_dpi(documents.get(words), ref, 144) for ref in refs] == [144, FINEST]
        assert raster_dpi(documents.get(source), PageRef(source, 1, part=part, printed=True), 144) == 144
