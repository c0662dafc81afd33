"""Number formats of this machine's CPU, told without torch: settings are asked for before it is imported."""

from __future__ import annotations

import os
from pathlib import Path

CPU_FORMAT = "torch.float32"
"""Of a network on a CPU, as torch calls it: steps of a few tokens are slower in 16 bits there."""
_CEILINGS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")
_PRODUCTS = frozenset({"avx512_bf16", "amx_bf16"})
_CPUINFO = Path("/proc/cpuinfo")


def vision_format() -> str:
    """Of the vision tokenizer on this CPU: bfloat16 where its products have that format in hardware, else float32.

    Only Linux says so in a file; elsewhere it is float32, and where oneDNN, which multiplies, is told to do without.
    """
    return "torch.bfloat16" if _PRODUCTS & _flags() and _allowed() else CPU_FORMAT


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
