"""Which kernels this machine has for a decoding step, and the attention of one new token a slot by each of them."""

from __future__ import annotations

import functools
import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from pipeline.engine.kernels.kept import ZERO, Kept, dequantise

DecodeAttention = Callable[[Tensor, Kept, Tensor, Tensor], Tensor]
"""Queries [S, heads, d]; keys and values; the blocks of each slot [S, n] and its tokens [S], int32."""

BLOCK = 256
"""Tokens of a block of keys and values: what flash-attn's paged kernel takes at least."""


@dataclass(frozen=True)
class Backend:
    """`static` kernels read the lengths on the device and look at no more: they fit into a CUDA graph."""

    name: str
    why: str
    attend: DecodeAttention
    static: bool


def attention_backend(device: torch.device) -> tuple[str, str]:
    """Name and reason of the attention that decoding uses on this device, for `ocr2 doctor`."""
    backend = choose_backend(device)
    return backend.name, backend.why


def choose_backend(device: torch.device, own_format: bool = True) -> Backend:
    """The fastest that works here. Nothing is compiled at installation; Triton compiles at its first use.

    `own_format`: whether keys and values are kept in the number format of queries, as FlashAttention wants them.
    """
    if device.type == "cpu":
        return Backend("sdpa", "torch's own attention, slot by slot", attend_each, static=False)
    if device.type != "cuda":
        return Backend("sdpa", f"torch's own attention; {device.type} has no other", attend_sdpa, static=False)
    if (broken := triton_trouble()) is None:
        return Backend("triton", "our split-KV kernel reads each key once", _attend_triton, static=True)
    if not own_format:
        return Backend("sdpa", f"no Triton ({broken}), which alone reads other formats", attend_sdpa, static=False)
    if importlib.util.find_spec("flash_attn"):
        return Backend("flash-attn", f"installed; no Triton: {broken}", attend_flash_attn, static=True)
    if _has_paged_varlen():
        return Backend(
            "torch-flash", f"torch's own FlashAttention; no Triton: {broken}", attend_torch_flash, static=True
        )
    return Backend(
        "sdpa", f"no Triton ({broken}), no flash-attn, and torch is older than 2.13", attend_sdpa, static=False
    )


def kernels(x: Tensor) -> Any:  # noqa: ANN401 a module of Triton functions, or None
    """Our Triton kernels where they run on this tensor's device, else None."""
    if (x.device.type == "cuda" or _interpreted()) and triton_trouble() is None:
        return _kernels()
    return None


@functools.cache
def triton_trouble() -> str | None:
    """Why Triton cannot be used; None where it can. Compiles one small kernel, as a compiler may be missing."""
    if not torch.cuda.is_available() and not _interpreted():
        return "there is no CUDA device"
    if importlib.util.find_spec("triton") is None:
        return "it is not installed"
    device = "cpu" if _interpreted() else "cuda"
    try:
        probe = torch.zeros(1, 16, device=device)
        _kernels().rms_norm(probe, probe[0], 1e-6)
    except (RuntimeError, OSError, ImportError) as error:
        return " ".join(str(error).split())[:120]
    return None


@functools.cache
def _kernels() -> ModuleType:
    from pipeline.engine.kernels import listed as package

    return package


@functools.cache
def _interpreted() -> bool:
    """Tests run the kernels without a device."""
    return os.environ.get("TRITON_INTERPRET") == "1"


def attend_sdpa(queries: Tensor, kept: Kept, table: Tensor, lengths: Tensor) -> Tensor:
    """Torch's own, with a mask over all the blocks that the table names: it reads and copies them whole."""
    keys, values = kept.keys[table], kept.values[table]
    if kept.scales is not None:
        keys, values = dequantise(keys, kept.scales[0][table]), dequantise(values, kept.scales[1][table])
    span = table.shape[1] * keys.shape[2]
    seen = torch.arange(span, device=lengths.device) < lengths[:, None]
    keys, values = (part.flatten(1, 2).to(queries.dtype) for part in (keys, values))
    return masked(queries, keys, values, seen)


def attend_each(queries: Tensor, kept: Kept, table: Tensor, lengths: Tensor) -> Tensor:
    """Two products, slot by slot: no mask, and no copy where a slot has one block. For the CPU, which knows lengths."""
    scaled = (queries * queries.shape[-1] ** -0.5).unflatten(1, (kept.keys.shape[2], -1))  # [S, kv heads, group, d]
    rows = []
    for row, length in enumerate(lengths.tolist()):
        # [kv heads, length, d] and [kv heads, 1, length]
        keys, values = (_own(part, table[row], length).transpose(0, 1) for part in (kept.keys, kept.values))
        if kept.scales is None:
            weights = torch.bmm(scaled[row], keys.to(queries.dtype).mT).softmax(-1)
        else:
            scales = [_own(part, table[row], length).T[:, None] for part in kept.scales]
            keys, values = (part.to(queries.dtype) - ZERO for part in (keys, values))
            weights = (torch.bmm(scaled[row], keys.mT) * scales[0]).softmax(-1) * scales[1]
        rows.append(torch.bmm(weights.to(queries.dtype), values.to(queries.dtype)).flatten(0, 1))
    return torch.stack(rows)


def _own(cached: Tensor, blocks: Tensor, length: int) -> Tensor:
    """The first `length` tokens in these blocks: [length, …]."""
    span = -(-length // cached.shape[1])
    return cached[blocks[0], :length] if span == 1 else cached[blocks[:span]].flatten(0, 1)[:length]


def masked(queries: Tensor, keys: Tensor, values: Tensor, seen: Tensor) -> Tensor:
    """Queries [S, heads, d] over keys and values [S, span, kv heads, d] where `seen` [S, span] → [S, heads, d]."""
    out = F.scaled_dot_product_attention(
        queries[:, :, None],
        keys.transpose(1, 2),
        values.transpose(1, 2),
        attn_mask=seen[:, None, None],
        enable_gqa=queries.shape[1] != keys.shape[2],
    )
    return out[:, :, 0]


def _attend_triton(queries: Tensor, kept: Kept, table: Tensor, lengths: Tensor) -> Tensor:
    out: Tensor = _kernels().decode_attention(queries, kept, table, lengths)
    return out


def attend_flash_attn(queries: Tensor, kept: Kept, table: Tensor, lengths: Tensor) -> Tensor:
    """flash-attn's kernel for decoding."""
    from flash_attn import flash_attn_with_kvcache

    out: Tensor = flash_attn_with_kvcache(
        queries[:, None], kept.keys, kept.values, cache_seqlens=lengths, block_table=table, causal=True
    )
    return out[:, 0]


def attend_torch_flash(queries: Tensor, kept: Kept, table: Tensor, lengths: Tensor) -> Tensor:
    """FlashAttention as torch ships it, from 2.13 with a table of blocks."""
    from torch.nn.attention.varlen import varlen_attn

    slots = queries.shape[0]
    starts = torch.arange(slots + 1, device=queries.device, dtype=torch.int32)
    out = varlen_attn(
        queries, kept.keys, kept.values, starts, None, 1, table.shape[1] * kept.keys.shape[1],
        enable_gqa=queries.shape[1] != kept.keys.shape[2], seqused_k=lengths, block_table=table,
    )  # fmt: skip
    assert isinstance(out, Tensor)
    return out


def _has_paged_varlen() -> bool:
    if importlib.util.find_spec("torch.nn.attention.varlen") is None:
        return False
    import inspect

    from torch.nn.attention.varlen import varlen_attn

    return "block_table" in inspect.signature(varlen_attn).parameters
