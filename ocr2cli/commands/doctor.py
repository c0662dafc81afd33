"""`ocr2 doctor`: what is installed, what it can run on, and which model would be taken."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from pipeline.readers.choice import GET_FULL, choose
from pipeline.readers.devices import torch_fault

LIBRARIES = ("ocr2", "torch", "transformers", "tokenizers", "safetensors", "pymupdf", "pillow", "numpy", "numba")
FLASH = ("flash-attn", "flash-attn-4")


def diagnose(model: str, device: str) -> Iterator[str]:
    """One fact a line. Raises ModelError, as converting would, where `model` cannot be had."""
    choice = choose(model)  # before anything else: a mistyped name needs no facts
    yield f"python        {platform.python_version()} on {platform.platform()}"
    for name in LIBRARIES:
        yield f"{name:<13} {_version(name) or 'not installed'}"
    if why := torch_fault():
        yield f"no network    torch cannot be loaded ({why}): install it as docs/install.md says"
    else:
        yield from _devices()
        yield f"attention     {_attention(device)}"
        yield f"nano on a CPU {_small_steps()}"
        yield f"weights       {_weights(device)}"
    yield "drafts        a PDF's own text, checked by the model: auto on a CPU; --draft text, nano or off"
    yield from _models()
    yield f"model         {model} would take {choice.model}: {choice.why}"
    if choice.stand_in:
        yield f"              {GET_FULL}"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _devices() -> Iterator[str]:
    import torch

    yield f"cpu           {torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}"
    for index in range(torch.cuda.device_count()):
        facts = torch.cuda.get_device_properties(index)
        capability = f"{facts.major}.{facts.minor}"
        yield f"cuda:{index}        {facts.name}, {facts.total_memory / 2**30:.0f} GiB, compute capability {capability}"
    if not torch.cuda.device_count():
        built = f"torch is built for CUDA {torch.version.cuda}" if torch.version.cuda else "torch is built without CUDA"
        yield f"cuda          no device ({built})"


def _attention(device: str) -> str:
    """What a step of decoding would use, and flash-attention where it is installed."""
    from pipeline.engine.compute.backends import attention_backend
    from pipeline.engine.load import pick_device

    name, why = attention_backend(pick_device(device))
    flash = [f"{name} {_version(name)}" for name in FLASH if _version(name)]
    return f"{name} ({why})" + (f"; installed: {', '.join(flash)}" if flash else "")


def _small_steps() -> str:
    """What steps of a small network on a CPU are run by."""
    from pipeline.engine.compute.compiler import numba_trouble

    trouble = numba_trouble()
    return f"steps by torch, as they cannot be compiled: {trouble}" if trouble else "steps compiled by Numba"


def _weights(device: str) -> str:
    """What the weights are kept in where nothing is asked for, and what else there is."""
    from pipeline.engine.load import pick_device, pick_format

    return f"{pick_format(pick_device(device)).words}; --weights int8 takes half of 16 bits: 3.7 GB for the full model"


def _models() -> Iterator[str]:
    from pipeline.model.checkpoints.source import OFFICIAL, cached, nano_folder

    folder = cached(OFFICIAL)
    yield f"full model    {OFFICIAL}: {folder if folder else 'not in the local cache'}"
    yield f"nano          {'bundled' if (nano_folder() / 'config.json').exists() else 'not part of this installation'}"
