"""A device in two parts, as far as it can be seen without one: a driver that is played here."""

from __future__ import annotations

import ctypes
from types import SimpleNamespace

import pytest
import torch

from pipeline.engine import partition


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
