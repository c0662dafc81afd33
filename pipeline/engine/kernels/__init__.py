"""Triton kernels of the decoding step. Each has its plain PyTorch twin, which the tests hold it to."""

from pipeline.engine.kernels.attention import decode_attention
from pipeline.engine.kernels.elementwise import gate, rms_norm, rotate_in_place, store
from pipeline.engine.kernels.experts import few_tokens, route
from pipeline.engine.kernels.vision import square_attention

__all__ = [
    "decode_attention",
    "few_tokens",
    "gate",
    "rms_norm",
    "rotate_in_place",
    "route",
    "square_attention",
    "store",
]
