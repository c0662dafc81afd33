"""`ocr2 render`: the files again from the record, with or without the document."""

import pymupdf
import pytest

READ = ("--model", "text-layer")


@pytest.fixture
def result(ocr2):
    """A converted document with a table and a picture."""
    with pymupdf.open() as document:
        page = document.new_page()
        page.insert_text((72, 100), "A heading of some size", fontsize=20)
        picture = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 60, 60))
        picture.set_rect(picture.irect, (200, 0, 0))
        page.insert_image(pymupdf.Rect(100, 400, 300, 600), pixmap=picture)
        document.save(ocr2.folder / "a.pdf")
    assert ocr2("convert", "a.pdf", "-o", "out", *READ).returncode == 0
    return ocr2.folder / "out"


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_options_give_the_same_files(ocr2, result):
    before = files(result)
    assert set(before) == {"a.md", "a/p001-1.png", "a/transcript.jsonl"}
    for name in ("a.md", "a/p001-1.png"):
        (result / name).unlink()
    done = ocr2("render", "out/a")
    assert (done.returncode, done.stdout) == (0, "out/a.md\nout/a/p001-1.png\n")
    assert files(result) == before


def test_other_options_need_no_reading(ocr2, result):
    assert ocr2("render", "out/a", "--page-separator", "-q").stderr == ""
    assert (result / "a.md").read_text().startswith("<!-- page 1 -->\n\n")


def test_without_the_document_pictures_stay(ocr2, result):
    before = files(result)
    (ocr2.folder / "a.pdf").rename(ocr2.folder / "b.pdf")
    done = ocr2("render", "out/a")
    assert done.returncode == 0
    assert "pictures stay as they are; --source says where it is" in done.stderr
    assert files(result) == before
    (result / "a/p001-1.png").unlink()
    assert ocr2("render", "out/a", "--source", "b.pdf").returncode == 0
    assert files(result) == before


def test_another_document_is_refused(ocr2, result, make_pdf):
    make_pdf(ocr2.folder / "other.pdf", "Not that one.")
    done = ocr2("render", "out/a", "--source", "other.pdf")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "ocr2: other.pdf is not the document that was read: its content differs; convert it anew\n"


def test_a_folder_without_a_record_is_refused(ocr2):
    done = ocr2("render", ".")
    assert (done.returncode, done.stderr) == (
        3,
        "ocr2: . is not a result of ocr2: it has no transcript.jsonl with pages in it\n",
    )
