"""Steps of a small network on a CPU by one call of compiled code, where Numba is there."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pipeline.engine.cache.apart import Span
from pipeline.engine.cache.cache import BlockCache
from pipeline.engine.compute.compiler import numba_trouble
from pipeline.engine.packing.blocks import PackedAttention, PackedDecoder, PackedMlp
from pipeline.engine.packing.experts import PackedExperts
from pipeline.engine.packing.pack import SMALL
from pipeline.model.block import Block
from pipeline.model.decoder import Decoder

HEAD = 64
"""Width of a head that is compiled, as `attention.py` has it; asked for before Numba is imported."""


class CompiledDecoder:
    """All layers of a packed decoder, by the same sums as torch's within rounding."""

    def __init__(self, decoder: PackedDecoder, cache: BlockCache) -> None:
        """Weights are copied in bfloat16; `compiled_decoder` says which can be."""
        from pipeline.engine.compiled.step import Rules, Weights, decode

        self._decode = decode
        blocks = [layer for layer in decoder.layers if isinstance(layer, Block)]
        dense = [block.mlp for block in blocks if isinstance(block.mlp, PackedMlp)]
        sparse = [block.mlp for block in blocks if isinstance(block.mlp, PackedExperts)]
        config = decoder.config
        cos, sin = decoder.tables(torch.arange(config.max_positions))
        self._weights = Weights(
            norms=_floats([torch.stack((block.attention_norm.weight, block.mlp_norm.weight)) for block in blocks]),
            last=_floats([decoder.norm.weight])[0],
            qkv=_bits(_attention(block).qkv.weight for block in blocks),
            mixed=_bits(_attention(block).o_proj.weight for block in blocks),
            dense_up=_bits([mlp.gate_up.weight for mlp in dense]),
            dense_down=_bits(_weight(mlp.down_proj) for mlp in dense),
            router=_floats([mlp.router.weight for mlp in sparse]),
            up=_bits([mlp.gate_up.view(mlp.experts, -1, mlp.width) for mlp in sparse]),
            down=_bits([mlp.down.view(mlp.width, mlp.experts, -1).transpose(0, 1) for mlp in sparse]),
            cos=_floats([cos])[0, :, 0],
            sin=_floats([sin])[0, :, 0],
        )
        self._rules = Rules(
            np.float32(config.norm_eps),
            config.experts_per_token,
            config.normalize_weights,
            np.float32(config.routed_scaling),
        )
        self._keys, self._values = (part.numpy() for part in cache.parts)
        # Some seconds on a machine that has not done so yet: the first views are encoded meanwhile.
        self._compiling: threading.Thread | None = threading.Thread(target=self._compile, name="compile", daemon=True)
        self._compiling.start()

    def _compile(self) -> None:
        layers, _, heads, _, width = self._keys.shape
        keys, values = np.zeros((2, layers, 1, heads, 1, width), np.float32)
        x, none = np.zeros((1, len(self._weights.last)), np.float32), np.zeros(1, np.int64)
        self._decode(x, none, np.array([[1, 0, 0, 1]]), keys, values, self._weights, self._rules)

    def __call__(self, embeddings: Tensor, positions: Tensor, spans: Sequence[Span]) -> Tensor:
        """Embeddings [T, width] at positions [T] → normalised hidden states [T, width]; keys and values are kept."""
        if self._compiling:
            self._compiling.join()
            self._compiling = None
        x = embeddings.numpy().copy()
        self._decode(
            x,
            np.ascontiguousarray(positions.numpy()),
            np.array(spans),
            self._keys,
            self._values,
            self._weights,
            self._rules,
        )
        return torch.from_numpy(x)


def compiled_decoder(decoder: Decoder, cache: BlockCache) -> CompiledDecoder | None:
    """Where it is small, its every weight is one of bfloat16, and heads and numbers are such as are compiled."""
    if not isinstance(decoder, PackedDecoder) or not cache.has_whole or cache.parts[0].dtype is not torch.float32:
        return None
    if sum(each.numel() for each in decoder.parameters()) >= SMALL:
        return None
    config = decoder.config
    if config.width % 4 or config.expert_inner % 4 or config.head_dim != HEAD or config.window is not None:
        return None
    # There must be a layer of either kind, for their weights are stacked.
    if not 0 < config.dense_layers < config.layers:
        return None
    matrices = [each for each in decoder.layers.parameters() if each.dim() == 2]
    return CompiledDecoder(decoder, cache) if all(map(_is_short, matrices)) and numba_trouble() is None else None


def _attention(block: Block) -> Any:  # noqa: ANN401  what stands in its place
    attention = block.attention
    assert isinstance(attention, PackedAttention)
    return attention


def _weight(layer: torch.nn.Module) -> Tensor:
    weight = layer.weight
    assert isinstance(weight, Tensor)
    return weight


def _is_short(weight: Tensor) -> bool:
    """Whether numbers in float32 are all numbers of bfloat16."""
    if weight.dtype is not torch.float32 or weight.device.type != "cpu":
        return False
    return not bool((weight.detach().view(torch.int32) & 0xFFFF).any())


def _bits(weights: Iterable[Tensor]) -> NDArray[np.uint16]:
    stacked = torch.stack([weight.detach().to(torch.bfloat16) for weight in weights])
    return stacked.contiguous().view(torch.int16).numpy().view(np.uint16)


def _floats(weights: Iterable[Tensor]) -> NDArray[np.float32]:
    stacked: NDArray[np.float32] = torch.stack([weight.detach().float() for weight in weights]).contiguous().numpy()
    return stacked
