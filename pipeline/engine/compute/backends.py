"""Which kernels this machine has for a decoding step, and the attention of one new token per slot by each of them."""

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

from pipeline.engine.compute.rows import Rows
from pipeline.engine.compute.slot_by_slot import attend_each, attend_rows_each, attend_seen_each
from pipeline.engine.kernels.kept import Kept, dequantise

DecodeAttention = Callable[[Tensor, Kept, Tensor, Tensor], Tensor]
"""Queries [S, heads, d]; keys and values; the blocks of each slot [S, n] and its tokens [S], int32."""
RowsAttention = Callable[[Tensor, Kept, Tensor, Tensor, Rows], Tensor]
"""The same for queries [T, heads, d] of `Rows`: a slot's first row sees its tokens [S], each further row one more."""
RingAttention = Callable[[Tensor, Kept, Tensor, Tensor, Rows, Tensor, tuple[int, int]], Tensor]
"""The same where answers lie in rings of a window and a size, behind the slots' prompts [S]."""

# Larger blocks leave more of a slot's last one empty (128 tokens on average, a twentieth of a slot); smaller ones
# flash-attn cannot read.
BLOCK = 256
"""Tokens of a block of keys and values: what flash-attn's paged kernel takes at least."""


@dataclass(frozen=True)
class Backend:
    """`static` kernels read the lengths on the device and look at no more: they fit into a CUDA graph."""

    name: str
    why: str
    attend: DecodeAttention
    static: bool
    attend_rows: RowsAttention | None = None
    """Where a slot's rows share one read of its keys; else `attend` takes each row for a slot."""
    attend_ring: RingAttention | None = None
    """Where rows see their windows in a ring without a mask that names every place."""

    def rows(self, queries: Tensor, kept: Kept, table: Tensor, lengths: Tensor, rows: Rows) -> Tensor:
        """Attention of rows, shared or not."""
        if self.attend_rows:
            return self.attend_rows(queries, kept, table, lengths, rows)
        return self.attend(queries, kept, table[rows.slots], lengths[rows.slots] + rows.ahead.int())


def attention_backend(device: torch.device) -> tuple[str, str]:
    """Name and reason of the attention that decoding uses on this device, for `ocr2 doctor`."""
    backend = choose_backend(device)
    return backend.name, backend.why


def choose_backend(device: torch.device, own_format: bool = True) -> Backend:
    """The fastest that works here. Nothing is compiled at installation; Triton compiles at its first use.

    `own_format`: whether keys and values are kept in the number format of queries, as FlashAttention wants them.
    """
    if device.type == "cpu":
        return Backend("sdpa", "torch's own attention, slot by slot", attend_each, False, attend_rows_each)
    # In the order of speed where it was measured (one layer of 384 slots on an H100): ours 1.24 ms, torch's
    # FlashAttention 1.44.
    if device.type != "cuda":
        return Backend("sdpa", f"torch's own attention; {device.type} has no other", attend_sdpa, static=False)
    if (broken := triton_trouble()) is None:
        return Backend(
            "triton", "our split-KV kernel reads each key once", _attend_triton, True, _rows_triton, _ring_triton
        )
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
    keys, values = _whole(kept, table, queries.dtype)
    seen = torch.arange(keys.shape[1], device=lengths.device) < lengths[:, None]
    return masked(queries, keys, values, seen)


def _whole(kept: Kept, table: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Keys and values of all the blocks that the table [S, n] names, copied: [S, span, kv heads, d]."""
    keys, values = kept.keys[table], kept.values[table]
    if kept.scales is not None:
        keys, values = dequantise(keys, kept.scales[0][table]), dequantise(values, kept.scales[1][table])
    return keys.flatten(1, 2).to(dtype), values.flatten(1, 2).to(dtype)


def attend_seen(queries: Tensor, kept: Kept, table: Tensor, rows: Rows, seen: Tensor) -> Tensor:
    """Queries [T, heads, d] of `rows`, each over those places of its slot that are `seen` [T, span], on any device."""
    if queries.device.type == "cpu":
        return attend_seen_each(queries, kept, table, rows, seen)
    keys, values = _whole(kept, table, queries.dtype)
    # One row of queries for each slot; rows behind a slot's own hold anything, and nobody looks at them.
    out = F.scaled_dot_product_attention(
        rows.picked(queries).transpose(1, 2),
        keys.transpose(1, 2),
        values.transpose(1, 2),
        attn_mask=rows.picked(seen)[:, None],
        enable_gqa=queries.shape[1] != keys.shape[2],
    )
    return out.transpose(1, 2)[rows.slots, rows.ahead]


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


def _rows_triton(queries: Tensor, kept: Kept, table: Tensor, lengths: Tensor, rows: Rows) -> Tensor:
    out: Tensor = _kernels().rows_attention(queries, kept, table, lengths, rows.starts, rows.sizes)
    return out


def _ring_triton(
    queries: Tensor, kept: Kept, table: Tensor, lengths: Tensor, rows: Rows, prompts: Tensor, ring: tuple[int, int]
) -> Tensor:
    out: Tensor = _kernels().rows_attention(queries, kept, table, lengths, rows.starts, rows.sizes, prompts, ring)
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


def by_products(x: Tensor) -> bool:
    """Whether this is on a CPU, whose products are faster than its convolutions, and whose cache holds one view."""
    return x.device.type == "cpu" and not kernels(x)


def in_short_on_cpu(x: Tensor) -> bool:
    """Whether this is on a CPU in 16 bits, whose products are fast and whose everything else is to be kept short."""
    return x.dtype is torch.bfloat16 and by_products(x)
