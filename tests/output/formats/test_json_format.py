"""blocks.json: exact content, and every document fits the published schema."""

import json

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from output.document.joining.assemble import assemble
from output.formats.json_format import document_json, schema
from output.grounding.accounts import Agreement
from output.grounding.blocks import Block, Box, Document, PageBlocks, Unread
from output.grounding.parser import parse
from output.options import RenderOptions, Running

VALIDATOR = jsonschema.Draft202012Validator(json.loads(schema()))


def test_one_page():
    blocks = (Block("title", (Box(100, 50, 899, 99),), "# A"), Block("image", (Box(0, 0, 999, 500),), ""))
    page = PageBlocks(3, 999.0, 1998.0, blocks, reader="nano", finish="stop", confidence=0.91234567)
    assert json.loads(document_json(assemble(Document("a.pdf", (page,))), {"p003-1.png": "p001-2.jpg"})) == {
        "format": "ocr2-blocks",
        "version": 2,
        "name": "a.pdf",
        "attachments": [],
        "form": {},
        "pages": [
            {
                "number": 3, "width": 999.0, "height": 1998.0, "source": "model", "reader": "nano", "finish": "stop",
                "confidence": 0.9123, "doubtful": False, "turned": 0, "failure": None, "agreement": None,
                "ledger": None, "unread": [], "fields": [], "comments": [], "hidden": [], "omitted": [],
                "blocks": [
                    {
                        "order": 1, "label": "title", "role": "title", "level": 1, "running": None,
                        "caption_of": [], "footnotes": [], "text": "# A", "corrected": False, "links": [],
                        "confidence": None,
                        "emphasis": [], "crops": [], "alt": "", "anchor": "",
                        "boxes": [{"grid": [100, 50, 899, 99], "points": [100.0, 100.0, 899.0, 198.0]}],
                    },
                    {
                        "order": 2, "label": "image", "role": "figure", "level": None, "running": None,
                        "caption_of": [], "footnotes": [], "text": "", "corrected": False, "links": [],
                        "confidence": None, "emphasis": [],
                            "crops": ["p001-2.jpg"],
                            "alt": "", "anchor": "",
                        "boxes": [{"grid": [0, 0, 999, 500], "points": [0.0, 0.0, 999.0, 1000.0]}],
                    },
                ],
            }
        ],
    }  # fmt: skip


def test_a_picture_that_was_not_cut_is_not_named():
    page = PageBlocks(1, 600, 800, (Block("image", (Box(0, 0, 9, 9),), ""),))
    assert json.loads(document_json(assemble(Document("a", (page,)))))["pages"][0]["blocks"][0]["crops"] == []


def test_print_that_is_unread_is_placed():
    places = (Unread(Box(100, 900, 500, 950), 2), Unread(Box(0, 0, 999, 500), 7, within=True))
    document = json.loads(document_json(assemble(Document("a", (PageBlocks(1, 999, 1998, (), unread=places),)))))
    VALIDATOR.validate(document)
    assert document["pages"][0]["unread"] == [
        {"lines": 2, "within": False, "grid": [100, 900, 500, 950], "points": [100.0, 1800.0, 500.0, 1900.0]},
        {"lines": 7, "within": True, "grid": [0, 0, 999, 500], "points": [0.0, 0.0, 999.0, 1000.0]},
    ]


def test_what_the_markdown_leaves_out_is_named():
    def page(number, text):
        head = Block("text", (Box(100, 20, 900, 40),), f"Journal {number}")
        body = Block("text", (Box(100, 100, 900, 900),), text)
        again = (Block("text", (Box(100, 100, 900, 900),), text),)
        return PageBlocks(number, 600, 800, (head, body), repeated=again if number == 2 else ())

    document = Document("a", (page(1, "One."), page(2, "Two."), page(3, "Three.")))
    first, second, _ = json.loads(document_json(assemble(document)))["pages"]
    head = first["blocks"][0]
    assert (head["label"], head["role"], head["running"], head["text"]) == ("text", "running", "header", "Journal 1")
    assert first["omitted"] == []  # it is shown once
    assert second["omitted"] == [
        {"kind": "read_twice", "block": None, "text": "Two."}, {"kind": "running", "block": 1, "text": "Journal 2"},
    ]  # fmt: skip
    kept = json.loads(document_json(assemble(document, RenderOptions(headers=Running.KEEP))))["pages"][0]
    assert kept["omitted"] == []


def test_a_footnote_and_its_reference_have_one_number():
    blocks = (Block("text", (Box(1, 1, 9, 9),), "A word†."), Block("footnote", (Box(1, 20, 9, 29),), "† The note."))
    found = json.loads(document_json(assemble(Document("a", (PageBlocks(1, 600, 800, blocks),)))))["pages"][0]["blocks"]
    assert [(block["text"], block["footnotes"]) for block in found] == [("A word†.", [1]), ("† The note.", [1])]


def test_the_pdf_s_own_text_is_no_model():
    page = PageBlocks(1, 600, 800, (), reader="text-layer", agreement=Agreement(1, 0.5, 0.25, 0.123456))
    written = json.loads(document_json(assemble(Document("a", (page,)))))["pages"][0]
    assert written["source"] == "text-layer"
    assert written["agreement"]["word_precision"] == 0.1235
    assert written["blocks"] == []


def test_the_schema_refuses_what_it_does_not_name():
    assert not VALIDATOR.is_valid({"format": "ocr2-blocks", "version": 2, "name": "a", "pages": [], "more": 1})


@given(st.text(), st.floats(0, 5000), st.sampled_from(["", "stop", "loop"]), st.none() | st.floats(0, 1))
def test_every_document_fits_the_schema(text, side, finish, confidence):
    grounded = f"<|ref|>image<|/ref|><|det|>[[5, 2000, -7, 9]]<|/det|>{text}<|ref|>text<|/ref|>{text}"
    page = PageBlocks(1, side, side, parse(grounded), text or None, text, finish, confidence)
    VALIDATOR.validate(json.loads(document_json(assemble(Document(text, (page, page))), {"p001-1.png": "p001-1.png"})))
