"""The nano network: its sizes, and an initialisation from which the path through the queries can be learned."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from pipeline.model.config import GLOBAL_TOKENS, LOCAL_TOKENS, DecoderConfig, FlowConfig, NetworkConfig, VisionConfig
from pipeline.model.network import Network
from train_nano.tokens import NanoTokenizer

WIDTH = 256


def nano_config(tokenizer: NanoTokenizer) -> NetworkConfig:
    """About 17 million parameters with 6,144 tokens: 35 MB as bfloat16, and a megabyte for each thousand more."""
    return NetworkConfig(
        vision=VisionConfig(
            width=192, layers=10, heads=3, mlp_inner=768, window=16, global_layers=(2, 5, 8),
            neck_width=192, downsample_widths=(256, WIDTH),
        ),
        encoder=FlowConfig(width=WIDTH, layers=3, heads=4, kv_heads=4, mlp_inner=640, rope_theta=1e4),
        decoder=DecoderConfig(
            vocab_size=tokenizer.size, width=WIDTH, layers=6, heads=4, kv_heads=4, dense_layers=1, dense_inner=640,
            experts=4, experts_per_token=2, expert_inner=128, shared_experts=2, max_positions=8192,
        ),
        image_token_id=tokenizer.image, bos_token_id=tokenizer.bos, eos_token_id=tokenizer.eos,
    )  # fmt: skip


def initialise(network: Network, copy: bool = True) -> None:
    """Scaled-down residual outputs, spread queries, and a first flow layer in which query i reads visual token i.

    Plain initialisation leaves the decoder on the language-model plateau: it must find out at once what the queries
    should copy and how to use it. The copy (left out on demand) is only a starting point; nothing holds it in place.
    """
    depth = network.config.vision.layers + network.config.flow.layers + network.config.decoder.layers
    for name, module in network.named_modules():
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.5 if isinstance(module, nn.Embedding) else _fan_in(module.weight))
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)
            if name.endswith(("o_proj", "down_proj", "attention.output", "mlp.down")):
                module.weight.data.mul_(1 / math.sqrt(2 * depth))
        elif isinstance(module, nn.Conv2d):
            nn.init.normal_(module.weight, std=_fan_in(module.weight.flatten(1)))
    for name, parameter in network.named_parameters():
        if name.endswith(("gate_up_proj", "experts.down_proj")):
            nn.init.normal_(parameter, std=parameter.shape[-1] ** -0.5)
        if name.endswith("experts.down_proj"):
            parameter.data.mul_(1 / math.sqrt(2 * depth))
    nn.init.normal_(network.vision_tokenizer.position_embedding, std=0.02)
    nn.init.normal_(network.lm_head.weight, std=0.02)
    if copy:
        copy_visual_tokens(network)


def _fan_in(weight: Tensor) -> float:
    return float(weight.shape[-1]) ** -0.5


def copy_visual_tokens(network: Network, sharpness: float = 11.0, mark: float = 6.0) -> None:
    """Make query i of the first causal-flow layer attend to visual token i and add it to itself.

    With rotary positions a query that carries the angles of n steps back looks exactly n tokens back, and the visual
    token of the same cell stands n = 144 or 256 tokens before its query. Which n, the query says by one of its first
    two channels: the first is set in the table of tiles, the second in that of global views.
    """
    flow = network.causal_flow
    attention, width = flow.layers[0].attention, flow.config.width
    heads, head_dim = flow.config.heads, width // flow.config.heads
    half = head_dim // 2
    frequencies = flow.config.rope_theta ** (-torch.arange(half) / half)
    used = frequencies > 0.02  # slower turns hardly tell neighbours apart
    for weight in (attention.q_proj.weight, attention.k_proj.weight):
        weight.data.mul_(0.1)
    attention.v_proj.weight.data.copy_(torch.eye(width))
    attention.o_proj.weight.data.copy_(torch.eye(width))
    key = torch.cat((used.float(), torch.zeros(half))) * sharpness**0.5
    attention.k_proj.bias.data.copy_(key.repeat(heads))
    for channel, (table, steps) in enumerate(
        ((flow.local_queries, LOCAL_TOKENS), (flow.global_queries, GLOBAL_TOKENS))
    ):
        nn.init.normal_(table, std=1.0)
        table.data[:, :2] = 0.0
        table.data[:, channel] = mark
        angles = frequencies * steps
        look_back = torch.cat((angles.cos() * used, -angles.sin() * used)) * sharpness**0.5
        root_mean_square = math.sqrt((width - 2 + mark**2) / width)
        attention.q_proj.weight.data[:, channel] = (
            look_back.repeat(heads) * math.sqrt(head_dim) * root_mean_square / mark
        )
