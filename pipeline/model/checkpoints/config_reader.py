"""`config.json` of a checkpoint ↔ the network's sizes, in the official and in the native dialect.

Where the official dialect (`model_type: deepseek_vl_v2`) states each size:

- `language_config`: the decoder, by the names in `_LANGUAGE`.
- `vision_config.width.sam_vit_b`: width, layers, heads, global_attn_indexes, the first of downsample_channels; and
  where stated, window_size (else 14), mlp_dim (else four times the width) and output_channels, the neck (else 256).
- `vision_config.width.qwen2-0-5b`: dim, and where stated layers, heads, kv_heads, mlp_dim, rope_theta and norm_eps,
  else those of Qwen2-0.5B. The last downsample channel is this dim whatever the file says: the released file says
  1024, its weights have 896.
- `vision_config.image_size`; `image_token_id` at the top where stated, else the released one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pipeline.errors import ModelError
from pipeline.model.config import DecoderConfig, FlowConfig, NetworkConfig, VisionConfig

Json = dict[str, Any]
Number = TypeVar("Number", int, float)

_RELEASED = NetworkConfig.released()
_LANGUAGE = {
    "vocab_size": "vocab_size",
    "width": "hidden_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "dense_inner": "intermediate_size",
    "experts": "n_routed_experts",
    "experts_per_token": "num_experts_per_tok",
    "expert_inner": "moe_intermediate_size",
    "shared_experts": "n_shared_experts",
}
_ONLY: dict[str, tuple[object, ...]] = {
    # Facts that the network takes for granted: with any other value its numbers would be wrong without a word.
    "use_mla": (False,),
    "q_lora_rank": (None,),
    "kv_lora_rank": (None,),
    "topk_method": ("greedy", None),
    "scoring_func": ("softmax",),
    "moe_layer_freq": (1,),
    "rope_scaling": (None,),
    "attention_bias": (False,),
    "mlp_bias": (False,),
    "tie_word_embeddings": (False,),
    "projector_type": ("linear",),
    "patch_size": (16, [16, 16]),
    "use_abs_pos": (True,),
    "use_rel_pos": (True,),
    "qkv_bias": (True,),
    "use_sliding_window": (False,),
}


class _Section:
    """A JSON object and where it stands, so that errors can say what is wrong where."""

    def __init__(self, values: object, place: str) -> None:
        if not isinstance(values, Mapping):
            raise ModelError(f"config.json has no section {place!r}; use an unchanged DeepSeek-OCR 2 checkpoint")
        self.values = values
        self.place = place
        for key, allowed in _ONLY.items():
            self.only(key, *allowed)

    def only(self, key: str, *allowed: object) -> None:
        """Refuse a value that the network does not do, where the file states one."""
        if key in self.values and self.values[key] not in allowed:
            stated = f"{self.place}.{key} = {self.values[key]!r}".removeprefix(".")
            raise ModelError(f"config.json: {stated} is not supported, only {allowed[0]!r}; use another checkpoint")

    def section(self, key: str) -> _Section:
        return _Section(self.values.get(key), f"{self.place}.{key}".removeprefix("."))

    def number(self, key: str, default: Number | None = None) -> Number:
        value = self.values.get(key)
        value = default if value is None else value
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise ModelError(f"config.json: {self.place}.{key} is {value!r}, a number is needed")
        return value  # type: ignore[return-value]

    def numbers(self, key: str) -> tuple[int, ...]:
        value = self.values.get(key)
        if not isinstance(value, list | tuple) or not all(isinstance(each, int) for each in value):
            raise ModelError(f"config.json: {self.place}.{key} is {value!r}, a list of whole numbers is needed")
        return tuple(value)


def read_config(folder: Path) -> NetworkConfig:
    """The sizes that `config.json` in a checkpoint's folder states. Raises ModelError."""
    path = folder / "config.json"
    try:
        return parse_config(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ModelError(f"{folder} is no checkpoint: its config.json cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise ModelError(f"{path} is not valid JSON; download the checkpoint again") from error


def parse_config(raw: Json) -> NetworkConfig:
    """Sizes from a parsed `config.json` of either dialect. Raises ModelError for what is unknown or contradictory."""
    parsers = {"deepseek_vl_v2": _parse_official, "deepseek_ocr2": _parse_native}
    kind = raw.get("model_type") if isinstance(raw, Mapping) else None
    if not isinstance(kind, str) or kind not in parsers:
        raise ModelError(f"config.json: model_type {kind!r} is not DeepSeek-OCR 2; give --model a checkpoint of it")
    return parsers[kind](_Section(raw, ""))


def _parse_official(root: _Section) -> NetworkConfig:
    language, vision, projector = (root.section(f"{part}_config") for part in ("language", "vision", "projector"))
    widths = vision.section("width")
    if "qwen2-0-5b" not in widths.values:
        raise ModelError("config.json describes the first DeepSeek-OCR; give --model a checkpoint of DeepSeek-OCR 2")
    # The width of the encoder is stated once, by its own section; see the trap at the top.
    flow = _official_flow(widths.section("qwen2-0-5b"))
    config = NetworkConfig(
        vision=_official_vision(widths.section("sam_vit_b"), vision, flow.width),
        flow=flow,
        decoder=_decoder(
            language,
            dense_layers=language.number("first_k_dense_replace"),
            rope_theta=language.number("rope_theta", _RELEASED.decoder.rope_theta),
        ),
        image_token_id=root.number("image_token_id", _RELEASED.image_token_id),
        bos_token_id=language.number("bos_token_id", _RELEASED.bos_token_id),
        eos_token_id=language.number("eos_token_id", _RELEASED.eos_token_id),
    )
    joints = (projector.number("input_dim"), projector.number("n_embed"))
    if joints != (flow.width, config.decoder.width):
        raise ModelError(
            f"config.json contradicts itself: the projector goes {joints[0]} → {joints[1]}, "
            f"the parts around it have {flow.width} and {config.decoder.width}; use an unchanged checkpoint"
        )
    return config


def _official_vision(sam: _Section, vision: _Section, flow_width: int) -> VisionConfig:
    width: int = sam.number("width")
    return VisionConfig(
        width=width,
        layers=sam.number("layers"),
        heads=sam.number("heads"),
        mlp_inner=sam.number("mlp_dim", 4 * width),
        window=sam.number("window_size", _RELEASED.vision.window),
        global_layers=sam.numbers("global_attn_indexes"),
        neck_width=sam.number("output_channels", _RELEASED.vision.neck_width),
        downsample_widths=(sam.numbers("downsample_channels")[0], flow_width),
        image_size=vision.number("image_size"),
    )


def _official_flow(qwen: _Section) -> FlowConfig:
    released = _RELEASED.flow
    return FlowConfig(
        width=qwen.number("dim"),
        layers=qwen.number("layers", released.layers),
        heads=qwen.number("heads", released.heads),
        kv_heads=qwen.number("kv_heads", released.kv_heads),
        mlp_inner=qwen.number("mlp_dim", released.mlp_inner),
        rope_theta=qwen.number("rope_theta", released.rope_theta),
        norm_eps=qwen.number("norm_eps", released.norm_eps),
    )


def _parse_native(root: _Section) -> NetworkConfig:
    text, vision = root.section("text_config"), root.section("vision_config")
    kinds = text.values.get("mlp_layer_types") or []
    dense = kinds.count("dense")
    if sorted(kinds) != kinds or len(kinds) != text.number("num_hidden_layers", 0):
        raise ModelError("config.json: text_config.mlp_layer_types must name every layer, the dense ones first")
    return NetworkConfig(
        vision=_native_vision(vision.section("sam_config")),
        flow=_native_flow(vision.section("encoder_config")),
        decoder=_decoder(text, dense_layers=dense, rope_theta=_native_theta(text, _RELEASED.decoder.rope_theta)),
        image_token_id=root.number("image_token_id", _RELEASED.image_token_id),
        bos_token_id=text.number("bos_token_id", _RELEASED.bos_token_id),
        eos_token_id=text.number("eos_token_id", _RELEASED.eos_token_id),
    )


def _native_vision(sam: _Section) -> VisionConfig:
    sam.only("hidden_act", "gelu")
    width: int = sam.number("hidden_size")
    first, last = sam.numbers("downsample_channels")
    return VisionConfig(
        width=width,
        layers=sam.number("num_hidden_layers"),
        heads=sam.number("num_attention_heads"),
        mlp_inner=sam.number("mlp_dim", 4 * width),
        window=sam.number("window_size"),
        global_layers=sam.numbers("global_attn_indexes"),
        neck_width=sam.number("output_channels"),
        downsample_widths=(first, last),
        image_size=sam.number("image_size"),
    )


def _native_flow(encoder: _Section) -> FlowConfig:
    encoder.only("hidden_act", "silu")
    heads: int = encoder.number("num_attention_heads")
    return FlowConfig(
        width=encoder.number("hidden_size"),
        layers=encoder.number("num_hidden_layers"),
        heads=heads,
        kv_heads=encoder.number("num_key_value_heads", heads),
        mlp_inner=encoder.number("intermediate_size"),
        rope_theta=_native_theta(encoder, _RELEASED.flow.rope_theta),
        norm_eps=encoder.number("rms_norm_eps", _RELEASED.flow.norm_eps),
    )


def _native_theta(section: _Section, default: float) -> float:
    if not section.values.get("rope_parameters"):
        return default
    rope = section.section("rope_parameters")
    if rope.values.get("rope_type", "default") != "default":
        raise ModelError(f"config.json: {rope.place}.rope_type {rope.values['rope_type']!r} is not supported")
    theta: float = rope.number("rope_theta", default)
    return theta


def _decoder(section: _Section, dense_layers: int, rope_theta: float) -> DecoderConfig:
    """What `language_config` (official) and `text_config` (native) call by the same names."""
    section.only("hidden_act", "silu")
    sizes: dict[str, int] = {field: section.number(key) for field, key in _LANGUAGE.items()}
    released = _RELEASED.decoder
    return DecoderConfig(
        **sizes,
        kv_heads=section.number("num_key_value_heads", sizes["heads"]),
        dense_layers=dense_layers,
        rope_theta=rope_theta,
        max_positions=section.number("max_position_embeddings", released.max_positions),
        norm_eps=section.number("rms_norm_eps", released.norm_eps),
        normalize_weights=section.values.get("norm_topk_prob") or False,
        routed_scaling=section.number("routed_scaling_factor", released.routed_scaling),
    )
