"""A tiny network with random weights, and transformers' class with the very same ones."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from transformers import DeepseekOcr2Config, DeepseekOcr2ForConditionalGeneration

from pipeline.model.checkpoints.config_writer import native_config
from pipeline.model.checkpoints.load import load
from pipeline.model.config import DecoderConfig, FlowConfig, NetworkConfig, VisionConfig
from pipeline.model.network import Network

TINY = NetworkConfig(
    # Only widths, depths and vocabulary are small: views, windows and token counts are the real ones.
    vision=VisionConfig(
        width=16,
        layers=3,
        heads=2,
        mlp_inner=24,
        window=14,
        global_layers=(1,),
        neck_width=12,
        downsample_widths=(20, 24),
    ),
    encoder=FlowConfig(width=24, layers=2, heads=4, kv_heads=2, mlp_inner=40),
    decoder=DecoderConfig(
        vocab_size=64,
        width=32,
        layers=3,
        heads=4,
        kv_heads=4,
        dense_layers=1,
        dense_inner=48,
        experts=10,
        experts_per_token=2,
        expert_inner=12,
        shared_experts=2,
    ),
    image_token_id=60,
    bos_token_id=0,
    eos_token_id=1,
)


@dataclass(frozen=True)
class Pair:
    """The reference with random weights, the checkpoint it was saved to, and our network loaded from there."""

    reference: DeepseekOcr2ForConditionalGeneration
    folder: Path
    ours: Network


def native_model(config: NetworkConfig, seed: int = 0) -> DeepseekOcr2ForConditionalGeneration:
    """Random weights of a size that makes every part matter, position tables and norms included."""
    model = DeepseekOcr2ForConditionalGeneration(DeepseekOcr2Config(**native_config(config))).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            convolution = parameter.dim() == 4 and name.endswith("weight")
            fan_in = parameter[0].numel() if convolution else parameter.shape[-1]
            noise = torch.randn(parameter.shape, generator=generator) * (2 / fan_in) ** 0.5
            parameter.copy_(1 + 0.3 * noise if "norm" in name and name.endswith("weight") else noise)
    return model


@pytest.fixture(scope="session")
def tiny_config() -> NetworkConfig:
    return TINY


@pytest.fixture(scope="session")
def make_pair(tmp_path_factory: pytest.TempPathFactory):
    """A function: configuration → the reference, its native checkpoint, and our network loaded from it."""

    def make(config: NetworkConfig = TINY) -> Pair:
        reference = native_model(config)
        folder = tmp_path_factory.mktemp("native")
        save_file(
            {key: value.contiguous() for key, value in reference.state_dict().items()}, folder / "model.safetensors"
        )
        (folder / "config.json").write_text(json.dumps(native_config(config)))
        return Pair(reference, folder, load(folder))

    return make


@pytest.fixture(scope="session")
def pair(make_pair) -> Pair:
    return make_pair()


@pytest.fixture(scope="session")
def grouped_pair(make_pair) -> Pair:
    """Grouped-query attention in the decoder, and few enough experts that all are computed at once."""
    decoder = replace(TINY.decoder, kv_heads=2, experts=6, experts_per_token=3, routed_scaling=1.5)
    return make_pair(replace(TINY, decoder=decoder))
