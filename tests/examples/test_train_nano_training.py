"""A step of training: it reaches all weights, sees all shapes of pages, and is compiled a few times only."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from train_nano import losses
from train_nano.average import take_mean
from train_nano.data import Waiting, cost, shape_of
from train_nano.losses import Batch, Reading, Trainer, Weights, total
from train_nano.model import initialise, nano_config
from train_nano.optimizer import learn, parts_of
from train_nano.raster import drop_queries
from train_nano.replay import Replay
from train_nano.state import Progress, begin, restore, restore_heads, restore_vision, save
from train_nano.targets import example
from train_nano.train import compile_blocks, short
from waiting import LONG

from pipeline.model import vision_tokenizer
from pipeline.model.checkpoints.load import save_official
from pipeline.model.network import Network

HEAD = "<|ref|>text<|/ref|><|det|>[[100, 200, 900, 400]]<|/det|>\n"


@pytest.fixture
def new_trainer(tokenizer):
    """Makes trainers of a network of fewer layers; the decoder has all of its own, as some of each are supervised."""
    config = nano_config(tokenizer)
    fewer = replace(
        config, vision=replace(config.vision, layers=1, global_layers=()), encoder=replace(config.flow, layers=1)
    )
    return lambda: Trainer(Network(fewer))


def test_one_step_of_training_reaches_every_weight_and_lowers_the_loss(new_trainer, tokenizer, sample):
    """The real losses and optimisers on one small page, seen twice."""
    torch.manual_seed(1)
    trainer = new_trainer()
    initialise(trainer.network)
    page = example(sample(HEAD + "qxz", "qxz"), tokenizer)
    count = 257
    start = [tokenizer.bos] + [tokenizer.image] * count
    ids = torch.tensor([start + page.ids.tolist()])
    none = torch.full((1, count, 4), -1)
    reading = Reading(
        input_ids=ids[:, :-1],
        labels=torch.cat((torch.full((1, count), -100), ids[:, count + 1 :]), 1),
        cells=torch.cat((none, torch.from_numpy(page.cells)[None]), 1),
        spots=torch.cat((torch.full((1, count), -1), torch.from_numpy(page.spots)[None]), 1),
        places=torch.from_numpy(page.places),
    )
    batch = Batch(
        global_views=torch.zeros(1, 3, 1024, 1024), local_views=torch.zeros(0, 3, 768, 768),
        patches_global=torch.from_numpy(page.patches_global)[None], patches_local=torch.zeros(0, 48, 48),
        reading=reading,
    )  # fmt: skip
    parts, replay = parts_of(trainer, 1e-3), Replay(seed=1, tokens=2000)
    totals = []
    for _ in range(2):
        tokens, lost = trainer.see(batch)
        read, guesses = trainer.read(tokens, reading)
        loss = total(lost | read, Weights())
        totals.append(loss.item())
        gradients = torch.autograd.grad(loss, list(trainer.parameters()), retain_graph=True, allow_unused=True)
        unreached = {name for name, g in zip(names(trainer), gradients, strict=True) if g is None}
        learn(loss, parts, world=1)
        replay.add(tokens, reading, guesses)
    assert unreached == {"network.causal_flow.local_queries"}  # no tiles on a small page
    assert totals[1] < totals[0]
    before = {name: p.clone() for name, p in trainer.named_parameters()}
    views, again = replay.draw()
    assert again.input_ids.shape[0] == len(views[0]) == 2  # both batches have one shape
    own = again.input_ids != reading.input_ids  # some of the transcript in the network's own words, and nothing else
    assert 0 < own.float().mean() < 0.5 and not own[:, : count + 1].any()
    assert torch.equal(again.labels, reading.labels.expand(2, -1))
    learn(total(trainer.read(views, again)[0], Weights()), parts[1:], world=1)
    moved = {name.split(".")[1] for name, p in trainer.named_parameters() if not torch.equal(p, before[name])}
    assert {"causal_flow", "decoder", "lm_head"} <= moved and "vision_tokenizer" not in moved


def names(trainer):
    return [name for name, _ in trainer.named_parameters()]


def test_rare_shapes_come_in_a_short_run_too():
    """52 processes of 1,000 pages each gave batches of A4 pages only, when each shape had to fill a batch first."""
    shares = {shape_of(6, 1000): 0.8, shape_of(6, 2700): 0.05, shape_of(2, 300): 0.05, shape_of(4, 900): 0.1}
    shapes, seen = list(shares), Counter()
    for process in range(24):
        rng = np.random.default_rng(process)
        waiting = Waiting(96_000, rng)
        for number in rng.choice(len(shapes), 3000, p=list(shares.values())):
            batch = waiting.add(shapes[number], number)
            assert len(batch) <= 96_000 / cost(*shapes[number])
            seen.update(batch)
    for number, share in enumerate(shares.values()):
        assert 0.6 < seen[number] / seen.total() / share < 1.2


def test_views_of_any_number_need_no_new_code(tokenizer, monkeypatch):
    """As a GPU attends. A whole view and windows, of two sides each: four pieces of code."""
    config = nano_config(tokenizer)
    small = replace(config.vision, width=24, layers=3, heads=1, mlp_inner=24, global_layers=(1,))
    network = Network(replace(config, vision=small))
    monkeypatch.setattr(vision_tokenizer, "biased_attention", vision_tokenizer.wide_attention)
    monkeypatch.setattr(losses, "sparse_block", losses.sparse_block)  # put back at the end
    compiled = []
    with torch._dynamo.config.patch(automatic_dynamic_shapes=True), torch.no_grad():
        compile_blocks(network, backend=lambda graph, inputs: compiled.append(graph) or graph.forward)
        for side in (1024, 768):
            for number in (2, 3, 5):
                network.vision_tokenizer(torch.zeros(number, 3, side, side))
    torch._dynamo.reset()
    assert len(compiled) == 4


def test_new_readers_begin_behind_a_vision_tokenizer_of_a_saved_state(new_trainer, tmp_path):
    first, second = new_trainer(), new_trainer()
    save(first, Progress(step=7), tmp_path)
    before = {name: tensor.clone() for name, tensor in second.state_dict().items()}
    restore_vision(second, tmp_path)
    taken = {name for name, tensor in second.state_dict().items() if not torch.equal(tensor, before[name])}
    assert taken and all(name.startswith(("network.vision_tokenizer.", "patch_head.")) for name in taken)
    first.to(torch.bfloat16)
    assert torch.equal(second.patch_head.weight, first.patch_head.weight.float())
    assert restore(second, tmp_path).step == 7
    assert torch.equal(second.network.lm_head.weight, first.network.lm_head.weight.float())
    assert all(p.requires_grad and p.dtype == torch.float32 for p in second.parameters())


def test_training_begins_from_a_checkpoint_with_heads_of_its_own(new_trainer, tokenizer, tmp_path):
    first, second = new_trainer(), new_trainer()
    save_official(first.network, tmp_path, native_dialect=True)
    heads = {name: t.clone() for name, t in second.state_dict().items() if not name.startswith("network.")}
    begin(second, tmp_path, tokenizer)
    first.to(torch.bfloat16)
    for name, tensor in second.network.state_dict().items():
        assert torch.equal(tensor, first.network.state_dict()[name].float()), name
    assert heads and all(torch.equal(tensor, second.state_dict()[name]) for name, tensor in heads.items())
    assert all(p.requires_grad and p.dtype == torch.float32 for p in second.parameters())


def test_heads_of_a_state_go_with_the_network_of_a_checkpoint(new_trainer, tmp_path):
    """Else they begin anew, and spoil what stands before them while they learn."""
    first, second = new_trainer(), new_trainer()
    torch.nn.init.constant_(first.spot_heads[0].weight, 0.5)
    save(first, Progress(), tmp_path)
    before = {name: tensor.clone() for name, tensor in second.network.state_dict().items()}
    restore_heads(second, tmp_path)
    assert (second.spot_heads[0].weight == 0.5).all()
    assert all(torch.equal(tensor, before[name]) for name, tensor in second.network.state_dict().items())


def test_a_checkpoint_of_another_network_is_an_error(new_trainer, tokenizer, tmp_path):
    config = new_trainer().network.config
    shallow = Network(replace(config, decoder=replace(config.decoder, layers=5)))
    save_official(shallow, tmp_path, native_dialect=True)
    with pytest.raises(SystemExit, match=r"of another network: \['network\.decoder\.layers\.5"):
        begin(new_trainer(), tmp_path, tokenizer)


def test_the_mean_of_states_is_that_of_their_weights(new_trainer, tmp_path):
    first, second, mean = new_trainer(), new_trainer(), new_trainer()
    name = "network.lm_head.weight"
    for number, trainer in enumerate((first, second)):
        torch.nn.init.constant_(trainer.get_parameter(name), number + 1.0)
        save(trainer, Progress(), tmp_path / str(number))
    take_mean(mean, [partial(restore, mean, tmp_path / "0"), partial(restore, mean, tmp_path / "1")])
    assert (mean.get_parameter(name) == 1.5).all()
    take_mean(mean, [partial(restore, mean, tmp_path / "1")])
    assert (mean.get_parameter(name) == 2.0).all()


def test_what_is_frozen_learns_no_more(new_trainer):
    held = {}
    for frozen in ("nothing", "vision", "encoder"):
        trainer = new_trainer()
        trainer.freeze(frozen)
        held[frozen] = {name for name, parameter in trainer.named_parameters() if not parameter.requires_grad}
    assert held["nothing"] == set()
    assert held["vision"] == {name for name in names(trainer) if "vision_tokenizer" in name or "patch" in name} | {
        "place_heads.0.weight", "place_heads.0.bias",
    }  # fmt: skip
    assert held["encoder"] - held["vision"] == {name for name in names(trainer) if "causal_flow" in name} | {
        "place_heads.1.weight", "place_heads.1.bias",
    }  # fmt: skip


def test_a_network_without_queries_stays_where_and_what_it_was(new_trainer):
    network = new_trainer().network.to("meta", torch.bfloat16)
    drop_queries(network)
    assert {(p.device.type, p.dtype) for p in network.parameters()} == {("meta", torch.bfloat16)}
    tokens = torch.zeros(2, 256, network.config.flow.width, device="meta", dtype=torch.bfloat16)
    assert network.causal_flow(tokens).shape == tokens.shape


@pytest.mark.parametrize("fast", [True, False])
def test_a_cpu_that_feigns_bfloat16_learns_in_float32(fast, monkeypatch):
    monkeypatch.setattr("train_nano.train.multiplies_in_bfloat16", lambda: fast)
    with short(torch.device("cpu")):
        product = torch.ones(2, 2) @ torch.ones(2, 2)
    assert product.dtype is (torch.bfloat16 if fast else torch.float32)


TOLD_TO_END = """
import itertools, os, signal
from torch.utils.data import IterableDataset
from train_nano.data import loader

class Numbers(IterableDataset):
    def __iter__(self):
        return itertools.count()

batches = iter(loader(Numbers(), 1))
signal.signal(signal.SIGTERM, lambda *_: print("told", flush=True))
next(batches)
os.killpg(0, signal.SIGTERM)  # as torchrun does where it is told to end
for _ in range(20):
    last = next(batches)
print("read", last, flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="groups of processes are POSIX")
def test_a_signal_to_all_processes_leaves_those_that_draw_pages(tmp_path):
    script = tmp_path / "told.py"
    script.write_text(TOLD_TO_END, encoding="utf-8")
    paths = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, script], env=os.environ | {"PYTHONPATH": paths}, start_new_session=True, capture_output=True,
        text=True, check=False, timeout=LONG,
    )  # fmt: skip
    assert done.stdout.split() == ["told", "read", "20"], done.stderr[-500:]
