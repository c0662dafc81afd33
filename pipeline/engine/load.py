"""From a --model name to an engine: which folder, device, number format, and how many slots."""

from __future__ import annotations

import os
from dataclasses import replace

import torch

from pipeline.engine.drafts.drafter import Drafter
from pipeline.engine.engine import Checkpoint, Engine
from pipeline.engine.kernels.kept import cache_dtype
from pipeline.engine.packing.pack import pack
from pipeline.engine.settings import manner_of, settings_key
from pipeline.errors import ModelError
from pipeline.model.checkpoints.config_reader import read_config
from pipeline.model.checkpoints.identity import identity
from pipeline.model.checkpoints.load import load
from pipeline.model.checkpoints.source import locate
from pipeline.model.formats.number_format import NumberFormat, half_format
from pipeline.model.formats.of_cpu import multiplies_in_bfloat16, vision_format
from pipeline.model.tokenizer import Tokenizer
from pipeline.reader_options import ReaderOptions, Weights


def load_engine(
    model: str,
    options: ReaderOptions,
    slots: int | None = None,
    *,
    share: int = 1,
    drafter: Drafter | None = None,
    prompt_room: int = 0,
) -> Engine:
    """An engine for `nano`, a repository id or a folder; `share` engines have this machine's cores between them.

    The `drafter` is not asked where `options` switch drafts off. `prompt_room`: see `Engine`.

    Downloads what is not in the local cache. Raises ModelError where there is no such checkpoint or device, UserError
    for a task or a mode that it does not have.
    """
    device = pick_device(options.device)
    manner = manner_of(read_config(locate(model)), options)
    # On a GPU they are faster by far, or slower for a page alone, and their texts were not compared there yet.
    guess = options.draft in ("text", "nano") or (options.draft == "auto" and device.type == "cpu")
    checkpoint = load_checkpoint(model, device, options.weights)
    pack(checkpoint.network)
    # One core stays for the thread that feeds the device. Sixteen are ahead of any GPU measured so far, as a page takes
    # about a tenth of a second of a core.
    workers = 0 if device.type == "cpu" else max(1, min(16, ((os.cpu_count() or 2) - 1) // share))
    return Engine(
        checkpoint, manner.prompt, manner.decoding, slots, views=manner.views,
        gpu_memory=options.gpu_memory, workers=workers, kv_cache=options.kv_cache,
        guess=guess, drafter=drafter if guess else None, prompt_room=prompt_room,
    )  # fmt: skip


def settings_without_loading(model: str, options: ReaderOptions) -> str | None:
    """`Engine.settings` of what `load_engine` would give; None where the checkpoint is not on this machine.

    Raises UserError as `load_engine` does.
    """
    try:
        folder = locate(model, download=False)
    except ModelError:
        return None
    device, manner = pick_device(options.device), manner_of(read_config(folder), options)
    form = pick_format(device, options.weights, read_config(folder).int8_vision)
    formats = form.beside(cache_dtype(options.kv_cache, form.dtype))
    return settings_key(identity(folder), formats, manner.prompt, manner.views, manner.decoding)


def load_checkpoint(model: str, device: torch.device, weights: Weights = "auto") -> Checkpoint:
    """Network, tokenizer and identity of a --model name, in the number format that suits the device."""
    folder = locate(model)
    config = read_config(folder)
    form = pick_format(device, weights, config.int8_vision)
    # Small files first, so that one that is broken is told before 7 GB are read.
    tokenizer = Tokenizer.load(folder, config)
    network = load(folder, device, form)
    return Checkpoint(model, identity(folder), network, tokenizer)


def pick_device(name: str) -> torch.device:
    """`auto` is CUDA where there is one, else Apple's MPS, else the CPU. Raises ModelError for what is not there."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(1, device=device)  # a name can be well-formed and yet belong to nothing
        if device.index is not None and device.type == "cuda":
            torch.cuda.set_device(device)  # kernels are launched on the current one
    except (RuntimeError, AssertionError) as error:
        raise ModelError(f"there is no device {name!r} here; use --device auto, or see `ocr2 doctor`") from error
    return device


def pick_format(device: torch.device, weights: Weights = "auto", int8_vision: bool = False) -> NumberFormat:
    """16 bits on accelerators; float32 on a CPU, but for the vision tokenizer where it gains by bfloat16, or by
    integers that were tried with its weights (`int8_vision`), and for products with weights in 8 bits, which are in
    bfloat16 where the CPU multiplies in it.

    Raises ModelError for bfloat16 on a card that has none.
    """
    int8 = weights == "int8"
    if device.type == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        if weights == "bf16":
            raise ModelError("this GPU has no bfloat16: leave --weights out, which computes in float16, or use int8")
        return replace(half_format(), int8=int8)
    if weights == "bf16" or device.type == "cuda":
        return NumberFormat(torch.bfloat16, int8)
    if device.type == "mps":
        macos_14 = torch.backends.mps.is_macos_or_newer(14, 0)
        return NumberFormat(torch.bfloat16 if macos_14 else torch.float32, int8)
    if int8:
        return NumberFormat(torch.bfloat16 if multiplies_in_bfloat16() else torch.float32, int8)
    vision = {"torch.int8": torch.int8, "torch.bfloat16": torch.bfloat16}.get(vision_format(int8_vision))
    return NumberFormat(torch.float32, vision=vision)
