"""Documents that other projects had trouble with: each opens with its page count, or gives one clear line.

They are not ours to ship; the test looks for them in $OCR2_SHARED or the folder `shared` beside the repository.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.documents.document import Document, PageError
from pipeline.errors import InputError, PasswordError
from pipeline.transcript import Source

ROOT = Path(__file__).resolve().parents[3]
NASTY = Path(os.environ.get("OCR2_SHARED", ROOT.parent / "shared")) / "data" / "nasty"

OPENS = {  # page count
    "docling__invisible_text_layer.pdf": 1,
    "gen__1500_pages.pdf": 1500,
    "gen__bitflips_60.pdf": 2,
    "gen__cropbox.pdf": 1,
    "gen__image_12000x12000_1bit.pdf": 1,
    "gen__junk_before_header.pdf": 5,
    "gen__mixed_rotation.pdf": 4,
    "gen__page_14400x14400.pdf": 1,
    "gen__page_8000x20.pdf": 1,
    "gen__repetition_ab.pdf": 1,
    "gen__special_tokens.pdf": 1,
    "gen__zero_mediabox.pdf": 1,
    "ocrmypdf__3small.pdf": 3,
    "ocrmypdf__blank.pdf": 1,
    "ocrmypdf__cmyk.pdf": 1,
    "ocrmypdf__enormous.pdf": 1,
    "ocrmypdf__hugemono.pdf": 1,
    "ocrmypdf__jbig2.pdf": 1,
    "ocrmypdf__type3_font_nomapping.pdf": 1,
    "olmocr__edgar-rotated90.pdf": 1,
    "olmocr__repeating_references_on_pg9_pg10.pdf": 10,
    "pdfjs__Brotli-Prototype-FileA.pdf": 25,
    "pdfjs__Pages-tree-refs.pdf": 2,
    "pdfjs__annotation-highlight.pdf": 1,
    "pdfjs__bug1978317.pdf": 1,
    "pdfjs__cmykjpeg.pdf": 1,
    "pdfjs__helloworld-bad.pdf": 1,
    "pdfjs__mixedfonts.pdf": 1,
    "pdfjs__poppler-90-0-fuzzed.pdf": 16,
    "pdfjs__xfa_filled_imm1344e.pdf": 1,
    "pdfminersi__pdf-with-jbig2.pdf": 1,
    "pdfminersi__simple2.pdf": 1,
    "pdfplumber__issue-71-duplicate-chars.pdf": 2,
    "pdfplumber__malformed-from-issue-932.pdf": 1,
    "pymupdf__test_3072.pdf": 2,
    "pymupdf__test_4388_BUL1.pdf": 1,
    "pymupdf__test_4907.pdf": 1,
    "sample-fil__GeoTopo-komprimiert.pdf": 117,
    "sample-fil__annotated_pdf.pdf": 1,
    "sample-fil__habibi-rotated.pdf": 4,
    "sample-fil__imagemagick-images.pdf": 6,
    "sample-fil__imagemagick-lzw.pdf": 1,
    "sample-fil__libreoffice-form.pdf": 1,
    "unstructur__DA-619p.pdf": 619,
    "unstructur__copy-protected.pdf": 2,
    "unstructur__invalid-pdf-structure-pdfminer-one-page.pdf": 2,
    "unstructur__pdf-bad-color-space.pdf": 1,
}
LOCKED = {  # password, page count
    "docling__2206.01062_pg3.pdf": ("1234", 1),
    "gen__aes256_user_pw.pdf": ("open sesame", 2),
    "pdfjs__saslprep-r6.pdf": ("S\u00aaSL\u00adprep", 1),
    "pdfminersi__aes-256-r6.pdf": ("usersecret", 1),
    "pdfminersi__aes-256.pdf": ("foo", 1),
    "qpdf__enc-XI-R6_V5_U=view_O=master.pdf": ("view", 30),
    "unstructur__password.pdf": ("password", 1),
}
REFUSED = {  # part of the message
    "gen__header_only.pdf": "without readable pages",
    "gen__html_named.pdf": "is HTML",
    "gen__truncated_half.pdf": "without readable pages",
    "pdfjs__GHOSTSCRIPT-698804-1-fuzzed.pdf": "without readable pages",
    "pdfjs__issue9105_other.pdf": "without readable pages",
    "pdfjs__issue9418.pdf": "without readable pages",
    "pdfjs__poppler-395-0-fuzzed.pdf": "without readable pages",
    "pdfjs__poppler-742-0-fuzzed.pdf": "without readable pages",
    "qpdf__append-xref-loop.pdf": "without readable pages",
    "qpdf__bad11.pdf": "without readable pages",
    "qpdf__empty.pdf": "without readable pages",
    "qpdf__fuzz-16214.pdf": "without readable pages",  # nothing of it but a few objects, the first of them in the head
    "qpdf__issue-146.pdf": "without readable pages",
    "qpdf__many-nulls.pdf": "without readable pages",
}
BROKEN_PAGES = {"pdfjs__Pages-tree-refs.pdf": [2]}
SLOW = {"ocrmypdf__hugemono.pdf"}  # seconds; the memory test rasterises it

pytestmark = pytest.mark.skipif(not NASTY.is_dir(), reason="the documents are not there")


def source(name, *passwords):
    return Source(NASTY / name, name, passwords)


def broken_pages(document, numbers):
    """Which of the pages cannot be read; all others have pixels and a size."""
    broken = []
    for number in numbers:
        try:
            page = document.page(number, dpi=72)
        except PageError:
            broken.append(number)
        else:
            assert page.pixels.size > 0 and page.width > 0 and page.height > 0
    return broken


def test_the_table_names_every_file():
    assert sorted(path.name for path in NASTY.iterdir()) == sorted([*OPENS, *LOCKED, *REFUSED])


@pytest.mark.parametrize(("name", "pages"), OPENS.items())
def test_opens(name, pages):
    with Document(source(name)) as document:
        assert document.page_count == pages
        if name not in SLOW:
            assert broken_pages(document, range(1, min(3, pages) + 1)) == BROKEN_PAGES.get(name, [])


@pytest.mark.parametrize(("name", "password", "pages"), [(name, *rest) for name, rest in LOCKED.items()])
def test_encrypted(name, password, pages):
    with pytest.raises(PasswordError, match="give its password with --password"):
        Document(source(name))
    with pytest.raises(PasswordError, match="no given password opens it"):
        Document(source(name, "wrong"))
    with Document(source(name, "wrong", password)) as document:
        assert document.page_count == pages
        assert broken_pages(document, [1]) == []


@pytest.mark.parametrize(("name", "said"), REFUSED.items())
def test_refused(name, said):
    with pytest.raises(InputError, match=said) as caught:
        Document(source(name))
    assert not isinstance(caught.value, PasswordError) and "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["gen__page_14400x14400.pdf", "ocrmypdf__hugemono.pdf", "gen__1500_pages.pdf"])
def test_memory_stays_below_two_gigabytes(name):
    pytest.importorskip("resource")
    program = (
        "import resource, sys; from pathlib import Path; from pipeline.documents.document import Document\n"
        "from pipeline.transcript import Source\n"
        "with Document(Source(Path(sys.argv[1]), 'a')) as document:\n"
        "    pixels = sum(document.page(n).pixels.size // 3 for n in range(1, document.page_count + 1))\n"
        "print(pixels, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(NASTY / name)], capture_output=True, check=True)
    pixels, peak = map(int, done.stdout.split())
    assert pixels > 40_000_000
    assert peak / (2**10 if sys.platform == "linux" else 2**20) < 2048
    assert done.stderr == b""
