"""A device in two parts, as far as it can be seen without one: a driver that is played here."""

from __future__ import annotations

import ctypes
from types import SimpleNamespace

import pytest
import torch

from pipeline.engine import partition
from pipeline.engine.graphs import StepGraphs


def driver(**codes):
    """Parts 132 units as the real one does: first what is asked for, then what is left over. `codes` are its errors."""
    streams = iter((11, 22))

    def split(first, groups, whole, rest, flags, count):
        for part, units in ((first, count.value), (rest, 132 - count.value)):
            ctypes.c_uint.from_buffer(part, 96).value = units
        return 0

    def stream(pointer, context, flags, priority):
        pointer._obj.value = next(streams)
        return 0

    names = "cuDeviceGet", "cuDeviceGetDevResource", "cuDevResourceGenerateDesc", "cuGreenCtxCreate"
    plain = {name: lambda *_, name=name: codes.get(name, 0) for name in names}
    return SimpleNamespace(**plain, cuDevSmResourceSplitByCount=split, cuGreenCtxStreamCreate=stream)


@pytest.fixture
def play(monkeypatch):
    def play(played):
        monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: SimpleNamespace(multi_processor_count=132))
        monkeypatch.setattr(torch.cuda, "ExternalStream", lambda pointer, device: pointer)
        monkeypatch.setattr(partition.ctypes, "CDLL", lambda name: played)
        return lambda units: partition.part(torch.device("cuda:0"), units)

    return play


@pytest.mark.parametrize(("wanted", "parts"), [(44, (88, 44)), (40, (88, 44)), (30, (96, 36)), (1, (128, 4))])
def test_steps_have_a_multiple_of_eight_units(play, wanted, parts):
    found = play(driver())(wanted)
    assert (found.step_units, found.encoding_units) == parts
    assert (found.steps, found.encoding) == (11, 22)


def test_what_cannot_be_parted_says_why(play):
    old = driver()
    del old.cuGreenCtxStreamCreate  # it came with 12.5
    with pytest.raises(partition.PartitionError, match=r"cuGreenCtxStreamCreate: .* no attribute"):
        play(old)(44)
    with pytest.raises(partition.PartitionError, match="cuDeviceGetDevResource: the driver's error 801"):
        play(driver(cuDeviceGetDevResource=801))(44)
    for units in (130, 132):
        with pytest.raises(partition.PartitionError, match=f"132 multiprocessors cannot give {units} away"):
            play(driver())(units)


def test_steps_beside_an_encoding_have_graphs_of_their_own(monkeypatch):
    done, captured = [], []

    def capture(count, parts):
        captured.append((count, parts is not None))
        graph = SimpleNamespace(replay=lambda: done.append(f"replayed {count}"))
        graphs._graphs[captured[-1]] = graph
        return graph

    graphs = StepGraphs(lambda count: done.append(f"plain {count}"), enabled=True)
    monkeypatch.setattr(graphs, "_capture", capture)
    for _ in range(2):
        graphs.run(8, beside=True)  # without parts there is but one kind
    graphs.use(partition.Partition(11, 22, 88, 44))
    for beside in (False, True, True, True):
        graphs.run(8, beside)
    assert captured == [(8, False), (8, True)]
    assert done == ["plain 8", "replayed 8", "replayed 8", "plain 8", "replayed 8", "replayed 8"]
    graphs.use(None)
    graphs.run(8, beside=True)
    assert captured == [(8, False), (8, True)], "the graph on the whole device is still there"
