"""Documents to files: what is linked exists, nothing hostile gets through, and a reader sees what was meant."""

import json
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html as lxml_html
from markdown_check import problems
from PIL import Image

from output.compare import repeats
from output.formats.html_format import document_html
from output.formats.json_format import document_json
from output.formats.markdown import parts
from output.grounding.blocks import Block, Box, Document, PageBlocks
from output.grounding.parser import parse
from output.options import MathStyle, RenderOptions, Running, TableStyle
from output.render import CropError, OutputError, assemble, document_markdown, page_markdown, render, survey

FRAGMENTS = [
    *(
        "<script>",
        "</script>",
        "<table><tr>",
        "<td>",
        "</table>",
        "<td colspan=9>",
        "<!--",
        "-->",
        "&lt;",
        "<sup>",
        "</sup>",
    ),
    *(
        "[x](javascript:alert(1))",
        "![x](http://y)",
        "[1]: x",
        "<|ref|>",
        "<|end|>",
        "<｜end｜>",
        "<image>",
        "<br>",
        "---",
    ),
    *(
        "\\(",
        "\\)",
        "\\[",
        "\\]",
        "$",
        "$$",
        "```",
        "`",
        "# ",
        "- ",
        "1. ",
        "**",
        "_",
        "|",
        "a- b",
        "\\",
        "    ",
        "word ",
    ),
    *("\n", "\n\n", "1 ", "\n1 ", "word1", "<sup>1</sup>", "†", "\\(^{1}\\)", "... 7", "• "),
    *("goes on for long enough to be joined with what ", "<table><tr><td>a</td><td>b</td></tr></table>", "(see"),
]
TEXTS = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=4), max_size=15).map("".join)
LABELS = st.sampled_from(
    ["", "title", "sub_title", "text", "list", "table", "table_caption", "image", "image_caption", "formula", "code",
     "header", "footnote", "unheard_of"]
)  # fmt: skip
PLACES = st.sampled_from(["[[1, 2, 30, 40]]", "[[80, 20, 900, 100]]", "[[80, 500, 900, 950]]", "[[500, 20, 900, 100]]"])
OPTIONS = st.builds(
    RenderOptions,
    math=st.sampled_from(MathStyle),
    tables=st.sampled_from(TableStyle),
    page_separator=st.booleans(),
    headers=st.sampled_from(Running),
)


@st.composite
def documents(draw):
    """Blocks as the parser leaves them, with anything in them."""
    pages = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        texts = draw(st.lists(st.tuples(LABELS, PLACES, TEXTS), max_size=5))
        grounded = "".join(f"<|ref|>{label}<|/ref|><|det|>{at}<|/det|>\n{text}\n" for label, at, text in texts)
        failure = draw(st.none() | TEXTS.map(lambda s: parse(s)[0].text if parse(s) else "x"))
        pages.append(PageBlocks(number, 595.0, 842.0, parse(grounded), failure))
    return Document("sample", tuple(pages))


def page(text, number=1, failure=None):
    return PageBlocks(number, 595.0, 842.0, parse(text), failure)


def picture(label="image", box="[[100, 100, 500, 500]]"):
    return f"<|ref|>{label}<|/ref|><|det|>{box}<|/det|>\n"


def raster(number, dpi, where):
    shape = (round((where.bottom - where.top) * dpi / 72), round((where.right - where.left) * dpi / 72), 3)
    pixels = np.full(shape, int(7 * where.left + 13 * where.top) % 200 + 50, np.uint8)  # each place has another colour
    pixels[0, 0] = number
    return pixels


def without_code(tokens):
    return "".join(t.content for t in tokens if t.type not in ("fence", "code_block"))


NOTE = (Block("text", (Box(1, 2, 30, 40),), "word1"), Block("footnote", (Box(1, 2, 30, 40),), "1 <script>"))
ONE_WORD_NOTE = Document("sample", (PageBlocks(1, 595.0, 842.0, NOTE),))


@given(documents(), OPTIONS)
@example(ONE_WORD_NOTE, RenderOptions())
def test_nothing_hostile_gets_through(reader, document, options):
    text = document_markdown(document, options)
    assert problems(text) == []
    tokens = reader.parse(text)
    for token in tokens:
        assert token.type != "code_block"
        if token.type == "html_block":
            assert re.match(r"<!-- |<table>\n", token.content)
            assert {e.tag for e in lxml_html.fragment_fromstring(token.content, create_parent="div").iter()} <= {
                *("div", "table", "tr", "td", "th", "caption", "br", "sub", "sup", "b", "i", lxml_html.etree.Comment)
            }
        for child in token.children or ():
            assert child.type not in ("link_open", "image")
            if child.type == "html_inline":  # an empty comment keeps a note of one word from defining a link
                assert re.fullmatch(r"</?(?:su[bp]|b|i)>|<br>|<!-- -->", child.content)
    assert "<script" not in without_code(tokens)


@given(documents(), OPTIONS)
def test_pages_as_a_stream_are_the_pages_of_the_whole(document, options):
    options = replace(options, page_separator=True)
    facts = survey(document.pages)
    shown = [page_markdown(p, options, facts) for p in document.pages]
    whole = document_markdown(document, options)
    assert [s for s in shown if s and s not in whole] == []


def test_files_and_links(tmp_path, reader):
    target = tmp_path / "out" / "a (1) é#.md"
    pages = (page("x", 1), page(picture() + picture(box="[[1, 2, 30, 40], [50, 60, 70, 80]]"), 12))
    done = render(Document("a", pages), target, RenderOptions(), raster)
    folder = tmp_path / "out" / "a (1) é#"
    assert done.files == (target, *(folder / f"p012-{n}.png" for n in (1, 2, 3)))
    assert done.failures == ()
    assert sorted(p for p in (tmp_path / "out").rglob("*") if p.is_file()) == sorted(done.files)
    assert [target.parent / link for link in links(target, reader)] == list(done.files[1:])
    with Image.open(done.files[1]) as crop:
        assert crop.size == (663, 937)  # 400/999 of the page at 200 dpi, rounded outward
        assert crop.getpixel((0, 0)) == (12, 12, 12)


def links(target: Path, reader):
    tokens = reader.parse(target.read_text(encoding="utf-8"))
    images = [c for t in tokens for c in t.children or () if c.type == "image"]
    return [unquote(image.attrs["src"]) for image in images]


def test_a_crop_that_fails_is_not_linked_and_keeps_its_number(tmp_path, reader):
    def fails_first(number, dpi, where):
        if where.left < 10:
            raise CropError("the page is broken")
        return raster(number, dpi, where)

    target = tmp_path / "a.md"
    document = Document("a", (page(picture(box="[[0, 0, 99, 99], [105, 5, 105, 5], [100, 100, 500, 500]]"), 3),))
    done = render(document, target, raster=fails_first)
    assert [p.name for p in done.files] == ["a.md", "p003-3.png"]
    assert done.failures == (
        "page 3: p003-1.png could not be cut: the page is broken",
        "page 3: p003-2.png could not be cut: the box is empty",
    )
    assert links(target, reader) == ["a/p003-3.png"]


def test_without_a_raster_there_are_no_pictures_and_no_folder(tmp_path, reader):
    done = render(Document("a", (page(picture()),)), tmp_path / "a.md")
    assert done.files == (tmp_path / "a.md",)
    assert [p.name for p in tmp_path.iterdir()] == ["a.md"]
    assert links(tmp_path / "a.md", reader) == []


def test_half_a_markdown_would_lie_in_the_documents_own_folder(tmp_path, monkeypatch):
    """Of a process that is killed: there the next run knows that nobody else is writing it."""
    (tmp_path / "a").mkdir()
    moved, replace = [], Path.replace
    monkeypatch.setattr(Path, "replace", lambda half, path: moved.append(half.parent) or replace(half, path))
    render(Document("a", (page("text"),)), tmp_path / "a.md")
    assert moved == [tmp_path / "a"]


def test_without_a_raster_pictures_that_are_there_stay_and_are_linked(tmp_path, reader):
    target = tmp_path / "a.md"
    document = Document("a", (page(picture() + picture(box="[[5, 5, 99, 99]]")),))
    render(document, target, raster=raster)
    (tmp_path / "a" / "p001-2.png").unlink()
    (tmp_path / "a" / "p009-1.png").write_text("of a page that is not asked for now")
    assert render(document, target).files == (target,)
    assert links(target, reader) == ["a/p001-1.png"]
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == ["p001-1.png", "p009-1.png"]


def test_pictures_of_an_earlier_run_go_and_other_files_stay(tmp_path):
    target = tmp_path / "a.md"
    render(Document("a", (page(picture() + picture(box="[[5, 5, 99, 99]]")),)), target, raster=raster)
    (tmp_path / "a" / "transcript.jsonl").write_text("x")
    render(Document("a", (page(picture()),)), target, raster=raster)
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == ["p001-1.png", "transcript.jsonl"]


def test_the_same_document_gives_the_same_bytes(tmp_path):
    document = Document("a", (page(picture()),))
    once, again = (render(document, tmp_path / name / "a.md", raster=raster).files for name in "xy")
    assert [p.read_bytes() for p in once] == [p.read_bytes() for p in again]


def test_what_cannot_be_written_is_an_output_error(tmp_path):
    (tmp_path / "a").write_text("in the way")
    with pytest.raises(OutputError, match="cannot write"):
        render(Document("a", (page(picture()),)), tmp_path / "a.md", raster=raster)
    assert not (tmp_path / "a.md").exists()


def test_failed_pages_are_marked_in_their_place():
    pages = (page("one", 1), page("", 2, "the decoder\nlooped <b>"), page("three", 3, "cut off"))
    assert document_markdown(Document("a", pages)) == (
        "one\n\n> **Page 2 could not be read:** the decoder looped &lt;b>\n\n"
        "three\n\n> **Page 3 is incomplete:** cut off\n"
    )


def test_what_was_not_read_with_certainty_is_told_before_it_is_shown():
    """Nothing is read on into such a page, nor out of it."""
    unsure = replace(page("and it goes on", 2, "the model was not sure"), finish="unsure")
    text = document_markdown(Document("a", (page("A sentence without an end", 1), unsure, page("three", 3))))
    assert text == (
        "A sentence without an end\n\n> **Page 2 was not read with certainty:** the model was not sure\n\n"
        "and it goes on\n\nthree\n"
    )


def test_an_empty_document_is_empty_text():
    assert document_markdown(Document("a", ())) == ""
    assert document_markdown(Document("a", (page(""),))) == ""


def test_many_blocks_of_every_kind_are_no_trouble():
    blocks = tuple(Block(label, (Box(1, 1, 2, 2),), "x") for label in ("image_caption", "image", "text") * 2000)
    assert document_markdown(Document("a", (PageBlocks(1, 1, 1, blocks),))).count("x") == 6000


def test_the_resolution_of_figures_has_a_floor():
    with pytest.raises(ValueError, match="200"):
        RenderOptions(figure_dpi=72)


@pytest.mark.parametrize("name", ["simple", "example", "title"])
def test_real_samples_read_as_meant(samples, reader, name):
    grounded = (samples / f"{name}.mmd").read_text(encoding="utf-8")
    text = document_markdown(Document(name, (page(grounded),)), links={"p001-1.png": "title/p001-1.png"})
    tokens = reader.parse(text)
    headings = [(t.tag, tokens[i + 1].content) for i, t in enumerate(tokens) if t.type == "heading_open"]
    html = [t.content.split("\n")[0] for t in tokens if t.type == "html_block"]
    expected = {
        "simple": ([("h3", "5.1 Hyper Parameter Optimization"), ("h3", "5.2 Quantitative Results")], []),
        "example": ([("h3", "5.1 Hyper Parameter Optimization"), ("h3", "5.2 Quantitative Results")], ["<table>"]),
        "title": (
            [("h1", "DocLayNet: A Large Human-Annotated Dataset for Document-Layout Analysis"), ("h2", "ABSTRACT"),
             ("h2", "CCS CONCEPTS"), ("h2", "KEYWORDS"), ("h3", "ACM Reference Format:")], []
        ),
    }[name]  # fmt: skip
    assert (headings, html) == expected
    assert not re.search(r"\w- \w|\\[()]|  |&lt;|center", text.replace("double- and", "double and"))
    assert sum(t.type == "list_item_open" for t in tokens) == (3 if name == "title" else 0)


MARKS = st.sampled_from(
    ["- ", "* ", "• ", "1. ", "2. ", "(a) ", "[1] ", "# ", "5.1 ", "\n", "\n\n", "  - ", "a- b ", "**", "_"]
)
PLAIN = st.lists(MARKS | st.text(alphabet="abc12 .,-*#_()[]~\n", max_size=8), max_size=12).map("".join)


@given(st.sampled_from(["", "title", "sub_title", "text", "list", "footnote", "unheard_of"]), PLAIN)
def test_every_letter_of_text_reaches_the_file(label, text):
    shown = document_markdown(Document("a", (PageBlocks(1, 1, 1, (Block(label, (), text),)),)))
    assert [c for c in shown if c.isalnum()] == [c for c in text if c.isalnum()]


BLOCKS = st.tuples(st.sampled_from(["title", "sub_title", "text", "text", "list", "footnote"]), PLACES, PLAIN)


@given(st.lists(st.lists(BLOCKS, max_size=4), min_size=2, max_size=4))
def test_every_letter_of_a_document_reaches_the_file(pages):
    text = [[f"<|ref|>{label}<|/ref|><|det|>{at}<|/det|>\n{text}\n" for label, at, text in page] for page in pages]
    blocks = tuple(PageBlocks(n, 600.0, 800.0, parse("".join(page))) for n, page in enumerate(text, 1))
    shown = document_markdown(Document("a", blocks), RenderOptions(headers=Running.KEEP))
    written = "".join(block.text for page in blocks for block in page.blocks)
    assert sorted(filter(str.isalpha, shown)) == sorted(filter(str.isalpha, written))


EDGES = st.sampled_from(["Journal of Tests", "Journal of Tests 1", "Journal of Tests 2", "Page 1", "2", "Part II", "x"])
EDGE_BLOCKS = st.tuples(st.sampled_from(["header", "footer", "page_number", "text"]), PLACES, EDGES)
ROW = st.sampled_from(["<th>A</th><th>B</th>", "<td>A</td><td>B</td>", "<td>cat</td><td>7</td>", "<td>dog</td>"])
ROWS = st.lists(ROW.map("<tr>{}</tr>".format), max_size=4)
TABLES = st.tuples(
    st.just("table"),
    st.sampled_from(["[[80, 600, 900, 950]]", "[[80, 20, 900, 500]]"]),
    ROWS.map(lambda rows: f"<table>{''.join(rows)}</table>"),
)


@given(st.lists(st.lists(BLOCKS | EDGE_BLOCKS | TABLES, max_size=4), min_size=2, max_size=4))
def test_every_letter_reaches_the_file_or_is_named_as_dropped(pages):
    text = [[f"<|ref|>{label}<|/ref|><|det|>{at}<|/det|>\n{text}\n" for label, at, text in page] for page in pages]
    apart = [repeats.apart(parse("".join(page))) for page in text]
    blocks = tuple(PageBlocks(n, 600.0, 800.0, kept, repeated=more) for n, (kept, more) in enumerate(apart, 1))
    assembly = assemble(Document("a", blocks))
    shown = "".join(parts(assembly)) + "".join(dropped.text for dropped in assembly.dropped)
    written = "".join(block.text for page in apart for blocks in page for block in blocks)
    letters = [sorted(filter(str.isalpha, re.sub(r"</?t(?:able|[rhd])>", "", text))) for text in (shown, written)]
    assert letters[0] == letters[1]


def test_the_words_in_a_picture_are_kept_out_of_sight(tmp_path):
    label = "Depth <m>\n0 10 20\n" + "far -- away " * 12
    caption = "<|ref|>image_caption<|/ref|><|det|>[[100, 510, 500, 530]]<|/det|>\nFigure 1. The pit.\n"
    own = replace(page(picture() + caption + picture(box="[[100, 600, 500, 900]]") + label), reader="text-layer")
    links = {"p001-1.png": "a/p001-1.png", "p001-2.png": "a/p001-2.png"}
    plain = "far - - away " * 12
    assert document_markdown(Document("a", (own,)), links=links) == (
        "![Figure 1. The pit.](a/p001-1.png)\n\nFigure 1. The pit.\n\n"
        "![Depth &lt;m>; 0 10 20; " + "far -- away " * 8 + "far …](a/p001-2.png)\n\n"
        f"<!-- picture: Depth &lt;m>; 0 10 20; {plain.strip()} -->\n"
    )
    shown = document_html(assemble(Document("a", (own,))))
    assert f"<summary>Text in the picture</summary>Depth &lt;m&gt;; 0 10 20; {plain.strip()}</details>" in shown
    assert json.loads(document_json(assemble(Document("a", (own,)))))["pages"][0]["blocks"][2]["text"] == label.strip()


def test_what_a_network_writes_under_a_picture_is_text():
    assert document_markdown(Document("a", (page(picture() + "Read on."),))) == "<!-- figure p001-1 -->\n\nRead on.\n"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("```python\nx = 1\n```", "```python\nx = 1\n```\n"),
        ("~~~\nx = 1\n~~~", "```\nx = 1\n```\n"),
        ("```python\nx = 1", "````\n```python\nx = 1\n````\n"),
        ("x = 1", "```\nx = 1\n```\n"),
    ],
)
def test_a_fence_that_the_model_has_put_around_code_is_not_doubled(text, written):
    code = Block("code", (Box(100, 100, 900, 300),), text)
    assert document_markdown(Document("a", (PageBlocks(1, 600, 800, (code,)),))) == written
