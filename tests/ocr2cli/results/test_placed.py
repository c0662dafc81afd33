"""`--format pdf,hocr,alto`: what was read of a scan can be searched in its own pages."""

import pymupdf
import pytest
from PIL import Image

from ocr2cli.options import Extras, Format
from ocr2cli.results.extras import refuse_for_pipe
from ocr2cli.results.write import write_results
from output.options import RenderOptions
from pipeline.errors import UserError
from pipeline.record.places import Place
from pipeline.transcript import Finish, PageRef, Source, Transcript

TEXT = "<|ref|>title<|/ref|><|det|>[[100, 50, 899, 99]]<|/det|>\n# Tides **today**\n\n"


@pytest.mark.parametrize("kind", ["pdf", "png"])
def test_a_scan_can_be_searched(tmp_path, kind):
    path = tmp_path / f"scan.{kind}"
    Image.new("RGB", (600, 800), "white").save(path, resolution=100)
    source = Source(path, path.name)
    read = Transcript(PageRef(source, 1), TEXT, Finish.STOP, 432, 576, "nano")
    extras = Extras(formats=frozenset({Format.MD, Format.PDF, Format.HOCR, Format.ALTO}))
    place = Place(tmp_path / "out.md", tmp_path / "out")
    written = write_results(place, path.name, source, [read], RenderOptions(), extras)
    assert [file.name for file in written.files] == ["out.md", "searchable.pdf", "document.hocr", "document.alto.xml"]
    with pymupdf.open(tmp_path / "out/searchable.pdf") as pdf:
        assert pdf[0].get_text().split() == ["Tides", "today"]
    gone = write_results(place, path.name, None, [read], RenderOptions(), extras)
    assert "searchable.pdf was not made: it needs the document" in gone.not_made


def test_a_pipe_takes_no_pdf():
    with pytest.raises(UserError):
        refuse_for_pipe(Extras(formats=frozenset({Format.PDF})))
