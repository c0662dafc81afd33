"""What the PDF library does while the files of a result are written costs a picture at most."""

import os
from pathlib import Path

import pytest

from ocr2cli.batch.batch import convert
from ocr2cli.options import Extras, Options
from ocr2cli.results import drawing
from ocr2cli.results.drawing import Drawing
from output.pictures.figures import CropError, Region
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
