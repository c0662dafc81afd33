"""The number format of a network, told as one value: of activations, of weights, and of what is kept exact."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from pipeline.model.block import Block
from pipeline.model.formats.int8 import to_int8
from pipeline.model.formats.of_cpu import in_words, with_vision
from pipeline.model.network import Network

# Others found that the released weights overflow half precision from the decoder's sixth layer on, and in the logits.
EXACT_FROM = 6
"""The first decoder layer that is computed in float32 where the rest is float16."""


@dataclass(frozen=True)
class NumberFormat:
    """What a network computes in; with `int8`, weights of products are kept in 8 bits.

    `exact_from` is the first layer of the decoder from which on everything, the logits too, is in float32. `vision` is
    what the vision tokenizer computes in where that is another format than the rest; int8 are products of integers.
    """

    dtype: torch.dtype
    int8: bool = False
    exact_from: int | None = None
    vision: torch.dtype | None = None

    def __str__(self) -> str:
        """As a settings key has it: of a plain format, what torch calls it."""
        return self.beside(self.dtype)

    @property
    def bytes(self) -> int:
        """Of a weight of a product."""
        return 1 if self.int8 else self.dtype.itemsize

    def beside(self, kept: torch.dtype) -> str:
        """As a settings key has it together with the format of keys and values."""
        exact = "" if self.exact_from is None else f" float32>={self.exact_from}"
        own = f"{self.dtype}{' int8' if self.int8 else ''}{exact}"
        return with_vision(own if kept is self.dtype else f"{own} {kept}", self.dtype, self.vision or self.dtype)

    @property
    def words(self) -> str:
        """As a user is told."""
        told = in_words(self.dtype, self.vision or self.dtype)
        weights = f"weights in 8 bits, computed in {told}" if self.int8 else told
        if self.exact_from is None:
            return weights
        late = f"decoder layers from {self.exact_from} on and the logits in float32"
        return f"{weights}; {late}, which {in_words(self.dtype, self.dtype)} breaks"

    def apply(self, network: Network) -> Network:
        """The network in this format, in place; it may have no memory yet."""
        network.to(self.dtype)
        if self.exact_from is not None:
            exact: tuple[nn.Module, ...] = tuple(network.decoder.layers[self.exact_from :])
            for part in (*exact, network.decoder.norm, network.lm_head):
                part.float()
        if self.vision is not None and self.vision is not torch.int8:  # whose weights are rounded when it is packed
            network.vision_tokenizer.to(self.vision)
        return to_int8(network) if self.int8 else network


def format_of(network: Network) -> NumberFormat:
    """The format that a network is in, packed or not."""
    head, own = network.lm_head.weight, network.dtype
    norms = [layer.attention_norm.weight.dtype for layer in network.decoder.layers if isinstance(layer, Block)]
    exact = norms.index(torch.float32) if own is not torch.float32 and torch.float32 in norms else None
    vision = network.vision_tokenizer.format
    return NumberFormat(own, head.dtype is torch.int8, exact, None if vision is own else vision)


def half_format() -> NumberFormat:
    """For cards without bfloat16."""
    return NumberFormat(torch.float16, exact_from=EXACT_FROM)
