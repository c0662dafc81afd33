"""More pieces for a tokenizer that a network knows already, and the network's rows for them."""

import json
from collections import Counter

import pytest
import torch
from train_nano.losses import Trainer
from train_nano.model import nano_config
from train_nano.pieces import Words, extend, old_pieces
from train_nano.state import Progress, restore, save
from train_nano.tokens import NanoTokenizer

from pipeline.model.network import Network

CZECH = "příliš žluťoučký kůň úpěl ďábelské ódy, 1234 koní"
ENGLISH = "the quick brown fox jumps over the lazy dog"


@pytest.fixture(scope="module")
def grown(tokenizer, tmp_path_factory):
    """The tests' tokenizer with 20 Czech pieces."""
    spec = json.loads(tokenizer.inner.to_str())
    path = tmp_path_factory.mktemp("grown") / "tokenizer.json"
    path.write_text(json.dumps(extend(spec, [CZECH, CZECH, "kůň"], 20)), encoding="utf-8")
    return NanoTokenizer(path)


def test_the_commonest_neighbours_become_one_first():
    words = Words(Counter({("a", "b", "c"): 3, ("b", "c"): 1, ("x", "y"): 2, ("long", "enough"): 99}))
    assert words.commonest() == ("b", "c"), "four times; what would be ten bytes long never is one"
    words.merge(("b", "c"))
    assert words.commonest() == ("a", "bc")
    words.merge(("a", "bc"))
    assert words.commonest() == ("x", "y")
    words.merge(("x", "y"))
    assert words.commonest() is None


def test_old_tokens_keep_their_numbers_and_new_ones_make_texts_shorter(tokenizer, grown):
    assert grown.size == tokenizer.size + 20
    old, new = tokenizer.inner.get_vocab(), grown.inner.get_vocab()
    assert {name: new[name] for name in old} == old
    assert grown.encode(ENGLISH) == tokenizer.encode(ENGLISH)
    before, after = tokenizer.encode(CZECH)[0], grown.encode(CZECH)[0]
    assert len(after) < len(before) - 10
    assert grown.decode(after) == CZECH
    spelled = old_pieces(json.loads(grown.inner.to_str()), tokenizer.size)
    assert [piece for token in after for piece in spelled.get(token, [token])] == before


def test_a_state_grows_with_its_tokenizer(tokenizer, grown, tmp_path):
    trainer = Trainer(Network(nano_config(tokenizer)))
    save(trainer, Progress(step=7), tmp_path)
    larger = Trainer(Network(nano_config(grown)))
    assert restore(larger, tmp_path, grown).step == 7
    spelled = old_pieces(json.loads(grown.inner.to_str()), tokenizer.size)
    for before, after in (
        (trainer.network.decoder.embedding.weight, larger.network.decoder.embedding.weight),
        (trainer.network.lm_head.weight, larger.network.lm_head.weight),
    ):
        stored = before.detach().bfloat16().float()
        assert torch.equal(after[: tokenizer.size], stored)
        for number, parts in spelled.items():
            torch.testing.assert_close(after[number], stored[parts].mean(0), rtol=1e-2, atol=1e-4)
