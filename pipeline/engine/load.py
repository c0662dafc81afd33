"""From a --model name to an engine: which folder, device, number format, and how many slots."""

from __future__ import annotations

import os

import torch

from pipeline.engine.decoding.options import DecodingOptions
from pipeline.engine.decoding.prompts import prompt_of
from pipeline.engine.drafts.drafter import Drafter
from pipeline.engine.engine import Checkpoint, Engine, settings_key
from pipeline.engine.kernels.kept import cache_dtype
from pipeline.engine.packing.pack import pack
from pipeline.errors import ModelError
from pipeline.model.checkpoints.identity import identity
from pipeline.model.checkpoints.load import load
from pipeline.model.checkpoints.source import locate
from pipeline.model.tokenizer import Tokenizer
from pipeline.reader_options import ReaderOptions


def load_engine(
    model: str, options: ReaderOptions, slots: int | None = None, *, share: int = 1, drafter: Drafter | None = None
) -> Engine:
    """An engine for `nano`, a repository id or a folder; `share` engines have this machine's cores between them.

    The `drafter` is not asked where `options` switch drafts off.

    Downloads what is not in the local cache. Raises ModelError where there is no such checkpoint or device, UserError
    for an unknown task.
    """
    device = pick_device(options.device)
    prompt = prompt_of(options.task)
    # On a GPU they are faster by far, or slower for a page alone, and their texts were not compared there yet.
    guess = options.draft == "text" or (options.draft == "auto" and device.type == "cpu")
    checkpoint = load_checkpoint(model, device)
    pack(checkpoint.network)
    # A CPU that rasterises ahead has less left for the network.
    workers = 0 if device.type == "cpu" else max(1, min(16, ((os.cpu_count() or 2) - 1) // share))
    return Engine(
        checkpoint, prompt, _decoding(options), slots,
        gpu_memory=options.gpu_memory, workers=workers, kv_cache=options.kv_cache,
        guess=guess, drafter=drafter if guess else None,
    )  # fmt: skip


def settings_without_loading(model: str, options: ReaderOptions) -> str | None:
    """`Engine.settings` of what `load_engine` would give; None where the checkpoint is not on this machine."""
    try:
        folder = locate(model, download=False)
    except ModelError:
        return None
    dtype = pick_dtype(pick_device(options.device))
    kept = cache_dtype(options.kv_cache, dtype)
    return settings_key(identity(folder), dtype, kept, prompt_of(options.task), _decoding(options))


def _decoding(options: ReaderOptions) -> DecodingOptions:
    return DecodingOptions(max_tokens=options.max_tokens, dpi=options.dpi, upright=options.upright)


def load_checkpoint(model: str, device: torch.device) -> Checkpoint:
    """Network, tokenizer and identity of a --model name, in the number format that suits the device."""
    folder = locate(model)
    network = load(folder, device, pick_dtype(device))
    return Checkpoint(model, identity(folder), network, Tokenizer.load(folder, network.config))


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


def pick_dtype(device: torch.device) -> torch.dtype:
    """float32 on the CPU, bfloat16 on accelerators that have it."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if device.type == "mps" and torch.backends.mps.is_macos_or_newer(14, 0):
        return torch.bfloat16
    return torch.float32
