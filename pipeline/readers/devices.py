"""Which device a name means here, as far as that can be told without torch, which takes seconds to import."""

from __future__ import annotations

import gc
import os
import sys
import threading
from pathlib import Path

from pipeline.errors import ModelError
from pipeline.reader_options import AUTO

_NODES = ("nvidia*", "nvhost*", "dxg", "kfd")
"""Of drivers that torch calls CUDA: NVIDIA's, on its boards, behind Windows (WSL), and AMD's."""

_IMPORTING = threading.Lock()


def may_have_cuda(nodes: Path = Path("/dev")) -> bool:
    """False only where there is none for sure; torch knows of the others."""
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
    if hidden is not None and hidden.strip() in ("", "-1"):
        return False
    if sys.platform == "linux":
        return any(True for pattern in _NODES for _ in nodes.glob(pattern))
    return sys.platform != "darwin"


def torch_fault() -> str | None:
    """Why torch cannot be used here, in a few words; None where it can. Imports it."""
    try:
        Path.cwd()  # a library of torch's ends the process where there is none
    except OSError:
        return "the folder in which this was started is gone: change to another one"
    try:
        _import_torch()
    except ImportError as error:
        return "it is not installed" if error.name == "torch" else " ".join(str(error).split())
    except Exception as error:  # of an installation that is not whole: what its libraries raise is of many kinds
        return " ".join(str(error).split())
    return None


def _import_torch() -> None:
    """Nothing of what it makes meanwhile is rubbish: looking for some again and again takes a quarter of the import."""
    with _IMPORTING:  # else one thread would find the other's state, and leave it so
        collects = gc.isenabled()
        gc.disable()
        try:
            import torch  # noqa: F401
        finally:
            if collects:
                gc.enable()


def refuse_without_torch() -> None:
    """Raise ModelError where no network can be read with on this machine, for want of torch."""
    if why := torch_fault():
        raise ModelError(
            f"a network on this machine needs torch, which cannot be loaded ({why}): install it as docs/install.md "
            "says, or read with --model text-layer or a server's address"
        )


def surely_cpu(device: str) -> bool:
    """Whether a `--device` name means the CPU here; False where only torch can tell."""
    return device == "cpu" or (device == AUTO and sys.platform == "linux" and not may_have_cuda())
