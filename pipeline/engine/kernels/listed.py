"""Triton kernels of the decoding step. Each has its plain PyTorch twin, which the tests hold it to."""

from pipeline.engine.kernels.attention import decode_attention
from pipeline.engine.kernels.elementwise import (
    add_rms_norm,
    gate,
    layer_norm,
    log_sum_exp,
    rms_norm,
    rotate_in_place,
)
from pipeline.engine.kernels.keeping import store
from pipeline.engine.kernels.products.experts import few_tokens, route
from pipeline.engine.kernels.products.grouped import grouped_experts
from pipeline.engine.kernels.products.int8 import int8_product, widened
from pipeline.engine.kernels.rows import rows_attention
from pipeline.engine.kernels.vision.copies import cut_patches, surroundings
from pipeline.engine.kernels.vision.flow import flow_attention
from pipeline.engine.kernels.vision.squares import square_attention
from pipeline.engine.kernels.vision.windows import keys_by_place, parts_of_windows, window_attention

__all__ = [
    "add_rms_norm",
    "cut_patches",
    "decode_attention",
    "few_tokens",
    "flow_attention",
    "gate",
    "grouped_experts",
    "int8_product",
    "keys_by_place",
    "layer_norm",
    "log_sum_exp",
    "parts_of_windows",
    "rms_norm",
    "rotate_in_place",
    "route",
    "rows_attention",
    "square_attention",
    "store",
    "surroundings",
    "widened",
    "window_attention",
]
