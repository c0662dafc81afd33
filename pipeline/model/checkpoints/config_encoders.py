"""The encoder behind the vision tokenizer, causal flow or CLIP, as each dialect of `config.json` states it."""

from __future__ import annotations

from pipeline.model.checkpoints.sections import Section
from pipeline.model.config import ClipConfig, FlowConfig, NetworkConfig

_RELEASED = NetworkConfig.released()


def official_flow(qwen: Section) -> FlowConfig:
    """`width.qwen2-0-5b`."""
    released = _RELEASED.flow
    return FlowConfig(
        width=qwen.count("dim"),
        layers=qwen.count("layers", released.layers),
        heads=qwen.count("heads", released.heads),
        kv_heads=qwen.count("kv_heads", released.kv_heads),
        mlp_inner=qwen.count("mlp_dim", released.mlp_inner),
        rope_theta=qwen.number("rope_theta", released.rope_theta),
        norm_eps=qwen.number("norm_eps", released.norm_eps),
    )


def official_clip(clip: Section) -> ClipConfig:
    """`width.clip-l-14-224`. The file states neither the inner width nor the epsilon: 4 times the width, 1e-5."""
    width = clip.count("width")
    return ClipConfig(
        width=width,
        layers=clip.count("layers"),
        heads=clip.count("heads"),
        mlp_inner=clip.count("mlp_dim", 4 * width),
        image_size=clip.count("image_size"),
        patch=clip.count("patch_size"),
        norm_eps=clip.number("norm_eps", 1e-5),
    )


def native_flow(encoder: Section) -> FlowConfig:
    """`encoder_config` of DeepSeek-OCR 2."""
    encoder.only("hidden_act", "silu")
    heads = encoder.count("num_attention_heads")
    return FlowConfig(
        width=encoder.count("hidden_size"),
        layers=encoder.count("num_hidden_layers"),
        heads=heads,
        kv_heads=encoder.count("num_key_value_heads", heads),
        mlp_inner=encoder.count("intermediate_size"),
        rope_theta=native_theta(encoder, _RELEASED.flow.rope_theta),
        norm_eps=encoder.number("rms_norm_eps", _RELEASED.flow.norm_eps),
    )


def native_theta(section: Section, default: float) -> float:
    """The base of the rotary positions. Raises ModelError for scaled ones."""
    if not section.values.get("rope_parameters"):
        return default
    rope = section.section("rope_parameters")
    rope.only("rope_type", "default")
    return rope.number("rope_theta", default)


def native_clip(encoder: Section) -> ClipConfig:
    """`encoder_config` of Unlimited-OCR."""
    encoder.only("hidden_act", "quick_gelu")
    return ClipConfig(
        width=encoder.count("hidden_size"),
        layers=encoder.count("num_hidden_layers"),
        heads=encoder.count("num_attention_heads"),
        mlp_inner=encoder.count("intermediate_size"),
        image_size=encoder.count("image_size"),
        patch=encoder.count("patch_size"),
        norm_eps=encoder.number("layer_norm_eps", 1e-5),
    )
