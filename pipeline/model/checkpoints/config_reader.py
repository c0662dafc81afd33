"""`config.json` of a checkpoint ↔ the network's sizes, in the official and in the native dialect.

Where the official dialect (`model_type: deepseek_vl_v2`) states each size:

- `language_config`: the decoder, by the names in `_LANGUAGE`.
- `vision_config.width.sam_vit_b`: width, layers, heads, global_attn_indexes, the first of downsample_channels; and
  where stated, window_size (else 14), mlp_dim (else four times the width) and output_channels, the neck (else 256).
- `vision_config.width.qwen2-0-5b`: dim, and where stated layers, heads, kv_heads, mlp_dim, rope_theta and norm_eps,
  else those of Qwen2-0.5B. The last downsample channel is this dim whatever the file says: the released file says
  1024, its weights have 896.
- `vision_config.width.clip-l-14-224`, in place of the latter: CLIP, of DeepSeek-OCR 1 and Unlimited-OCR. The last
  downsample channel is its width.
- `sliding_window` at the top, or `sliding_window_size` of the language: the decoder's window (Unlimited-OCR).
- `vision_config.image_size`; `image_token_id` at the top where stated, else the released one.
- At the top, in both dialects, our own: `dense_tiles`, the most local views of a page of narrow lines; `int8_vision`,
  whether its makers tried its vision tokenizer with products of 8-bit integers, so that a CPU may take them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import ModelError
from pipeline.model.checkpoints.config_encoders import (
    native_clip,
    native_flow,
    native_theta,
    official_clip,
    official_flow,
)
from pipeline.model.checkpoints.sections import Section
from pipeline.model.config import ClipConfig, DecoderConfig, FlowConfig, NetworkConfig, VisionConfig
from pipeline.small_files import text_of

Json = dict[str, Any]

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


def read_config(folder: Path) -> NetworkConfig:
    """The sizes that `config.json` in a checkpoint's folder states. Raises ModelError."""
    path = folder / "config.json"
    try:
        return parse_config(json.loads(text_of(path)))
    except OSError as error:
        raise ModelError(
            f"{folder} is no checkpoint: its config.json cannot be read ({error.strerror}); name one that has it"
        ) from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} is not valid JSON; download the checkpoint again") from error


def parse_config(raw: Json) -> NetworkConfig:
    """Sizes from a parsed `config.json` of either dialect. Raises ModelError for what is unknown or contradictory."""
    # By the file's own word, never by guessing from sizes: a wrong guess would load and read nonsense.
    parsers = {
        "deepseek_vl_v2": _parse_official,  # DeepSeek-OCR 1 and 2 alike: which one it is, their encoders tell
        "deepseek_ocr2": _parse_native,
        "unlimited-ocr": _parse_official,  # as the released file has it
        "unlimited_ocr": _parse_unlimited,
    }
    kind = raw.get("model_type") if isinstance(raw, Mapping) else None
    if not isinstance(kind, str) or kind not in parsers:
        raise ModelError(
            f"config.json: model_type {kind!r} is not of this family; give --model a checkpoint of DeepSeek-OCR 1 or "
            "2, or of Unlimited-OCR"
        )
    return parsers[kind](Section(raw, ""))


def _parse_unlimited(root: Section) -> NetworkConfig:
    """Native files state `text_config`; copies of the released one keep `language_config` under the native name."""
    return _parse_native(root) if "text_config" in root.values else _parse_official(root)


def _parse_official(root: Section) -> NetworkConfig:
    language, vision, projector = (root.section(f"{part}_config") for part in ("language", "vision", "projector"))
    _refuse_extra_heads(root, language)
    # The width of the encoder is stated once, by its own section; see the trap at the top.
    encoder = _official_encoder(vision.section("width"))
    config = NetworkConfig(
        vision=_official_vision(vision.section("width").section("sam_vit_b"), vision, encoder.width),
        encoder=encoder,
        decoder=_decoder(
            language,
            dense_layers=language.count("first_k_dense_replace", least=0),
            rope_theta=language.number("rope_theta", _RELEASED.decoder.rope_theta),
            window=root.count("sliding_window", language.count("sliding_window_size", 0, least=0), least=0) or None,
        ),
        image_token_id=root.count("image_token_id", _RELEASED.image_token_id, least=0),
        bos_token_id=language.count("bos_token_id", _RELEASED.bos_token_id, least=0),
        eos_token_id=language.count("eos_token_id", _RELEASED.eos_token_id, least=0),
        dense_tiles=root.count("dense_tiles", _RELEASED.dense_tiles, least=0),
        int8_vision=root.flag("int8_vision"),
    )
    joints = (projector.count("input_dim"), projector.count("n_embed"))
    if joints != (config.joint_width, config.decoder.width):
        raise ModelError(
            f"config.json contradicts itself: the projector goes {joints[0]} → {joints[1]}, "
            f"the parts around it have {config.joint_width} and {config.decoder.width}; use an unchanged checkpoint"
        )
    return config


def _refuse_extra_heads(*sections: Section) -> None:
    """Jina OCR has this family's layout with heads that predict several tokens, and may not be used commercially."""
    if any(key.startswith("mtp_") for section in sections for key in section.values):
        raise ModelError(
            "config.json: this is a checkpoint with extra prediction heads (mtp_*), such as Jina OCR, whose licence "
            "(CC BY-NC 4.0) forbids commercial use; it is not supported: give --model DeepSeek-OCR or Unlimited-OCR"
        )


def _official_encoder(widths: Section) -> FlowConfig | ClipConfig:
    if "qwen2-0-5b" in widths.values:
        return official_flow(widths.section("qwen2-0-5b"))
    if "clip-l-14-224" in widths.values:
        return official_clip(widths.section("clip-l-14-224"))
    raise ModelError(
        f"config.json: {widths.place} names neither qwen2-0-5b nor clip-l-14-224; use an unchanged checkpoint"
    )


def _official_vision(sam: Section, vision: Section, encoder_width: int) -> VisionConfig:
    sam.only("patch_size", 16, [16, 16])
    width = sam.count("width")
    return VisionConfig(
        width=width,
        layers=sam.count("layers"),
        heads=sam.count("heads"),
        mlp_inner=sam.count("mlp_dim", 4 * width),
        window=sam.count("window_size", _RELEASED.vision.window),
        global_layers=sam.counts("global_attn_indexes", least=0),
        neck_width=sam.count("output_channels", _RELEASED.vision.neck_width),
        downsample_widths=(sam.counts("downsample_channels", length=2)[0], encoder_width),
        image_size=vision.count("image_size"),
    )


def _parse_native(root: Section) -> NetworkConfig:
    text, vision = root.section("text_config"), root.section("vision_config")
    kinds = text.names("mlp_layer_types")
    dense = kinds.count("dense")
    if sorted(kinds) != kinds or len(kinds) != text.count("num_hidden_layers", 0, least=0):
        raise ModelError(
            "config.json: text_config.mlp_layer_types must name every layer, the dense ones first; use an unchanged "
            "checkpoint"
        )
    encoder = vision.section("encoder_config")
    window = _native_window(text)
    return NetworkConfig(
        vision=_native_vision(vision.section("sam_config")),
        encoder=native_clip(encoder) if root.values.get("model_type") == "unlimited_ocr" else native_flow(encoder),
        decoder=_decoder(text, dense, native_theta(text, _RELEASED.decoder.rope_theta), window),
        image_token_id=root.count("image_token_id", _RELEASED.image_token_id, least=0),
        bos_token_id=text.count("bos_token_id", _RELEASED.bos_token_id, least=0),
        eos_token_id=text.count("eos_token_id", _RELEASED.eos_token_id, least=0),
        dense_tiles=root.count("dense_tiles", _RELEASED.dense_tiles, least=0),
        int8_vision=root.flag("int8_vision"),
    )


def _native_window(text: Section) -> int | None:
    """The window, where all layers have it. Raises ModelError where some have and some have not."""
    kinds = set(
        text.names("layer_types")
        or ["reference_sliding_attention" if "sliding_window" in text.values else "full_attention"]
    )
    if kinds == {"full_attention"}:
        return None
    if kinds != {"reference_sliding_attention"}:
        raise ModelError(f"config.json: {text.place}.layer_types mixes {sorted(kinds)}; use an unchanged checkpoint")
    return text.count("sliding_window")


def _native_vision(sam: Section) -> VisionConfig:
    sam.only("hidden_act", "gelu")
    sam.only("patch_size", 16, [16, 16])
    width = sam.count("hidden_size")
    first, last = sam.counts("downsample_channels", length=2)
    return VisionConfig(
        width=width,
        layers=sam.count("num_hidden_layers"),
        heads=sam.count("num_attention_heads"),
        mlp_inner=sam.count("mlp_dim", 4 * width),
        window=sam.count("window_size"),
        global_layers=sam.counts("global_attn_indexes", least=0),
        neck_width=sam.count("output_channels"),
        downsample_widths=(first, last),
        image_size=sam.count("image_size"),
    )


def _decoder(section: Section, dense_layers: int, rope_theta: float, window: int | None) -> DecoderConfig:
    """What `language_config` (official) and `text_config` (native) call by the same names."""
    section.only("hidden_act", "silu")
    section.only("norm_topk_prob", False, True, None)
    sizes: dict[str, int] = {field: section.count(key) for field, key in _LANGUAGE.items()}
    section.only("head_dim", sizes["width"] // sizes["heads"], None)
    released = _RELEASED.decoder
    return DecoderConfig(
        **sizes,
        kv_heads=section.count("num_key_value_heads", sizes["heads"]),
        dense_layers=dense_layers,
        rope_theta=rope_theta,
        max_positions=section.count("max_position_embeddings", released.max_positions),
        norm_eps=section.number("rms_norm_eps", released.norm_eps),
        normalize_weights=section.values.get("norm_topk_prob") or False,
        routed_scaling=section.number("routed_scaling_factor", released.routed_scaling),
        window=window,
    )
