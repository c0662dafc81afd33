"""The number format of a network, told as one value: of activations, of weights, and of what is kept exact."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from pipeline.model.block import Block
from pipeline.model.formats.int8 import to_int8
from pipeline.model.network import Network

# Others found that the released weights overflow half precision from the decoder's sixth layer on, and in the logits.
EXACT_FROM = 6
"""The first decoder layer that is computed in float32 where the rest is float16."""


@dataclass(frozen=True)
class NumberFormat:
    """What a network computes in; with `int8`, weights of products are kept in 8 bits.

    `exact_from` is the first layer of the decoder from which on everything, the logits too, is in float32.
    """

    dtype: torch.dtype
    int8: bool = False
    exact_from: int | None = None

    def __str__(self) -> str:
        """As a settings key has it: of a plain format, what torch calls it."""
        exact = "" if self.exact_from is None else f" float32>={self.exact_from}"
        return f"{self.dtype}{' int8' if self.int8 else ''}{exact}"

    @property
    def bytes(self) -> int:
        """Of a weight of a product."""
        return 1 if self.int8 else self.dtype.itemsize

    def beside(self, kept: torch.dtype) -> str:
        """As a settings key has it together with the format of keys and values."""
        return str(self) if kept is self.dtype else f"{self} {kept}"

    @property
    def words(self) -> str:
        """As a user is told."""
        name = str(self.dtype).removeprefix("torch.")
        weights = f"weights in 8 bits, computed in {name}" if self.int8 else name
        if self.exact_from is None:
            return weights
        return f"{weights}; decoder layers from {self.exact_from} on and the logits in float32, which {name} breaks"

    def apply(self, network: Network) -> Network:
        """The network in this format, in place; it may have no memory yet."""
        network.to(self.dtype)
        if self.exact_from is not None:
            exact: tuple[nn.Module, ...] = tuple(network.decoder.layers[self.exact_from :])
            for part in (*exact, network.decoder.norm, network.lm_head):
                part.float()
        return to_int8(network) if self.int8 else network


def format_of(network: Network) -> NumberFormat:
    """The format that a network is in, packed or not."""
    head, own = network.lm_head.weight, network.dtype
    norms = [layer.attention_norm.weight.dtype for layer in network.decoder.layers if isinstance(layer, Block)]
    exact = norms.index(torch.float32) if own is not torch.float32 and torch.float32 in norms else None
    return NumberFormat(own, head.dtype is torch.int8, exact)


def half_format() -> NumberFormat:
    """For cards without bfloat16."""
    return NumberFormat(torch.float16, exact_from=EXACT_FROM)
