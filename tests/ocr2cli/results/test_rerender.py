"""`ocr2 render`: the files again from the record, with or without the document."""

import pytest

from tests.support.drawn import pictured_page

READ = ("--model", "text-layer")


@pytest.fixture
def result(ocr2):
    """A converted document with a table and a picture."""
    (ocr2.folder / "a.pdf").write_bytes(pictured_page())
    assert ocr2("convert", "a.pdf", "-o", "out", *READ).returncode == 0
    return ocr2.folder / "out"


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_options_give_the_same_files(ocr2, result):
    before = files(result)
    assert set(before) == {"a.md", "a/p001-1.png", "a/transcript.jsonl", "a/.place.json"}
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


def test_a_record_of_some_pages_is_told_from_a_whole_one(ocr2, make_pdf):
    make_pdf(ocr2.folder / "a.pdf", "One.", "Two.")
    assert ocr2("convert", "a.pdf", "-o", "out", *READ).returncode == 0
    assert "its record" not in ocr2("render", "out/a").stderr
    record = ocr2.folder / "out/a/transcript.jsonl"
    record.write_text(record.read_text().splitlines(keepends=True)[0])
    done = ocr2("render", "out/a")
    assert done.returncode == 0
    assert "a.pdf: 1 of 2 pages are in its record; `ocr2 convert` reads the others" in done.stderr


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


def test_what_is_wrong_with_the_document_is_told_again(ocr2, make_pdf):
    data = make_pdf(ocr2.folder / "a.pdf", *(f"Sentence {n} of it." for n in range(3))).read_bytes()
    (ocr2.folder / "half.pdf").write_bytes(data[: data.rindex(b"xref\n0 ")])
    told = "ocr2: half.pdf: the file ends too early, so pages may be missing: fetch or copy it again\n"
    for command in (("convert", "half.pdf", "-o", "out", *READ), ("render", "out/half")):
        done = ocr2(*command)
        assert (done.returncode, told in done.stderr) == (4, True)


def test_pages_that_the_record_has_lost_are_told(ocr2, make_pdf):
    make_pdf(ocr2.folder / "a.pdf", "one", "two")
    ocr2("convert", "a.pdf", "-o", "out", *READ)
    log = ocr2.folder / "out/a/transcript.jsonl"
    first, second = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(first + second.replace(b'"page": 2', b'"page": "2"'))
    done = ocr2("render", "out/a")
    assert done.returncode == 4
    assert (
        "a.pdf: 1 line of transcript.jsonl cannot be read, so pages may be missing: convert it again\n" in done.stderr
    )
    assert (ocr2.folder / "out/a.md").read_text() == "one\n"
    assert ocr2("convert", "a.pdf", "-o", "out", *READ).returncode == 0
    assert log.read_bytes() == first + second


def test_a_record_of_a_newer_ocr2_is_left_alone(ocr2, make_pdf):
    make_pdf(ocr2.folder / "a.pdf", "one")
    ocr2("convert", "a.pdf", "-o", "out", *READ)
    log = ocr2.folder / "out/a/transcript.jsonl"
    newer = log.read_bytes().replace(b"ocr2-transcript/2", b"ocr2-transcript/3")
    log.write_bytes(newer)
    said = "ocr2: a record has the format ocr2-transcript/3, which is newer than this ocr2: update it\n"
    for command in (("convert", "a.pdf", "-o", "out", *READ), ("render", "out/a")):
        done = ocr2(*command)
        assert (done.returncode, done.stderr.startswith(said)) == (6, True)
    assert log.read_bytes() == newer
