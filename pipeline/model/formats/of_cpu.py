"""Number formats of this machine's CPU, told without torch: settings are asked for before it is imported."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

CPU_FORMAT = "torch.float32"
"""Of a network on a CPU, as torch calls it: steps of a few tokens are slower in 16 bits there."""
_CEILINGS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")
_PRODUCTS = frozenset({"avx512_bf16", "amx_bf16"})
_SUMS = frozenset({"avx512_vnni", "amx_int8"})
_CPUINFO = Path("/proc/cpuinfo")


def multiplies_in_bfloat16() -> bool:
    """Whether this CPU's products have that format in hardware: AVX512-BF16 or AMX.

    Torch says yes where only AVX512 is there, too. Linux on x86 alone says so in a file; elsewhere it is no, and where
    oneDNN, which multiplies, is told to do without.
    """
    return bool(_PRODUCTS & _told("flags")) and _allowed()


def gains_by_bfloat16() -> bool:
    """Whether large products are faster in that format than in float32: with AMX, or on AMD's processors.

    Intel's AVX512-BF16 alone multiplies no more numbers a cycle, and torch's attention and sums are slower in it: on a
    Xeon whose AMX is hidden nano's whole page takes 1.71 s of a core for .95, a tile .71 for .56.
    """
    if not multiplies_in_bfloat16():
        return False
    return "amx_bf16" in _told("flags") or "AuthenticAMD" in _told("vendor_id")


def gains_by_integers() -> bool:
    """Whether products of 8-bit integers are several times as fast as float32's (AVX512-VNNI or AMX), and Numba is
    there, which compiles what stands between them."""
    return bool(_SUMS & _told("flags")) and _allowed("VNNI") and importlib.util.find_spec("numba") is not None


def vision_format(int8: bool = False) -> str:
    """Of the vision tokenizer on this CPU, beside a network in `CPU_FORMAT`: its products are large, so they may gain;
    a step's are small, and the decoder needs its digits. `int8`: whether integers were tried with its weights."""
    if int8 and gains_by_integers():
        return "torch.int8"
    return "torch.bfloat16" if gains_by_bfloat16() else CPU_FORMAT


def _allowed(*older: str) -> bool:
    """Whether oneDNN's own variables let it use such instructions: it names the newest ones that it may."""
    newest = next((value for name in _CEILINGS if (value := os.environ.get(name))), "ALL").upper()
    return newest in ("ALL", "DEFAULT") or any(part in newest for part in (*older, "BF16", "FP16", "AMX", "AVX10"))


def _told(name: str) -> frozenset[str]:
    """What Linux says of the first core in one of its lines; nothing where that is not told."""
    try:
        lines = _CPUINFO.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return frozenset()
    return frozenset(next((line.partition(":")[2] for line in lines if line.startswith(name)), "").split())


def with_vision(formats: str, network: object, vision: object) -> str:
    """Number formats as a settings key has them: that of the vision tokenizer, too, where it is not the network's."""
    return formats if str(vision) == str(network) else f"{formats} vision {vision}"


def in_words(network: object, vision: object) -> str:
    """Two formats as a user is told, by what torch calls them."""
    name, seen = (str(each).removeprefix("torch.") for each in (network, vision))
    seen = "products of 8-bit integers" if seen == "int8" else seen
    return name if name == seen else f"{name}; the vision tokenizer in {seen}"
