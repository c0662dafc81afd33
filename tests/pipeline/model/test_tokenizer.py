"""The tokenizer adds nothing, keeps the grounding marks, and drops what is no text."""

from __future__ import annotations

import json

import pytest
import torch

from pipeline.errors import ModelError
from pipeline.model.checkpoints.config_reader import read_config
from pipeline.model.checkpoints.source import nano_folder
from pipeline.model.tokenizer import Tokenizer


@pytest.fixture
def tokenizer(tiny_checkpoint) -> Tokenizer:
    return Tokenizer.load(tiny_checkpoint, read_config(tiny_checkpoint))


@pytest.mark.parametrize(
    "text",
    [
        "<|ref|>title<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>\nGrüße, 世界 😀",
        "<table><tr><td>a</td></tr></table>",
        "",
        " a  b ",
    ],
)
def test_round_trip(tokenizer, text):
    assert tokenizer.decode(tokenizer.encode(text)) == text


BOXES = (
    "<|ref|>title<|/ref|><|det|>[[7, 54, 219, 999]]<|/det|>\nIn 1999, 54, 219 and 999 ships\n\n"
    "<|ref|>table<|/ref|><|det|>[[0, 10, 100, 998]]<|/det|>\n<table><tr><td>12, 34</td></tr></table>\n\n"
    "<|ref|>text<|/ref|><|det|>[[1, 2, 3]]<|/det|>\n"
)


def test_numbers_of_boxes_are_what_nano_writes():
    """One token each, where there is one; digits elsewhere. A draft in other tokens is lost at every block's head."""
    nano = Tokenizer.load(nano_folder(), read_config(nano_folder()))
    ids = nano.encode(BOXES)
    assert nano.decode(ids) == BOXES
    pieces = [nano.decode([token]) for token in ids]
    assert pieces[:9] == [
        "<|ref|>title<|/ref|><|det|>[[", "7", ", ", "54", ", ", "219", ", ", "999", "]]<|/det|>\n",
    ]  # fmt: skip
    assert "".join(pieces[9:30]).startswith("In 1999, 54") and "54" not in pieces[9:30]
    assert pieces.count("54") == 1 and pieces.count("100") == 1


def test_other_vocabularies_are_left_alone(tokenizer):
    assert tokenizer.encode(BOXES) == tokenizer._plain(BOXES)


def test_begin_end_padding_and_image_are_no_text(tokenizer):
    assert tokenizer.decode([0, 3, *tokenizer.encode("a"), 2, 1]) == "a"


def test_a_character_that_was_cut_off(tokenizer):
    assert tokenizer.decode(tokenizer.encode("a世")[:-1]) == "a�"


def test_tokens_made_of_parts(tokenizer):
    assert tokenizer.made_of(("<td>", "</td>")) == (9, 10, 11)
    assert tokenizer.made_of(("<th>",)) == ()
    assert tokenizer.made_of(()) == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"cannot be read \(No such file or directory\)"),
        ("{}", "is no whole tokenizer"),
        ("]", "is no whole tokenizer"),
    ],
)
def test_missing_or_broken(tiny_checkpoint, tmp_path, content, message):
    if content is not None:
        (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(ModelError, match=message):
        Tokenizer.load(tmp_path, read_config(tiny_checkpoint))


@pytest.mark.parametrize("content", ['{"a":' + "[" * 100_000 + "]" * 100_000 + "}", "a pattern that is none"])
def test_a_hostile_tokenizer_is_a_broken_one(tiny_checkpoint, tmp_path, content):
    if content.startswith("a pattern"):
        whole = json.loads((tiny_checkpoint / "tokenizer.json").read_text())
        split = {"type": "Split", "pattern": {"Regex": "(((("}, "behavior": "Isolated", "invert": False}
        content = json.dumps(whole | {"pre_tokenizer": split})
    (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(ModelError, match="is no whole tokenizer; download the checkpoint again"):
        Tokenizer.load(tmp_path, read_config(tiny_checkpoint))


def test_bytes_that_are_no_text(tiny_checkpoint, tmp_path):
    (tmp_path / "tokenizer.json").write_bytes(b"\xff\xfe")
    with pytest.raises(ModelError, match="is no whole tokenizer; download the checkpoint again"):
        Tokenizer.load(tmp_path, read_config(tiny_checkpoint))


def _without_image(content):
    content["added_tokens"] = [token for token in content["added_tokens"] if token["content"] != "<image>"]
    del content["model"]["vocab"]["<image>"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content["model"]["vocab"].update(beyond=100_000), "has more tokens than the network"),
        (_without_image, "has <image> as token None, the network as 3; they do not belong together: download"),
    ],
)
def test_a_vocabulary_that_is_not_the_network_s(tiny_checkpoint, tmp_path, change, message):
    content = json.loads((tiny_checkpoint / "tokenizer.json").read_text())
    change(content)
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(ModelError, match=message):
        Tokenizer.load(tmp_path, read_config(tiny_checkpoint))


def test_a_tokenizer_of_another_model(tiny_checkpoint, tiny_config):
    assert tiny_config.decoder.vocab_size < 200
    with pytest.raises(ModelError, match="more tokens than the network"):
        Tokenizer.load(tiny_checkpoint, tiny_config)


def test_ids_that_the_tokenizer_does_not_have(tokenizer):
    """A network may have more rows than its tokenizer has tokens; none of them is text."""
    assert tokenizer.decode([torch.iinfo(torch.int32).max, *tokenizer.encode("b")]) == "b"
