"""Weights in 8 bits beside what they stand for, for tests."""

from __future__ import annotations

import copy

import torch

from pipeline.model.config import DecoderConfig
from pipeline.model.experts import MixtureOfExperts
from pipeline.model.formats.int8 import Int8Experts, Int8Linear, dequantise


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    """Seeded normal numbers."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def both(config: DecoderConfig) -> tuple[MixtureOfExperts, MixtureOfExperts]:
    """Random experts with rounded weights in float32, and the same in 8 bits."""
    exact = MixtureOfExperts(config).requires_grad_(False)
    for number, parameter in enumerate(exact.parameters()):
        parameter.copy_(0.3 * noise(*parameter.shape, seed=number))
    eight = copy.deepcopy(exact)
    eight.experts = Int8Experts(eight.experts)  # type: ignore[assignment]
    for name in ("gate_up_proj", "down_proj"):
        scales = getattr(eight.experts, name + "_scales")
        getattr(exact.experts, name).copy_(dequantise(getattr(eight.experts, name), scales))
    for name in ("gate_proj", "up_proj", "down_proj"):
        layer = Int8Linear(getattr(eight.shared, name))
        setattr(eight.shared, name, layer)
        getattr(exact.shared, name).weight.copy_(dequantise(layer.weight, layer.weight_scales))
    return exact, eight
