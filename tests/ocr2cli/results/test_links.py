"""What a PDF states, its links and outline, in the files that are written of it, whichever reader read its pages."""

import json
import os
from pathlib import Path

import pymupdf
import pytest

from ocr2cli.batch.convert import convert
from ocr2cli.options import Extras, Format, Options
from ocr2cli.results.facts import facts
from ocr2cli.results.rerender import rerender
from pipeline.errors import ExitCode
from pipeline.reader_options import ReaderOptions
from pipeline.transcript import Source

ONE, TWO, OFFICE = "https://example.org/one", "https://example.org/two", "https://example.org/office"
MARKDOWN = """\
# Links of all kinds

See [here](https://example.org/one) for the first and [here](https://example.org/two) for the second, or write to \
[the clerk](mailto:clerk@example.org).

[A whole line that leads away](https://example.org/a_%28b%29?x=1&y=2)

The text of this paragraph is long enough that its link goes over \
[the harbour office door](https://example.org/office) and ends in the second line of it, behind a [bracket] or two.

Nobody should click on this script or open that file.

More of this is said in the [chapter on nets](#nets-and-boats) below.

## Nets and boats

Nets are dried on the wall behind the old mill, where the wind comes down.
"""


@pytest.fixture(params=[0, 90])
def paper(tmp_path, request):
    """Links on a whole line, on parts of one, over two lines, to another page, and such as run something."""
    lines = {
        80: ("Links of all kinds", 20),
        120: ("See here for the first and here for the second, or write to the clerk.", 11),
        160: ("A whole line that leads away", 11),
        200: ("The text of this paragraph is long enough that its link goes over the harbour", 11),
        214: ("office door and ends in the second line of it, behind a [bracket] or two.", 11),
        260: ("Nobody should click on this script or open that file.", 11),
        300: ("More of this is said in the chapter on nets below.", 11),
    }  # fmt: skip
    targets = {
        "here": (ONE, TWO), "the clerk": ("mailto:clerk@example.org",), "the harbour": (OFFICE,),
        "office door": (OFFICE,), "A whole line that leads away": ("https://example.org/a_(b)?x=1&y=2",),
        "this script": ("javascript:alert(1)",), "that file": ("file:///etc/passwd",),
    }  # fmt: skip
    path = tmp_path / "paper.pdf"
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        for y, (text, size) in lines.items():
            page.insert_text((72, y), text, fontsize=size)
        for words, addresses in targets.items():
            for place, uri in zip(page.search_for(words), addresses, strict=True):
                page.insert_link({"kind": pymupdf.LINK_URI, "from": place, "uri": uri})
        other = pdf.new_page()
        other.insert_text((72, 100), "Nets and boats", fontsize=16)
        other.insert_text((72, 140), "Nets are dried on the wall behind the old mill, where the wind comes down.")
        place = pdf[0].search_for("chapter on nets")[0]
        to = pymupdf.Point(72, 80)
        pdf[0].insert_link({"kind": pymupdf.LINK_GOTO, "from": place, "page": 1, "to": to})
        pdf[0].set_rotation(request.param)
        pdf.save(path)
    return path


def run(paper, tmp_path, *forms):
    extras = Extras(frozenset({Format.MD, *forms}))
    return convert([str(paper)], Options(output=tmp_path / "out", reading=ReaderOptions("text-layer"), extras=extras))


def test_the_text_layer_s_pages(paper, tmp_path):
    assert run(paper, tmp_path, Format.JSON, Format.HTML) is ExitCode.DONE
    assert (tmp_path / "out/paper.md").read_text() == MARKDOWN
    blocks = json.loads((tmp_path / "out/paper/blocks.json").read_text())["pages"][0]["blocks"]
    assert blocks[1]["links"][0] == {"text": "here", "target": ONE}
    assert {link["target"].partition(":")[0] for block in blocks for link in block["links"]} == {
        "https", "mailto", "#nets-and-boats",
    }  # fmt: skip
    page = (tmp_path / "out/paper/document.html").read_text()
    assert f'<a href="{TWO}" rel="noreferrer">here</a>' in page
    assert '<a href="#nets-and-boats" rel="noreferrer">chapter on nets</a>' in page
    assert '<h2 id="nets-and-boats">' in page
    assert "javascript" not in page


def test_pages_that_a_network_read_have_them_too(paper, tmp_path):
    run(paper, tmp_path)
    log = tmp_path / "out/paper/transcript.jsonl"
    first, second = map(json.loads, log.read_text().splitlines())
    text = "<|ref|>text<|/ref|><|det|>[[0, 0, 999, 999]]<|/det|>\n"
    text += "Writc to thc clerk. See here for the\nfirst one or herc for"
    first |= {"text": text, "reader": "nano"}
    log.write_text("".join(json.dumps(row) + "\n" for row in (first, second)))
    rerender(log.parent, None, Options())
    assert f"See [here]({ONE}) for the\nfirst" in (tmp_path / "out/paper.md").read_text()


def test_an_image_or_a_file_that_is_gone_has_none(tmp_path, examples):
    assert facts(None, [1]) == facts(Source(tmp_path / "gone.pdf", "gone.pdf"), [1])
    assert facts(Source(tmp_path / "gone.pdf", "gone.pdf"), [1]).facts.links == ()


def test_a_pipe_has_the_links_to_elsewhere(paper, ocr2):
    done = ocr2("convert", paper, "-o", "-", "--model", "text-layer")
    assert f"See [here]({ONE}) for the first and [here]({TWO})" in done.stdout
    assert "chapter on nets below" in done.stdout


def test_the_harbour_page(tmp_path):
    shared = Path(os.environ.get("OCR2_SHARED", Path(__file__).parents[4] / "shared"))
    case = shared / "cases/public/22-hyperlinks"
    if not case.is_dir():
        pytest.skip("the shared cases are not here")
    run(case / "input.pdf", tmp_path)
    assert (tmp_path / "out/input.md").read_text() == (case / "expected.md").read_text()


@pytest.fixture
def book(tmp_path):
    """Three headings of one size, of which the outline says that two belong to the first."""
    path = tmp_path / "book.pdf"
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        page.insert_text((72, 80), "A book of boats", fontsize=24)
        for i, title in enumerate(("Hulls", "Wooden hulls", "Steel hulls")):
            page.insert_text((72, 140 + 90 * i), title, fontsize=15)
            page.insert_text(
                (72, 165 + 90 * i), f"What is said of {title.lower()} is said in this one line.", fontsize=11
            )
        pdf.set_toc([[1, "Hulls", 1], [2, "Wooden hulls", 1], [2, "Steel hulls", 1]])
        pdf.set_metadata({"title": "book.indd", "author": 'A. "Bo" Author', "creationDate": "D:20240203"})
        pdf.save(path)
    return path


def headings(text):
    return [line for line in text.splitlines() if line.startswith("#")]


def test_bookmarks_decide_the_levels_of_headings(book, tmp_path, ocr2):
    run(book, tmp_path)
    expected = ["# A book of boats", "## Hulls", "### Wooden hulls", "### Steel hulls"]
    assert headings((tmp_path / "out/book.md").read_text()) == expected
    assert headings(ocr2("convert", book, "-o", "-", "--model", "text-layer").stdout) == expected


def test_front_matter(book, ocr2):
    done = ocr2("convert", book, "-o", "-", "--model", "text-layer", "--front-matter")
    assert done.stdout.startswith(
        '---\ntitle: "A book of boats"\nauthor: "A. \\"Bo\\" Author"\ndate: "2024-02-03"\npages: 1\n---\n\n# A book'
    )
    assert "not in the" not in done.stderr
