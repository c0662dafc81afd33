"""blocks.json: exact content, and every document fits the published schema."""

import json

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from output.document.joining.assemble import assemble
from output.formats.json_format import document_json, schema
from output.grounding.blocks import Agreement, Block, Box, Document, PageBlocks
from output.grounding.parser import parse

VALIDATOR = jsonschema.Draft202012Validator(json.loads(schema()))


def test_one_page():
    blocks = (Block("title", (Box(100, 50, 899, 99),), "# A"), Block("image", (Box(0, 0, 999, 500),), ""))
    page = PageBlocks(3, 999.0, 1998.0, blocks, reader="nano", finish="stop", confidence=0.91234567)
    assert json.loads(document_json(assemble(Document("a.pdf", (page,))), {"p003-1.png": "p001-2.jpg"})) == {
        "format": "ocr2-blocks",
        "version": 2,
        "name": "a.pdf",
        "pages": [
            {
                "number": 3, "width": 999.0, "height": 1998.0, "source": "model", "reader": "nano", "finish": "stop",
                "confidence": 0.9123, "turned": 0, "failure": None, "agreement": None, "ledger": None,
                "blocks": [
                    {
                        "order": 1, "label": "title", "role": "title", "level": 1, "running": None,
                        "caption_of": [], "footnotes": [], "text": "# A", "crops": [],
                        "boxes": [{"grid": [100, 50, 899, 99], "points": [100.0, 100.0, 899.0, 198.0]}],
                    },
                    {
                        "order": 2, "label": "image", "role": "figure", "level": None, "running": None,
                        "caption_of": [], "footnotes": [], "text": "", "crops": ["p001-2.jpg"],
                        "boxes": [{"grid": [0, 0, 999, 500], "points": [0.0, 0.0, 999.0, 1000.0]}],
                    },
                ],
            }
        ],
    }  # fmt: skip


def test_a_picture_that_was_not_cut_is_not_named():
    page = PageBlocks(1, 600, 800, (Block("image", (Box(0, 0, 9, 9),), ""),))
    assert json.loads(document_json(assemble(Document("a", (page,)))))["pages"][0]["blocks"][0]["crops"] == []


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
