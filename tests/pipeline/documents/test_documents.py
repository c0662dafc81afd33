"""PDFs in: pages as displayed, passwords, broken pages, and documents that are kept open."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pymupdf
import pytest
from PIL import Image

from pipeline.documents.document import Document, DocumentCache, PageError, PageRanges, Survey, is_foreign, survey
from pipeline.documents.pdf_pages import saslprep
from pipeline.documents.pixel_budget import PIXEL_BUDGET
from pipeline.errors import ExitCode, InputError, PasswordError
from pipeline.transcript import PageRef, Source

RED, GREY = (255, 0, 0), (127, 127, 127)


def raw_pdf(page="/MediaBox[0 0 200 100]", kids="3 0 R", count=1):
    """A PDF by hand, for what a library would not write."""
    return (
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        f"2 0 obj<</Type/Pages/Kids[{kids}]/Count {count}>>endobj\n"
        f"3 0 obj<</Type/Page/Parent 2 0 R{page}>>endobj\ntrailer<</Root 1 0 R/Size 4>>\n"
    ).encode()


@pytest.fixture
def raw(tmp_path):
    def write(*args, **options):
        path = tmp_path / "raw.pdf"
        path.write_bytes(raw_pdf(*args, **options))
        return Source(path, "raw.pdf")

    return write


@pytest.fixture
def corner(tmp_path):
    """Pages of 200 x 100 points, turned as asked, with a red square of 20 points in the unrotated top left corner."""

    def write(*rotations, name="corner.pdf", **options):
        file = pymupdf.open()
        for rotation in rotations or (0,):
            page = file.new_page(width=200, height=100)
            page.draw_rect(pymupdf.Rect(0, 0, 20, 20), color=None, fill=(1, 0, 0))
            page.set_rotation(rotation)
        path = tmp_path / name
        file.save(path, **options)
        return Source(path, name)

    return write


def test_a_page_has_its_size_in_points_and_its_pixels_at_144_dpi(corner):
    source = corner()
    with Document(source) as document:
        page = document.page(1)
    assert (page.ref, page.width, page.height) == (PageRef(source, 1), 200, 100)
    assert page.pixels.shape == (200, 400, 3) and page.pixels.dtype == np.uint8
    assert (page.pixels[:40, :40] == RED).all() and (page.pixels[40:, 40:] == 255).all()
    assert page.pixels.flags.owndata and page.pixels.flags.c_contiguous


@pytest.mark.parametrize(
    ("rotation", "size", "where"),
    [(0, (200, 100), (10, 10)), (90, (100, 200), (10, 90)), (180, (200, 100), (90, 190)), (270, (100, 200), (190, 10))],
)
def test_rotation_is_applied(corner, rotation, size, where):
    with Document(corner(rotation)) as document:
        page = document.page(1, dpi=72)
    assert (page.width, page.height) == size
    assert page.pixels.shape == (size[1], size[0], 3)
    assert tuple(page.pixels[where]) == RED


def test_other_resolutions_for_crops(corner):
    with Document(corner()) as document:
        assert document.raster(1, 216).shape == (300, 600, 3)
        assert document.raster(1, 0.001).shape == (1, 1, 3)


def test_every_page_is_counted_and_pages_come_in_any_order(corner):
    with Document(corner(0, 90, 0)) as document:
        assert document.page_count == 3
        assert [document.size(number) for number in (3, 2, 1)] == [(200, 100), (100, 200), (200, 100)]


@pytest.mark.parametrize("number", [0, -1, 4])
def test_a_page_that_is_not_there(corner, number):
    with Document(corner(0, 0, 0)) as document, pytest.raises(PageError, match=f"no page {number}: it has 3"):
        document.page(number)


@pytest.mark.parametrize(
    ("box", "size", "shape"),
    [
        ("[0 0 14400 14400]", (14400, 14400), (7071, 7071, 3)),
        ("[0 0 8000 20]", (8000, 20), (40, 16000, 3)),
        ("[0 0 5000000 50]", (5_000_000, 50), (22, 2186627, 3)),
        ("[0 0 0 0]", (612, 792), (1584, 1224, 3)),
        ("[0 0 1e30 5]", (612, 792), (1584, 1224, 3)),
        ("[100 100 0 0]", (100, 100), (200, 200, 3)),
        ("[0 0 0.01 0.01]", (1, 1), (2, 2, 3)),
        ("[0 0 300 200]/CropBox[50 50 250 150]", (200, 100), (200, 400, 3)),
        ("[0 0 100 50]/UserUnit 2", (200, 100), (200, 400, 3)),
        ("[0 0 100 50]/Rotate -90", (50, 100), (200, 100, 3)),
    ],
)
def test_strange_boxes(raw, box, size, shape):
    with Document(raw(f"/MediaBox{box}")) as document:
        page = document.page(1)
    assert (page.width, page.height) == size
    assert page.pixels.shape == shape
    assert shape[0] * shape[1] <= PIXEL_BUDGET


def test_a_broken_page_is_an_error_of_that_page_only(raw):
    with Document(raw(count=2)) as document:
        assert document.page_count == 2
        with pytest.raises(PageError, match=r"raw\.pdf, page 2: cannot be read") as caught:
            document.page(2)
        assert document.page(1).pixels.shape == (200, 400, 3)
    assert isinstance(caught.value, InputError) and "\n" not in str(caught.value)


@pytest.mark.parametrize(("kids", "count"), [("3 0 R", 100_000_000), ("3 0 R", -3), ("3 0 R", "/x"), ("", 0)])
def test_a_page_count_that_cannot_be_true(raw, kids, count):
    with pytest.raises(InputError, match=r"raw\.pdf is a PDF without readable pages, empty or damaged: fetch it again"):
        Document(raw(kids=kids, count=count))


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"%PDF-1.7\n" + bytes(range(256)) * 20, raw_pdf()[:60]])
def test_truncated_files(tmp_path, content):
    path = tmp_path / "cut.pdf"
    path.write_bytes(content)
    with pytest.raises(InputError, match="without readable pages"):
        Document(Source(path, "cut.pdf"))


@pytest.fixture
def locked(corner):
    return corner(encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="open sesame", owner_pw="master")


@pytest.mark.parametrize("passwords", [("open sesame",), ("wrong", "open sesame"), ("master",)])
def test_passwords_are_tried_in_order(locked, passwords):
    with Document(Source(locked.path, locked.name, passwords)) as document:
        assert document.page(1).pixels.shape == (200, 400, 3)


@pytest.mark.parametrize("typed", ["pass word", "pass\u00adword", "\u2168"])
def test_a_password_is_prepared_as_the_standard_says(tmp_path, typed):
    """A writer has stored the prepared form, in which a space is a space and IX is two letters; the user types his."""
    with pymupdf.open() as document:
        document.new_page()
        document.save(tmp_path / "a.pdf", encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw=PREPARED[typed])
    with Document(Source(tmp_path / "a.pdf", "a.pdf", (typed,))) as document:
        assert document.page_count == 1


PREPARED = {"pass word": "pass word", "pass\u00adword": "password", "\u2168": "IX"}


def test_without_a_password_the_message_asks_for_one(locked):
    with pytest.raises(PasswordError, match=r"corner\.pdf is encrypted: give its password with --password") as caught:
        Document(locked)
    assert caught.value.exit_code is ExitCode.INPUT


def test_a_wrong_password_is_not_shown_in_the_message(locked):
    with pytest.raises(PasswordError, match="no given password opens it: check --password") as caught:
        Document(Source(locked.path, locked.name, ("my-secret",)))
    assert "my-secret" not in str(caught.value)


def test_an_owner_password_alone_does_not_lock_a_document(corner):
    with Document(corner(encryption=pymupdf.PDF_ENCRYPT_AES_256, owner_pw="master")) as document:
        assert document.page_count == 1


@pytest.mark.parametrize(
    ("typed", "hashed"),
    [("plain", "plain"), ("S\u00aaSL\u00adprep", "SaSLprep"), ("\u2168", "IX"), ("a\u00a0b", "a b"), ("é", "é")],
)
def test_passwords_are_normalised_as_pdf_2_wants(typed, hashed):
    assert saslprep(typed) == hashed


def test_a_file_name_that_is_not_unicode(corner, tmp_path):
    path = tmp_path / "caf\udce9.pdf"
    try:
        corner().path.rename(path)
    except OSError:
        pytest.skip("the file system takes Unicode names only")
    with Document(Source(path, str(path))) as document:
        assert document.page(1).pixels.shape == (200, 400, 3)


def test_transparent_and_cmyk_drawings_come_as_rgb_over_white(tmp_path):
    file = pymupdf.open()
    page = file.new_page(width=100, height=100)
    page.draw_rect(pymupdf.Rect(0, 0, 50, 50), color=None, fill=(0, 1, 1, 0))  # CMYK red
    page.draw_rect(pymupdf.Rect(50, 50, 100, 100), color=None, fill=(0, 0, 0), fill_opacity=0.5)
    file.save(tmp_path / "a.pdf")
    with Document(Source(tmp_path / "a.pdf", "a.pdf")) as document:
        pixels = document.raster(1, 72).astype(int)
    assert pixels[25, 25, 0] > 200 and pixels[25, 25, 1:].max() < 60
    assert np.abs(pixels[75, 75] - GREY).max() <= 2
    assert (pixels[25, 75] == 255).all()


def test_the_open_pdf_is_there_for_its_text(corner):
    with Document(corner()) as document:
        assert document.pdf.page_count == 1


def test_closing_twice_is_harmless(corner):
    document = Document(corner())
    document.close()
    document.close()
    assert document.pdf.is_closed


def test_the_cache_keeps_the_documents_used_last(corner):
    first, second, third = (corner(name=f"{name}.pdf") for name in "abc")
    with DocumentCache(capacity=2) as cache:
        one, two = cache.get(first), cache.get(second)
        assert cache.get(first) is one
        three = cache.get(third)
        assert (one.pdf.is_closed, two.pdf.is_closed, three.pdf.is_closed) == (False, True, False)
        assert cache.get(second).page(1).width == 200
        assert one.pdf.is_closed
    assert three.pdf.is_closed


@pytest.mark.parametrize("in_place", [False, True])
def test_a_file_that_was_replaced_under_its_name_is_opened_anew(corner, in_place):
    source, other = corner(name="a.pdf"), corner(name="b.pdf")
    with pymupdf.open(other.path) as document:
        document.new_page()
        document.save(other.path.with_name("longer.pdf"))
    new = other.path.with_name("longer.pdf")
    with DocumentCache() as cache:
        before = cache.get(source)
        count = before.page_count
        source.path.write_bytes(new.read_bytes()) if in_place else new.replace(source.path)
        assert cache.get(source).page_count == count + 1
        assert before.pdf.is_closed
        source.path.unlink()  # what is gone is read to its end
        assert cache.get(source).page_count == count + 1


def test_a_document_that_does_not_open_pushes_no_other_out(corner, tmp_path):
    with DocumentCache(capacity=1) as cache:
        kept = cache.get(corner())
        with pytest.raises(InputError):
            cache.get(Source(tmp_path / "absent.pdf", "absent.pdf"))
        assert not kept.pdf.is_closed


def test_memory_does_not_grow_with_the_pages(tmp_path):
    """128 pages with a picture of a megabyte each, which MuPDF would keep."""
    with pymupdf.open() as document:
        for number in range(128):
            file = io.BytesIO()
            Image.new("L", (1000, 1000), number).save(file, "PNG")
            document.new_page(width=100, height=100).insert_image((0, 0, 100, 100), stream=file.getvalue())
        document.save(tmp_path / "long.pdf")
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from pipeline.documents.document import DocumentCache; from pipeline.transcript import Source\n"
        "source, cache, most = Source(Path(sys.argv[1]), 'long.pdf'), DocumentCache(), []\n"
        "for number in range(1, 129):\n"
        "    cache.get(source).raster(number, 720)\n"
        "    most.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
        "print(most[-1] - most[8])\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "long.pdf")]
    grown = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3]).stdout
    assert int(grown) < 64 << 10  # KiB; 133 MiB while nothing was given back


def test_a_cache_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        DocumentCache(0)


def test_nothing_is_printed_about_broken_files_and_nothing_heavy_is_imported_early(raw):
    """In a process of its own: MuPDF writes to the file descriptors, which capturing in Python would miss."""
    program = (
        "import sys; from pathlib import Path; from pipeline.documents.document import Document, PageError; "
        "from pipeline.transcript import Source\n"
        "assert not {'pymupdf', 'PIL', 'torch'} & set(sys.modules)\n"
        "document = Document(Source(Path(sys.argv[1]), 'a'))\n"
        "try: document.page(2)\n"
        "except PageError as error: print(error)\n"
        "assert 'PIL' not in sys.modules"
    )
    path = str(raw("/MediaBox[0 0 9 9]/Contents 9 0 R/Resources 1 0 R", count=2).path)
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1 and done.stdout.startswith("a, page 2: cannot be read")


def test_a_glance_tells_pages_with_letters_from_pictures_of_them(tmp_path):
    """Every fourth page is a scan; of many pages some are looked at, and stand for the others."""
    for pages in (12, 240):
        with pymupdf.open() as made:
            for number in range(pages):
                page = made.new_page(width=100, height=100)
                if number % 4:
                    page.insert_text((10, 50), "letters")
                else:
                    page.insert_image(page.rect, pixmap=pymupdf.Pixmap(pymupdf.csGRAY, (0, 0, 2, 2), False))
            made.save(tmp_path / "some.pdf")
        source = Source(tmp_path / "some.pdf", "some.pdf")
        assert survey(source).pages == pages
        assert survey(source, PageRanges.parse("1,3,5")) == Survey(3, 2.0)
    assert survey(source).pictures == pytest.approx(60, abs=20)


def test_an_image_is_a_picture(tmp_path):
    Image.new("L", (9, 9)).save(tmp_path / "a.png")
    assert survey(Source(tmp_path / "a.png", "a.png")) == Survey(1, 1.0)


@pytest.mark.parametrize(
    ("head", "foreign"),
    [
        (b"", False),
        (b"%PDF-1.4\n", False),
        (b"HTTP/1.1 200 OK\nContent-Type: application/pdf\n\n%PDF-1.7", False),
        (b"1 0 obj\n<</Type/Catalog>>\nendobj\n", False),  # its header was cut off
        (b"\0\0\0\0", False),  # room that was made for a copy
        (b"\xff\xd8\xff\xe0", False),
        (b"BM\0\0", True),
        (b"  <html>", True),
        (b"Dear reader,\n", True),
    ],
)
def test_what_will_never_open_is_told_by_its_first_bytes(tmp_path, head, foreign):
    (tmp_path / "a.pdf").write_bytes(head)
    assert is_foreign(tmp_path / "a.pdf") is foreign
