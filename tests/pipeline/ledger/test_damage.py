"""Contents that end in damage are told, and no others."""

import random
import zlib

import pymupdf
import pytest

from pipeline.ledger.damage import is_cut_short


def pdf_of(change, filters="/FlateDecode", form=False):
    """A page of words whose packed contents, or whose form's, are changed."""
    chance = random.Random(1)
    pdf = pymupdf.open()
    page = pdf.new_page()
    for i in range(50):
        page.insert_text((72, 60 + 14 * i), " ".join(f"word{chance.randint(100, 999)}" for _ in range(6)))
    page.clean_contents()
    number = page.get_contents()[0]
    if form:
        with pymupdf.open("pdf", pdf.tobytes()) as words:
            pdf = pymupdf.open()
            page = pdf.new_page()
            page.show_pdf_page(page.rect, words)
        number = max((xref for xref, *_ in page.get_xobjects()), key=lambda xref: len(pdf.xref_stream(xref)))
    pdf.update_stream(number, change(zlib.compress(pdf.xref_stream(number))), compress=0)
    pdf.xref_set_key(number, "Filter", filters)
    return pymupdf.open("pdf", pdf.tobytes())


def scratched(data):
    return data[: len(data) // 2] + 12 * b"\xff" + data[len(data) // 2 + 12 :]


@pytest.mark.parametrize("form", [False, True])
@pytest.mark.parametrize(
    ("change", "cut"),
    [
        (scratched, True), (lambda data: data[: len(data) // 2], True), (lambda data: data[:2], True),
        (lambda data: data, False), (lambda data: data[:-4], False),  # without a sum at the end
        (lambda data: data[:-4] + b"none", False), (lambda data: data + b"\r\n", False),
    ],
)  # fmt: skip
def test_contents_that_cannot_be_unpacked_to_their_end_are_cut_short(change, cut, form):
    with pdf_of(change, form=form) as pdf:
        assert is_cut_short(pdf[0]) is cut


@pytest.mark.parametrize("change", [lambda data: b"no header" + data, lambda data: b"x", lambda data: b""])
def test_what_was_never_packed_is_not_judged(change):
    with pdf_of(change) as pdf:
        assert not is_cut_short(pdf[0])


def test_contents_of_other_filters_and_other_files_are_not_judged():
    with pdf_of(scratched, "[/FlateDecode/FlateDecode]") as pdf:
        assert not is_cut_short(pdf[0])
    with pymupdf.open("txt", b"plain words") as text:
        assert not is_cut_short(text[0])
