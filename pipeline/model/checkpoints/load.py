"""Checkpoints: safetensors streamed, tensor by tensor, into a network that has no weights yet; and written back."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from pipeline.errors import ModelError
from pipeline.model.checkpoints.config_reader import read_config
from pipeline.model.checkpoints.config_writer import native_config, official_config
from pipeline.model.checkpoints.files import named_shards
from pipeline.model.checkpoints.keys import OFFICIAL_MARK, UNUSED, Place, places
from pipeline.model.formats.int8 import SCALES, quantise
from pipeline.model.formats.number_format import NumberFormat
from pipeline.model.network import Network, with_room, without_weights
from pipeline.small_files import unreadable

_FLOATS = frozenset({"BF16", "F16", "F32", "F64"})
"""Types of weights, as safetensors names them, that mean what they say without a scale beside them."""
_LARGEST = torch.finfo(torch.float16).max
"""Size of a weight that can be: one of the formats that weights are loaded in holds no larger ones."""
# Enough to see which part is wrong; a checkpoint of another model lacks thousands.
SHOWN = 4
"""How many keys an error names before it only counts them."""
# Of the released 6.8 GB, a tenth at a time: less would cost time to open, more would be in memory beside the network.
PORTION = 1 << 29
"""Bytes of a file, of 16 bits a number, that are mapped into memory at a time."""


def load(folder: Path, device: str | torch.device = "cpu", form: torch.dtype | NumberFormat = torch.float32) -> Network:
    """The network of a checkpoint's folder (official or native layout), in evaluation mode, without gradients.

    Each tensor goes straight from its file to its place on the device, and is rounded to 8 bits on the way where `form`
    has them, so the peak is about one model in the format that it gets. Raises ModelError for a missing, unexpected,
    doubled or misshaped tensor before any weight is read, for files that are not safetensors, and for weights that are
    no numbers, or larger than any weight.
    """
    config = read_config(folder)
    shards = _shards(folder)
    # Shapes without memory first, so that everything is checked before a byte is allocated.
    try:
        network = without_weights(config)
    except RuntimeError as error:  # more bytes in a tensor than an index can count
        raise ModelError(f"{folder / 'config.json'} states sizes that no network has; use an unchanged one") from error
    shapes = {name: tuple(parameter.shape) for name, parameter in network.named_parameters()}
    found = _tensor_shapes(shards)
    expected = places(shapes, official=any(key.startswith(OFFICIAL_MARK) for key in found))
    _check(folder, found, {key: _shape(shapes, place) for key, place in expected.items()})
    (form if isinstance(form, NumberFormat) else NumberFormat(form)).apply(network)
    with_room(network, device)
    _copy(shards, expected, dict(network.named_parameters()), torch.device(device))
    return network.requires_grad_(False).eval()


def save_official(
    network: Network, folder: Path, dtype: torch.dtype = torch.bfloat16, native_dialect: bool = False
) -> None:
    """Write `model.safetensors` in the official key layout, and the `config.json` that states every size.

    With `native_dialect` the sizes are stated as transformers' class does, which then loads the folder too: it renames
    official keys by itself, but does not read the official sizes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parameters = dict(network.named_parameters())
    shapes = {name: tuple(parameter.shape) for name, parameter in parameters.items()}
    tensors = {
        key: _slice(parameters[place.parameter].detach(), place).to("cpu", dtype).contiguous().clone()
        for key, place in places(shapes, official=True).items()
    }
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    config = (native_config if native_dialect else official_config)(network.config)
    text = json.dumps(config, indent=2) + "\n"
    (folder / "config.json").write_text(text, encoding="utf-8")


def _shards(folder: Path) -> list[Path]:
    """The checkpoint's files, all of them there."""
    shards = named_shards(folder)
    if not shards:
        raise ModelError(
            f"{folder} holds no *.safetensors; other formats are not read, as they may run code: "
            "convert the checkpoint to safetensors"
        )
    if missing := [shard.name for shard in shards if not shard.is_file()]:
        raise ModelError(f"{folder} lacks {_some(missing)}; download the checkpoint again")
    return shards


def _tensor_shapes(shards: list[Path]) -> dict[str, tuple[int, ...]]:
    """Every tensor's name and shape, from the files' headers alone."""
    shapes: dict[str, tuple[int, ...]] = {}
    for shard in shards:
        try:
            with safe_open(shard, framework="pt") as file:
                slices = {key: file.get_slice(key) for key in file.keys()}  # noqa: SIM118
                own = {key: tuple(part.get_shape()) for key, part in slices.items()}
                kinds = {part.get_dtype() for part in slices.values()}
        except OSError as error:
            raise unreadable(shard, error) from error
        except SafetensorError as error:
            raise ModelError(f"{shard} is no whole safetensors file; download the checkpoint again") from error
        if other := sorted(kinds - _FLOATS):
            raise ModelError(
                f"{shard} has weights of the type {_some(other)}, which need a scale beside them; "
                f"use a checkpoint with one of {', '.join(sorted(_FLOATS))}"
            )
        if doubled := sorted(own.keys() & shapes.keys()):
            raise ModelError(f"{shard} repeats tensors of another file: {_some(doubled)}; remove one of the two")
        shapes |= own
    return shapes


def _check(folder: Path, found: dict[str, tuple[int, ...]], expected: dict[str, tuple[int, ...]]) -> None:
    """All keys and shapes must be exactly the expected ones."""
    missing = [key for key in expected if key not in found]
    unexpected = [key for key in found if key not in expected and key not in UNUSED]
    misshaped = [
        f"{key} {list(found[key])} instead of {list(shape)}"
        for key, shape in expected.items()
        if key in found and found[key] != shape
    ]
    named = (("missing", missing), ("unexpected", unexpected), ("misshaped", misshaped))
    problems = [f"{len(keys)} {kind}: {_some(keys)}" for kind, keys in named if keys]
    if problems:
        raise ModelError(
            f"the tensors in {folder} do not fit its config.json ({'; '.join(problems)}); download the checkpoint again"
        )


def _copy(shards: list[Path], expected: dict[str, Place], parameters: dict[str, Tensor], device: torch.device) -> None:
    with torch.no_grad():
        for shard in shards:
            for keys in _portions(shard):
                # Opened anew for each portion: what is read through a mapped file stays in memory until it is closed.
                with safe_open(shard, framework="pt", device=str(device)) as file:
                    for key in keys:
                        if (place := expected.get(key)) is not None:
                            _put(_sound(file.get_tensor(key), shard, key), place, parameters)


def _portions(shard: Path) -> Iterator[list[str]]:
    """A file's keys in its own order, so that each page of it is read once; some `PORTION` bytes at a time."""
    with safe_open(shard, framework="pt") as file:
        sizes = {key: 2 * math.prod(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118
    portion, held = list[str](), 0
    for key, size in sizes.items():
        portion.append(key)
        held += size
        if held >= PORTION:
            yield portion
            portion, held = [], 0
    if portion:
        yield portion


def _sound(tensor: Tensor, shard: Path, key: str) -> Tensor:
    """The same. Raises ModelError for numbers that no trained weight has: a few turned bits make such of any."""
    # Of all ways to look at every number the fastest on a CPU by ten times, and NaN is its own least and most.
    least, most = (edge.item() for edge in torch.aminmax(tensor))
    if not -_LARGEST <= least <= most <= _LARGEST:
        raise ModelError(f"{shard} is damaged: {key} holds {least:g} to {most:g}; download the checkpoint again")
    return tensor


def _put(tensor: Tensor, place: Place, parameters: dict[str, Tensor]) -> None:
    target, scales = parameters[place.parameter], parameters.get(place.parameter + SCALES)
    if scales is None:
        _slice(target, place).copy_(tensor)
    else:
        quantise(tensor, _slice(target, place), _slice(scales, place))


def _slice(parameter: Tensor, place: Place) -> Tensor:
    return parameter[place.index] if place.index else parameter


def _shape(shapes: dict[str, tuple[int, ...]], place: Place) -> tuple[int, ...]:
    """The shape of a place, found without its weights."""
    return tuple(_slice(torch.empty(shapes[place.parameter], device="meta"), place).shape)


def _some(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    shown = list(names)
    more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    return ", ".join(shown[:SHOWN]) + more
