"""Whoever waits for files to be written hears of every page, a part of it for each pass, and of none twice."""

from __future__ import annotations

from dataclasses import replace

import pymupdf
import pytest

from ocr2cli.batch.convert import convert
from ocr2cli.options import Extras, Options
from ocr2cli.results import facts as facts_of
from ocr2cli.results.facts import facts
from ocr2cli.results.stages import Cutting, Stage, seconds_per_page, steps
from ocr2cli.telling.estimate import Estimate, Load
from output.grounding.blocks import Box, Figure, PageBlocks
from pipeline.documents.stated.facts import read_facts
from pipeline.errors import ExitCode, InputError
from pipeline.reader_options import ReaderOptions
from pipeline.transcript import Source


@pytest.fixture
def book(tmp_path):
    """Forty pages; all but the last five are set in bold, and each has a word in italics."""
    with pymupdf.open() as document:
        for number in range(40):
            page = document.new_page()
            font = "helv" if number >= 35 else "hebo"
            page.insert_text((72, 100), "Words as they are set here, line by line", fontname=font)
            page.insert_text((72, 140), "stressed", fontname="heit")
        document.save(tmp_path / "book.pdf")
    return Source(tmp_path / "book.pdf", "book.pdf")


def test_parts_of_a_document_tell_what_the_whole_does(book):
    """Only the whole tells that bold is how this book is set."""
    told = []
    found = facts(book, range(1, 41), told=told.append).facts
    with pymupdf.open(book.path) as document:
        assert found == read_facts(document, range(1, 41))
    assert {run.text for run in found.emphasis} == {"stressed"}
    assert (sum(told), len(told) > 1) == (40, True)


def test_a_maze_costs_its_part_alone(book, monkeypatch):
    guard = facts_of.guard

    class Lost:
        def call_for(self, seconds, call, source, numbers, *more):
            if call is facts_of._pages and 20 in numbers:
                raise InputError("a maze")
            return guard().call_for(seconds, call, source, numbers, *more)

    monkeypatch.setattr(facts_of, "guard", Lost)
    told = []
    pages = {run.page for run in facts(book, range(1, 41), told=told.append).facts.emphasis}
    assert ({1, 16, 33, 40} <= pages, 20 in pages, sum(told)) == (True, False, 40)


@pytest.mark.parametrize("extras", [Extras(), Extras(preview=True), Extras(preview=True, layout_pdf=True)])
def test_all_passes_together_are_the_pages(extras):
    told = []
    step = steps(extras, told.append, pages=7, pictures=3)
    done = {Stage.LAYOUT: 7 * extras.layout_pdf, Stage.PREVIEW: 7 * extras.preview, Stage.PICTURES: 3}
    for stage in Stage:
        step(stage, done.get(stage, 7))
    assert sum(told) == pytest.approx(7)
    assert seconds_per_page(extras) >= seconds_per_page(Extras())
    assert len(Stage) == 6  # two that took as long would be one


def test_pictures_that_are_not_wanted_are_told_in_the_end():
    told = []
    page, figure = PageBlocks(3, 1, 1, ()), Figure(3, Box(0, 0, 9, 9), "p003-1.png")
    cut = Cutting(lambda page, figures, dpi: ["no"] * len(figures), 4, told.append)
    assert list(cut(page, [figure, figure], 144)) == ["no", "no"]
    assert list(cut(replace(page, number=8), [figure], 144)) == ["no"]
    cut.rest()
    assert told == [2, 1, 1]


def test_the_end_of_a_run_without_a_network_is_told_from_the_start(book, tmp_path, monkeypatch):
    """Nothing waits for pages that a network would read: there is none."""
    made = []
    monkeypatch.setattr("ocr2cli.batch.convert.Estimate", lambda *given: made.append(given) or Estimate(*given))
    options = Options(output=tmp_path / "out", reading=ReaderOptions("text-layer"))
    assert convert([str(book.path)], options) == ExitCode.DONE
    assert Estimate(*made[0]).update(0.0, Load(text_done=1, unknown=39, unwritten=40, tail=40)) is not None
