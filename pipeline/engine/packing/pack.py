"""The network's layers for reading only: weights that are used together lie together, and fused kernels do the rest."""

from __future__ import annotations

import torch
from torch import nn

from pipeline.engine.compute.compiler import numba_trouble
from pipeline.engine.packing.blocks import PackedAttention, PackedBlock, PackedDecoder, PackedMlp, PackedNorm
from pipeline.engine.packing.experts import PackedExperts
from pipeline.engine.packing.flow import PackedCausalFlow
from pipeline.engine.packing.int8_experts import PackedInt8Experts
from pipeline.engine.packing.linear import pack_all
from pipeline.engine.packing.products import Product, halve
from pipeline.engine.packing.vision import PackedVisionTokenizer
from pipeline.model.block import Block, GatedMlp
from pipeline.model.causal_flow import CausalFlow
from pipeline.model.config import ClipConfig
from pipeline.model.decoder import Decoder
from pipeline.model.experts import MixtureOfExperts
from pipeline.model.formats.int8 import Int8Experts
from pipeline.model.formats.of_cpu import gains_by_integers
from pipeline.model.network import Network

# Chosen: the memory for a second copy of the weights is nothing there; a larger network has weights in 8 bits instead.
SMALL = 100_000_000
"""Parameters below which a network on a CPU keeps its matrices in half precision as well."""


def pack(network: Network) -> Network:
    """The same network with packed layers, in place: it can be read with, but neither be trained nor saved any more.

    One layer is converted at a time, so the peak is the network and one layer.
    """
    # CLIP stays as it is: its queries, keys and values are one product already.
    bodies: list[Decoder | CausalFlow] = [network.decoder]
    if not isinstance(network.config.encoder, ClipConfig):
        bodies.append(network.causal_flow)
    for body in bodies:
        blocks = list[PackedBlock]()
        for block in body.layers:
            assert isinstance(block, Block)
            blocks.append(pack_block(block))
        body.layers = nn.ModuleList(blocks)
        body.norm = PackedNorm(body.norm)
    network.decoder = PackedDecoder(network.decoder)
    pack_all(network)
    if not isinstance(network.config.encoder, ClipConfig):
        network.causal_flow = PackedCausalFlow(network.causal_flow)
    if network.device.type == "cpu" and sum(each.numel() for each in network.parameters()) < SMALL:
        halve(network.decoder)
        if type(network.lm_head) is nn.Linear:
            network.lm_head = Product(network.lm_head)  # type: ignore[assignment]  # computes the same
            halve(network.lm_head)
    network.vision_tokenizer = PackedVisionTokenizer(network.vision_tokenizer)
    return _with_integers(network) if network.config.int8_vision and _are_plain(network.vision_tokenizer) else network


def _with_integers(network: Network) -> Network:
    """Where that gains, and Numba loads: the import is of what it compiles."""
    if gains_by_integers() and numba_trouble() is None:
        from pipeline.engine.integers.products import are_exact
        from pipeline.engine.integers.tokenizer import IntegerTokenizer

        if not are_exact():
            return network
        network.vision_tokenizer = integers = IntegerTokenizer(network.vision_tokenizer)
        integers.prepare()
    return network


def _are_plain(module: nn.Module) -> bool:
    """Whether its weights are in float32, on a CPU."""
    return all(each.dtype is torch.float32 and each.device.type == "cpu" for each in module.parameters())


def pack_block(block: Block) -> PackedBlock:
    """One block, whose parts are taken over."""
    block.attention_norm = PackedNorm(block.attention_norm)
    block.mlp_norm = PackedNorm(block.mlp_norm)
    block.attention = PackedAttention(block.attention)
    if isinstance(block.mlp, MixtureOfExperts):
        eight = isinstance(block.mlp.experts, Int8Experts)
        block.mlp = PackedInt8Experts(block.mlp) if eight else PackedExperts(block.mlp)
    elif isinstance(block.mlp, GatedMlp):
        block.mlp = PackedMlp(block.mlp)
    return PackedBlock(block)
