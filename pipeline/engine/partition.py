"""A GPU's multiprocessors in two parts with a stream each, so that an encoding and steps do not take turns.

Work on a part's stream, and what is captured from it, stays on that part (green contexts of CUDA's driver interface,
12.5 or later). A step waits for memory, so it needs not all units; products need units, but little memory.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import torch

ENCODING_SHARE = 0.0
"""What share of the multiprocessors an encoding has for itself while slots are full; with 0 nothing is parted."""

_SM, _DEFAULT_STREAM, _NON_BLOCKING = 1, 1, 1
_RESOURCE = 256
"""Bytes for one description of resources: the driver's structure has 144, with the number of units at 96."""
_GRAIN = 8
"""Units of a part are a multiple of it, on Hopper; what is left over is the other part."""


class PartitionError(RuntimeError):
    """The driver cannot part the device."""


@dataclass(frozen=True)
class Partition:
    """Streams on disjoint parts of a device, and the units of each."""

    steps: torch.cuda.Stream
    encoding: torch.cuda.Stream
    step_units: int
    encoding_units: int


def part(device: torch.device, encoding_units: int) -> Partition:
    """Two parts of a CUDA device in use, the encoding's of about `encoding_units`. They last as long as the process.

    Raises PartitionError where the driver is too old or refuses.
    """
    total = torch.cuda.get_device_properties(device).multi_processor_count
    step_units = (total - encoding_units) // _GRAIN * _GRAIN
    if not 0 < step_units < total:
        raise PartitionError(f"{total} multiprocessors cannot give {encoding_units} away")
    handle = ctypes.c_int()
    number = torch.cuda.current_device() if device.index is None else device.index
    _call("cuDeviceGet", ctypes.byref(handle), ctypes.c_int(number))
    everything, steps, rest = (ctypes.create_string_buffer(_RESOURCE) for _ in range(3))
    groups = ctypes.c_uint(1)
    _call("cuDeviceGetDevResource", handle, everything, ctypes.c_int(_SM))
    _call("cuDevSmResourceSplitByCount", steps, ctypes.byref(groups), everything, rest, ctypes.c_uint(0),
          ctypes.c_uint(step_units))  # fmt: skip
    found = _units(steps), _units(rest)
    if sum(found) != total or min(found) < 1:
        raise PartitionError(f"the driver parts {total} multiprocessors into {found}")
    return Partition(_stream(handle, steps, device), _stream(handle, rest, device), *found)


def _stream(handle: ctypes.c_int, resource: ctypes.Array[ctypes.c_char], device: torch.device) -> torch.cuda.Stream:
    described, context, stream = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
    _call("cuDevResourceGenerateDesc", ctypes.byref(described), resource, ctypes.c_uint(1))
    _call("cuGreenCtxCreate", ctypes.byref(context), described, handle, ctypes.c_uint(_DEFAULT_STREAM))
    _call("cuGreenCtxStreamCreate", ctypes.byref(stream), context, ctypes.c_uint(_NON_BLOCKING), ctypes.c_int(0))
    return torch.cuda.ExternalStream(stream.value, device)  # type: ignore[no-untyped-call]


def _units(resource: ctypes.Array[ctypes.c_char]) -> int:
    return ctypes.c_uint.from_buffer(resource, 96).value


def _call(name: str, *arguments: object) -> None:
    try:
        function = getattr(ctypes.CDLL("libcuda.so.1"), name)
    except (OSError, AttributeError) as error:
        raise PartitionError(f"{name}: {error}") from error
    if code := function(*arguments):
        raise PartitionError(f"{name}: the driver's error {code}")
