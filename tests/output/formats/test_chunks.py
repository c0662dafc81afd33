"""chunks.jsonl: nothing is lost, nothing is cut that must stay whole, and every line fits the published schema."""

import json
import re

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from output.document.joining.assemble import assemble
from output.formats.chunks.jsonl import chunks, document_chunks, schema
from output.formats.chunks.size import estimate
from output.grounding.blocks import Block, Box, Document, PageBlocks
from output.options import ChunkOptions

VALIDATOR = jsonschema.Draft202012Validator(json.loads(schema()))
BOX = (Box(100, 100, 900, 200),)
TABLE = "<table><tr><th>Boat</th><th>Catch</th></tr><tr><td>Anna</td><td>12</td></tr></table>"


def cut(*pages, size=512, overlap=0, pictures=None, **facts):
    """Chunks of pages, each a list of (label, text)."""
    made = (PageBlocks(n, 600, 800, tuple(blocks(page)), **facts) for n, page in enumerate(pages, 1))
    return list(chunks(assemble(Document("a.pdf", tuple(made))), ChunkOptions(size, overlap), pictures))


def blocks(page):
    """One below the other."""
    for i, (label, text) in enumerate(page):
        yield Block(label, (Box(100, 90 * i, 900, 90 * i + 80),), text)


def test_a_line():
    page = PageBlocks(2, 999, 1998, (Block("title", (Box(1, 2, 3, 4),), "# A"), Block("text", (), "Some text.")), None)
    document = Document("a.pdf", (page,))
    (line,) = document_chunks(assemble(document))
    assert json.loads(line) == {
        "id": "a.pdf#1", "document": "a.pdf", "order": 1, "text": "# A\n\nSome text.", "headings": ["A"],
        "kind": "text", "tokens": 5, "overlap": 0, "pages": [2],
        "blocks": [
            {"page": 2, "block": 1, "role": "title",
             "boxes": [{"grid": [1, 2, 3, 4], "points": [1.0, 4.0, 3.0, 8.0]}]},
            {"page": 2, "block": 2, "role": "text", "boxes": []},
        ],
        "confidence": None, "crops": [],
    }  # fmt: skip


def test_headings_begin_chunks_and_tell_where_they_stand():
    found = cut(
        [("title", "# Sea"), ("text", "First."), ("sub_title", "## 1 Boats"), ("sub_title", "## 1.1 *Small* ones"),
         ("text", "Second."), ("sub_title", "## 2 Nets"), ("text", "Third.")]
    )  # fmt: skip
    assert [(chunk.headings, chunk.text) for chunk in found] == [
        (("Sea",), "# Sea\n\nFirst."),
        (("Sea", "1 Boats", "1.1 *Small* ones"), "## 1 Boats\n\n### 1.1 \\*Small\\* ones\n\nSecond."),
        (("Sea", "2 Nets"), "## 2 Nets\n\nThird."),
    ]


def test_sentences_are_repeated_up_to_the_overlap():
    sentences = [f"Boat {n} came in late and went out again." for n in range(10, 20)]
    each = estimate(sentences[0])
    found = cut([("text", " ".join(sentences))], size=4 * each, overlap=2 * each)
    assert [chunk.text for chunk in found] == [" ".join(sentences[at : at + 4]) for at in (0, 2, 4, 6)]
    assert [chunk.text[: chunk.overlap] for chunk in found[1:]] == [
        " ".join(sentences[at : at + 2]) for at in (2, 4, 6)
    ]
    assert found[0].overlap == 0


def test_a_table_stays_whole_with_its_caption_however_large():
    rows = "".join(f"<tr><td>Boat {n}</td><td>{n}</td></tr>" for n in range(200))
    found = cut([("text", "Before."), ("table_caption", "Table 1: Boats."), ("table", f"<table>{rows}</table>"),
                 ("text", "Behind.")], size=64)  # fmt: skip
    assert [chunk.kind for chunk in found] == ["text", "table", "text"]
    assert found[1].text.startswith("Table 1: Boats.\n\n<table>\n<tr><td>Boat 0")
    assert found[1].text.endswith("<tr><td>Boat 199</td><td>199</td></tr>\n</table>")
    assert found[1].tokens > 64
    assert [block["role"] for block in found[1].blocks] == ["caption", "table"]


def test_pages_boxes_and_confidence_of_what_was_joined():
    first, middle = "The old boat that came home with the tide", "goes out again in the morning and then"
    found = cut([("text", first)], [("text", middle)], [("text", "it rests.")], confidence=0.87654)
    (chunk,) = found
    assert chunk.text == f"{first} {middle} it rests."
    assert (chunk.pages, chunk.confidence) == ((1, 2, 3), 0.8765)
    assert [block["page"] for block in chunk.blocks] == [1, 2, 3]


def test_the_least_sure_block_tells_how_sure_a_chunk_is():
    blocks = tuple(
        Block("text", (Box(0, 100 * i, 999, 100 * i + 50),), f"Words {i}.", confidence=c)
        for i, c in ((1, 0.9), (2, 0.4))
    )
    page = PageBlocks(1, 600.0, 800.0, blocks, confidence=0.7)
    assert next(chunks(assemble(Document("a", (page,))))).confidence == 0.4


def test_a_picture_is_its_words_and_its_crop():
    page = PageBlocks(1, 600, 800, (Block("image", BOX, "", inside=("Harbour", "1:500")), Block("text", BOX, "Text.")))
    names = {"p001-1.png": "p001-1.jpg"}
    (chunk,) = chunks(assemble(Document("a", (page,))), pictures=names)
    assert (chunk.text, chunk.kind, chunk.crops) == ("Harbour; 1:500\n\nText.", "mixed", ("p001-1.jpg",))
    bare = PageBlocks(3, 600, 800, (Block("image", BOX, ""),))
    (chunk,) = chunks(assemble(Document("a", (bare,))), pictures={})
    assert (chunk.text, chunk.kind, chunk.crops) == ("Figure on page 3", "figure", ())


def test_formulas_and_code_spans_are_not_cut():
    formula = r"\(a_1 + b_2 + c_3 + d_4 + e_5 + f_6 + g_7 + h_8\)"
    text = " ".join(["word"] * 28) + " " + formula + " " + " ".join(["word"] * 28)
    found = cut([("text", text)], size=64)
    assert [chunk.text.count("$") for chunk in found] in ([0, 2], [2, 0], [0, 2, 0])


@pytest.mark.parametrize(("size", "overlap"), [(31, 0), (32769, 0), (64, 33), (64, -1)])
def test_sizes_that_cannot_be(size, overlap):
    with pytest.raises(ValueError, match="must be within"):
        ChunkOptions(size, overlap)


def test_the_estimate_adds_up():
    assert estimate("") == 0
    assert estimate("The harbourmaster counts 1234567 boats.") == 1 + 3 + 1 + 3 + 1 + 1
    assert estimate("港口 ledger") == 3


WORDS = st.text("abc.!?日本 \n-*_`$[](){}<>&|#1", min_size=1, max_size=12)
TEXTS = st.lists(WORDS, min_size=1, max_size=60).map(" ".join)
BLOCKS = st.tuples(st.sampled_from(["text", "list", "sub_title", "code", "", "footnote"]), TEXTS) | st.just(
    ("table", TABLE)
)


@given(st.lists(st.lists(BLOCKS, max_size=5), min_size=1, max_size=3), st.integers(32, 80), st.data())
def test_any_document(pages, size, data):
    """Every word in order, no chunk too large, the same each time, and each line fits the schema."""
    overlap = data.draw(st.integers(0, size // 2))
    found = cut(*pages, size=size, overlap=overlap)
    assert found == cut(*pages, size=size, overlap=overlap)
    assert [chunk.order for chunk in found] == list(range(1, len(found) + 1))
    assert "".join("".join(chunk.text[chunk.overlap :].split()) for chunk in found) == "".join(
        "".join(chunk.text.split()) for chunk in cut(*pages, size=32768)
    )
    for before, chunk in zip([None, *found], found, strict=False):
        repeated = chunk.text[: chunk.overlap]
        assert not repeated or before.text.endswith(repeated)
        assert estimate(repeated) <= overlap
        assert chunk.tokens == estimate(chunk.text)
        is_formula = bool(re.fullmatch(r"\$[^$]*\$", chunk.text))  # it may lie in a paragraph of two joined blocks
        assert chunk.tokens <= size or is_formula or len({block["block"] for block in chunk.blocks}) == 1
        VALIDATOR.validate(json.loads(json.dumps({"id": "a#1", "document": "a"} | vars(chunk))))
