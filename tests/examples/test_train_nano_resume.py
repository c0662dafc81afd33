"""A training that goes on: means of the weights, moments, and one schedule over several runs."""

from __future__ import annotations

import time

import pytest
import torch
from torch import nn
from train_nano.average import Averages
from train_nano.export import export, restore_average
from train_nano.losses import Trainer
from train_nano.model import nano_config
from train_nano.optimizer import Part, optimizers
from train_nano.resume import restore_run, save_run
from train_nano.schedule import Schedule
from train_nano.state import Progress, save

from pipeline.model.checkpoints.load import load
from pipeline.model.network import Network


class Small(nn.Module):
    """A matrix that Muon moves, a vector that AdamW does, and one that does not learn."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4)])
        self.still = nn.Parameter(torch.ones(2), requires_grad=False)

    def learn(self, part, times):
        for number in range(times):
            (self.layers[0](torch.ones(1, 4) * (number + 1)) ** 2).sum().backward()
            for stepper in part.steppers:
                stepper.step()
                stepper.zero_grad()


def learner():
    torch.manual_seed(3)
    small = Small()
    named = [(name.replace("layers", "network.layers"), p) for name, p in small.named_parameters() if p.requires_grad]
    return small, Part([p for _, p in named], optimizers(named, 0.01))


def test_a_mean_counts_later_weights_more():
    """Against the sum that the share of each step comes from: (1 - 1 / n) ^ (g + 1) of what was before."""
    small, part = learner()
    averages = Averages(small, (2,))
    wanted = torch.zeros(4)
    for number in range(1, 6):
        small.learn(part, 1)
        averages.add()
        kept = (1 - 1 / number) ** 3
        wanted = kept * wanted + (1 - kept) * small.layers[0].bias.detach()
    assert torch.allclose(averages.mean(2)["layers.0.bias"], wanted)
    assert averages.mean(2).keys() == {"layers.0.weight", "layers.0.bias"}


def test_a_run_goes_on_as_if_it_had_never_ended(tmp_path):
    """Weights, moments and means after three steps and two are those after five at once."""
    whole, part = learner()
    means = Averages(whole)
    whole.learn(part, 3)
    means.add()
    first, schedule = (whole, (part,), means), Schedule(1e-3, 10, 0.5, 1.0, tmp_path, steps=3, spent=2.0)
    save_run(*first, schedule, tmp_path)
    other, own = learner()
    other.learn(own, 1)
    again, later = Averages(other), Schedule(1e-3, 10, 0.5, 1.0, tmp_path)
    assert restore_run(other, (own,), again, later, tmp_path)
    assert later.steps == 3 and later.now == pytest.approx(2.0, abs=0.01)
    for trained, moved, averages in ((whole, part, means), (other, own, again)):
        trained.learn(moved, 2)
        averages.add()
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, other.state_dict()[name])
    for exponent in (2, 7):
        for name, tensor in means.mean(exponent).items():
            assert torch.equal(tensor, again.mean(exponent)[name])


def test_the_mean_of_a_run_is_exported_with_what_did_not_learn(tmp_path):
    small, part = learner()
    means = Averages(small)
    for _ in range(3):
        small.learn(part, 1)
        means.add()
    save_run(small, (part,), means, Schedule(1e-3, 10, 0.5, 1.0), tmp_path)
    other, _ = learner()
    with torch.no_grad():
        other.still.zero_()
    restore_average(other, tmp_path, 2)
    assert torch.equal(other.layers[0].weight, means.mean(2)["layers.0.weight"])
    assert not torch.equal(other.layers[0].weight, small.layers[0].weight)
    assert torch.equal(other.still, torch.ones(2))


def test_nothing_to_go_on_from(tmp_path):
    small, part = learner()
    assert not restore_run(small, (part,), Averages(small), Schedule(1e-3, 10, 0.5, 1.0), tmp_path)


def test_the_rate_rises_once_and_falls_once_over_several_runs(tmp_path):
    """Three runs of three minutes, of which each knows what the later ones have."""
    plan = tmp_path / "plan"
    rates, shares = [], []
    for number in range(3):
        plan.write_text(f"{time.time() + 180} {3 * (2 - number)}")
        schedule = Schedule(1e-3, 10, 0.5, 1.0, plan, steps=100 * number, spent=3.0 * number)
        over, ended = schedule.look()
        assert not ended
        shares.append(over)
        rates.append(schedule.rate(over))
    assert shares == pytest.approx([0, 1 / 3, 2 / 3], abs=0.01)
    assert rates == pytest.approx([1e-4, 1e-3, 1e-3 * 2 / 3], rel=0.02)
    plan.write_text(f"{time.time() - 1} 0")
    over, ended = schedule.look()
    assert ended and over == 1 and schedule.rate(over) == pytest.approx(2e-5)
    plan.write_text(f"{time.time() - 1} 6")  # a run's end is not the schedule's
    over, ended = schedule.look()
    assert ended and over == pytest.approx(0.5, abs=0.01)


def test_a_run_without_a_plan_is_a_schedule_of_its_own():
    schedule = Schedule(1e-3, 1, 0.25, minutes=2.0, spent=1.0)
    over, ended = schedule.look()
    assert over == pytest.approx(0.5, abs=0.01) and not ended and schedule.rate(over) == 1e-3
    assert Schedule(1e-3, 1, 0.25, minutes=2.0, spent=2.0).look()[1]


def test_half_of_a_run_and_half_of_a_checkpoint_are_exported(tokenizer, tmp_path):
    """A state, the mean that its run kept, a checkpoint: each with weights of its own in one matrix."""
    tokenizer.inner.save(str(tmp_path / "tokenizer.json"))
    trainer, state, one = Trainer(Network(nano_config(tokenizer))), tmp_path / "state", tmp_path / "one"

    def head(*given, **asked):
        export(tmp_path, *given, tmp_path / "out", 12, **asked)
        network = load(tmp_path / "out")
        assert network.config.dense_tiles == 12
        return network.lm_head.weight.float().unique().tolist()

    nn.init.constant_(trainer.network.lm_head.weight, 1.0)
    save(trainer, Progress(), state)
    assert head([state]) == [1.0]
    (tmp_path / "out").rename(one)
    averages = Averages(trainer)
    nn.init.constant_(trainer.network.lm_head.weight, 3.0)
    averages.add()
    nn.init.constant_(trainer.network.lm_head.weight, 7.0)
    save_run(trainer, (), averages, Schedule(1e-3, 10, 0.5, 1.0), state)
    assert head([state], average=7) == [3.0]
    assert head([state], average=7, checkpoints=[one]) == [2.0]
    (tmp_path / "out").rename(tmp_path / "two")
    assert head([], checkpoints=[one, tmp_path / "two"]) == [1.5]
