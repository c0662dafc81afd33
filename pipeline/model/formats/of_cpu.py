"""Number formats of this machine's CPU, told without torch: settings are asked for before it is imported."""

from __future__ import annotations

import os
from pathlib import Path

CPU_FORMAT = "torch.float32"
"""Of a network on a CPU, as torch calls it: steps of a few tokens are slower in 16 bits there."""
_CEILINGS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")
_PRODUCTS = frozenset({"avx512_bf16", "amx_bf16"})
_CPUINFO = Path("/proc/cpuinfo")


def multiplies_in_bfloat16() -> bool:
    """Whether this CPU's products have that format in hardware: AVX512-BF16 or AMX.

    Torch says yes where only AVX512 is there, too. Linux on x86 alone says so in a file; elsewhere it is no, and where
    oneDNN, which multiplies, is told to do without.
    """
    return bool(_PRODUCTS & _flags()) and _allowed()


def vision_format() -> str:
    """Of the vision tokenizer on this CPU, beside a network in `CPU_FORMAT`: its products are large, so they gain; a
    step's are small, and the decoder needs its digits."""
    return "torch.bfloat16" if multiplies_in_bfloat16() else CPU_FORMAT


def _allowed() -> bool:
    """Whether oneDNN's own variables let it use such instructions: it names the newest ones that it may."""
    newest = next((value for name in _CEILINGS if (value := os.environ.get(name))), "ALL").upper()
    return newest in ("ALL", "DEFAULT") or any(part in newest for part in ("BF16", "FP16", "AMX", "AVX10"))


def _flags() -> frozenset[str]:
    """What the first core can do, as Linux names it; nothing where that is not told."""
    try:
        lines = _CPUINFO.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return frozenset()
    return frozenset(next((line.partition(":")[2] for line in lines if line.startswith("flags")), "").split())


def with_vision(formats: str, network: object, vision: object) -> str:
    """Number formats as a settings key has them: that of the vision tokenizer, too, where it is not the network's."""
    return formats if str(vision) == str(network) else f"{formats} vision {vision}"


def in_words(network: object, vision: object) -> str:
    """Two formats as a user is told, by what torch calls them."""
    name, seen = (str(each).removeprefix("torch.") for each in (network, vision))
    return name if name == seen else f"{name}; the vision tokenizer in {seen}"
