"""What the PDF library does while the files of a result are written costs a picture at most."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr2cli.batch.convert import convert
from ocr2cli.options import Extras, Options
from ocr2cli.results import drawing
from ocr2cli.results.drawing import Drawing
from output.grounding.blocks import Box, Figure, PageBlocks
from output.pictures.figures import CropError, Region, place
from pipeline.documents.guard import guard
from pipeline.errors import ExitCode
from pipeline.reader_options import ReaderOptions
from pipeline.transcript import Source

WHOLE = Region(0, 0, 500, 500)


class Abort:
    """Kills whoever is told to call it, whatever with."""

    def __reduce__(self):
        return os.abort, ()


def test_a_crash_costs_that_page_and_no_other(tmp_path, make_pdf, monkeypatch):
    source = Source(make_pdf(tmp_path / "a.pdf", None, None), "a.pdf")
    with Drawing(source) as drawn:
        monkeypatch.setattr(drawing, "_cut", Abort())
        with pytest.raises(CropError, match="its process ended"):
            drawn.cut(1, 72, WHOLE)
        monkeypatch.undo()
        with pytest.raises(CropError, match="its process ended"):
            drawn.cut(1, 72, WHOLE)  # not tried again
        assert drawn.cut(2, 72, WHOLE).shape == (500, 500, 3)
        monkeypatch.setattr(drawing, "_forget", Abort())  # nor is it an error where it dies in the end


def figures(page, *boxes):
    return [Figure(page, Box(*box), f"p{page:03d}-{n}.png") for n, box in enumerate(boxes, 1)]


BOXES = (100, 100, 300, 300), (500, 500, 500, 500), (250, 100, 400, 300)


def test_the_figures_of_a_page_are_cut_in_one_call(tmp_path, make_pdf, monkeypatch):
    source = Source(make_pdf(tmp_path / "a.pdf", None), "a.pdf")
    calls, call = [], guard().call
    monkeypatch.setattr(guard(), "call", lambda function, *rest: calls.append(function) or call(function, *rest))
    with Drawing(source) as drawn:
        first, second, third = drawn.pictures(PageBlocks(1, 595, 842, ()), figures(1, *BOXES), 72)
        assert calls == [drawing._pictures]
        assert second == "the box is empty"
        for picture, (x1, y1, x2, y2) in ((first, BOXES[0]), (third, BOXES[2])):
            assert picture.suffix == "png"
            alone = drawn.cut(1, 72, figures_place((x1, y1, x2, y2)))
            assert np.array_equal(np.asarray(Image.open(io.BytesIO(picture.data))), alone)


def figures_place(box):
    return place(figures(1, box)[0], PageBlocks(1, 595, 842, ()), 72)


def test_a_figure_that_kills_costs_those_behind_it_on_its_page_only(tmp_path, make_pdf, monkeypatch):
    """It is found out by asking for one after the other; the next page is cut as ever."""
    source = Source(make_pdf(tmp_path / "a.pdf", None, None), "a.pdf")

    call = guard().call

    def harmful(function, *rest):
        harm = function is drawing._pictures and any(figure.name == "p001-2.png" for figure in rest[2])
        return call(os._exit, 1) if harm else call(function, *rest)

    monkeypatch.setattr(guard(), "call", harmful)
    with Drawing(source) as drawn:
        first, *others = drawn.pictures(PageBlocks(1, 595, 842, ()), figures(1, *BOXES), 72)
        assert first.suffix == "png"
        assert [other.split(";")[0] for other in others] == ["its process ended", "its process ended"]
        assert list(drawn.pictures(PageBlocks(1, 595, 842, ()), figures(1, *BOXES), 72)) == 3 * [others[0]]
        with pytest.raises(CropError, match="its process ended"):
            drawn.cut(1, 72, WHOLE)
        assert next(drawn.pictures(PageBlocks(2, 595, 842, ()), figures(2, *BOXES), 72)).suffix == "png"


def test_the_batch_goes_on_and_says_what_is_missing(tmp_path, make_pdf, monkeypatch, capfd):
    paper = make_pdf(tmp_path / "a.pdf", "text")
    monkeypatch.chdir(tmp_path)
    for name in ("_cut", "_annotated", "_own_page"):
        monkeypatch.setattr(drawing, name, Abort())
    options = Options(
        output=Path("out"),
        reading=ReaderOptions("text-layer"),
        extras=Extras(layout_pdf=True, preview=True, check=True),
    )
    assert convert([str(paper)], options) == ExitCode.PARTLY
    out, err = capfd.readouterr()
    assert out.splitlines() == ["out/a.md", "out/a/preview.html", "out/a/transcript.jsonl"]
    assert "layout.pdf could not be made: its process ended" in err
    assert "page 1" in err and "internal error" not in err
    assert "; files on request incomplete for 1 input; " in err and "picture" not in err
    assert Path("out/a.md").read_text() == "text\n"
