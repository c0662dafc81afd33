"""`--dry-run`: what would be read, what is done, where names clash, and how long it takes; nothing is written."""

import json

import pytest
from PIL import Image

from pipeline.documents.document import Document
from pipeline.reader_options import ReaderOptions
from pipeline.readers.opening import open_transcriber, settings_of
from pipeline.transcript import Source

DRY = ("--dry-run", "-o", "out")


@pytest.fixture
def inbox(ocr2, make_pdf):
    """Two documents of one name, and a file that is none."""
    make_pdf(ocr2.folder / "in/a.pdf", "one", "two", "three")
    Image.new("RGB", (600, 400)).save(ocr2.folder / "in/a.png")
    (ocr2.folder / "in/bad.pdf").write_text("not a PDF")
    return ocr2.folder


def test_documents_on_stdout_and_the_sum_on_stderr(ocr2, inbox, tiny_checkpoint):
    done = ocr2("convert", "in", "-m", tiny_checkpoint, *DRY)
    assert done.returncode == 4
    assert done.stdout == (
        "in/a.pdf: 3 pages, 18 crops, 3,363 visual tokens -> out/a.md\n"
        "in/a.png: 1 page, 0 crops, 257 visual tokens -> out/a.png.md (its short name is taken)\n"
    )
    first, last = done.stderr.splitlines()
    assert first.startswith("ocr2: in/bad.pdf is neither a PDF nor an image")
    assert last == (
        f"4 pages of 2 documents to read with {tiny_checkpoint}; 18 crops, 3,620 visual tokens; 1 with longer names, "
        "for others have the short ones; how long it takes is known after a first run with this model here"
    )
    assert not (inbox / "out").exists()


def test_weights_that_were_asked_for_are_named(ocr2, inbox, tiny_checkpoint):
    done = ocr2("convert", "in/a.png", "-m", tiny_checkpoint, "--weights", "int8", *DRY)
    assert done.stderr.startswith(f"1 page of 1 document to read with {tiny_checkpoint}; weights in int8; 0 crops, 257")


def test_pages_with_text_of_their_own_need_no_crops(ocr2, inbox, tiny_checkpoint, make_pdf):
    make_pdf(inbox / "c.pdf", "one", "two", "three")
    Image.linear_gradient("L").save(inbox / "seen.png")
    done = ocr2("convert", "c.pdf", "in/a.png", "seen.png", "-m", f"text-layer+{tiny_checkpoint}", *DRY)
    assert done.stdout.splitlines() == [
        "c.pdf: 3 pages -> out/c.md",
        "in/a.png: 1 page -> out/a.md",  # of one colour
        "seen.png: 1 page, 0 crops, 257 visual tokens -> out/seen.md",
    ]


def test_what_is_done_and_how_long_the_rest_takes(ocr2, inbox, make_pdf):
    make_pdf(inbox / "b.pdf", *map(str, range(40)))
    assert ocr2("convert", "b.pdf", "--pages", "1-10", "-m", "text-layer", "-o", "out").returncode == 0
    done = ocr2("convert", "b.pdf", "-m", "text-layer", "--json", *DRY)
    assert json.loads(done.stdout) == {
        "input": "b.pdf", "pages": 40, "done": 10, "crops": 0, "visual_tokens": 0, "output": "out/b.md", "clash": False
    }  # fmt: skip
    speed = next(iter(json.loads((ocr2.folder.parent / "home/.cache/ocr2/speed.json").read_text()).items()))
    assert speed[0] == "text-layer auto"
    assert done.stderr.startswith("30 pages of 1 document to read with text-layer; 10 done before; about ")
    assert done.stderr.endswith(f" s at the {speed[1]:.3g} pages/s of the last run\n")
    assert "40 pages of 1" in ocr2("convert", "b.pdf", "-m", "text-layer", "--force", *DRY).stderr
    assert ocr2("convert", "b.pdf", "--pages", "2-5", "-m", "text-layer", *DRY).stderr.endswith("nothing to wait for\n")


def test_a_file_of_somebody_else_in_the_way_is_told(ocr2, inbox):
    (inbox / "out").mkdir()
    (inbox / "out/a.md").write_text("mine")
    done = ocr2("convert", "in/a.pdf", "-m", "text-layer", *DRY)
    assert (done.returncode, done.stdout) == (6, "")
    assert "out/a.md is there already and was not written by ocr2" in done.stderr


def test_settings_are_known_without_loading_the_model(tiny_checkpoint, make_tiny_checkpoint, tmp_path):
    keys = set()
    for changes in ({}, {"dpi": 100}, {"max_tokens": 20}, {"task": "ocr"}):
        options = ReaderOptions(str(tiny_checkpoint), "cpu", **changes)
        assert settings_of(options) == open_transcriber(options)[0].settings
        keys.add(settings_of(options))
    keys.add(settings_of(ReaderOptions(str(make_tiny_checkpoint(tmp_path / "other", seed=1)), "cpu")))
    assert len(keys) == 5  # whatever the text depends on is in the key
    assert settings_of(ReaderOptions("text-layer")) == open_transcriber(ReaderOptions("text-layer"))[0].settings


@pytest.mark.parametrize("size", [(300, 200), (612, 792), (20, 8000), (8000, 7000)])
def test_pixels_are_known_without_drawing(tmp_path, size):
    import pymupdf

    with pymupdf.open() as document:
        document.new_page(width=size[0], height=size[1])
        document.save(tmp_path / "a.pdf")
    Image.new("L", (size[0], size[1])).save(tmp_path / "a.png")
    for name in ("a.pdf", "a.png"):
        with Document(Source(tmp_path / name, name)) as opened:
            assert opened.raster(1, 100).shape[1::-1] == opened.pixel_size(1, 100)
