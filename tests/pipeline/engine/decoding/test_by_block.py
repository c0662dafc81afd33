"""How sure a network was, block by block."""

import pytest

from pipeline.engine.decoding.by_block import by_block
from pipeline.model.checkpoints.config_reader import read_config
from pipeline.model.checkpoints.source import nano_folder
from pipeline.model.tokenizer import Tokenizer


def test_each_block_has_the_mean_of_its_tokens():
    assert by_block([7, 1, 2, 7, 3], [0.9, 0.5, 0.4, 1.0, 0.5], opening={7}) == pytest.approx((0.6, 0.75))
    assert by_block([1, 7, 2], [0.1, 0.5, 0.7], opening={7}) == pytest.approx((0.6,))  # what is before belongs to none
    assert by_block([1, 2], [0.5, 0.5], opening={7}) == ()
    assert by_block([7, 2], (), opening={7}) == ()
    assert by_block([7, 1, 8, 3], [0.9, 0.5, 1.0, 0.5], opening={7, 8}) == pytest.approx((0.7, 0.75))


def test_nano_writes_heads_as_one_token_and_its_blocks_are_told_apart():
    tokenizer = Tokenizer.load(nano_folder(), read_config(nano_folder()))
    heads = [f"<|ref|>{label}<|/ref|><|det|>[[77, 56, 834, 98]]<|/det|>" for label in ("text", "image")]
    tokens = tokenizer.encode(f"{heads[0]}\nwords\n\n{heads[1]}")
    first = len(tokenizer.encode(f"{heads[0]}\nwords\n\n"))
    sure = [0.5] * first + [1.0] * (len(tokens) - first)
    assert by_block(tokens, sure, tokenizer.holding("<|ref|>")) == pytest.approx((0.5, 1.0))
