"""The network's sizes → `config.json`, in the official and in the native dialect."""

from __future__ import annotations

from typing import Any

from pipeline.model.config import PATCH, ClipConfig, DecoderConfig, FlowConfig, NetworkConfig

Json = dict[str, Any]
_OFFICIAL_CLASSES = {
    (False, False): "DeepseekOCR2ForCausalLM",
    (True, False): "DeepseekOCRForCausalLM",
    (True, True): "UnlimitedOCRForCausalLM",
}
"""By whether there is CLIP, and whether there is a window."""


def official_config(config: NetworkConfig) -> Json:
    """What `parse_config` reads back as `config`, in the official dialect with every size stated."""
    language = _language(config) | {
        "first_k_dense_replace": config.decoder.dense_layers,
        "norm_topk_prob": config.decoder.normalize_weights,
        "rope_theta": config.decoder.rope_theta,
        "topk_group": 1,
        "n_group": 1,
        "use_mla": False,
    }
    clip, window = isinstance(config.encoder, ClipConfig), config.decoder.window
    stated = {
        "model_type": "unlimited-ocr" if window else "deepseek_vl_v2",
        "architectures": [_OFFICIAL_CLASSES[clip, window is not None]],
        # Stated because the released file states it; nothing of ours reads it.
        "candidate_resolutions": [[1024, 1024]],
        "global_view_pos": "head",
        "tile_tag": "2D",
        "image_token_id": config.image_token_id,
        **_ours(config),
        "language_config": language,
        "projector_config": {
            "input_dim": config.joint_width,
            "n_embed": config.decoder.width,
            "projector_type": "linear",
        },
        "vision_config": {
            "model_name": "deeplip_b_l" if clip else "deepencoderv2",
            "image_size": config.vision.image_size,
            "width": {"sam_vit_b": _official_vision(config), **_official_encoder(config)},
        },
    }
    return stated | ({"sliding_window": window} if window else {})


def native_config(config: NetworkConfig) -> Json:
    """The same sizes as transformers' `DeepseekOcr2Config` states them, or `UnlimitedOcrConfig` where there is CLIP."""
    decoder = config.decoder
    sparse = decoder.layers - decoder.dense_layers
    text = _language(config) | {
        "head_dim": decoder.head_dim,
        "mlp_layer_types": ["dense"] * decoder.dense_layers + ["sparse"] * sparse,
        "rope_parameters": {"rope_type": "default", "rope_theta": decoder.rope_theta},
        "pad_token_id": None,
    }
    encoder = config.encoder
    clip = isinstance(encoder, ClipConfig)
    if clip:
        # DeepSeek-OCR 1 has no class of its own there: it is Unlimited-OCR's without a window in any layer.
        kind = "reference_sliding_attention" if decoder.window else "full_attention"
        text |= {"layer_types": [kind] * decoder.layers, "sliding_window": decoder.window or 128}
    return {
        "model_type": "unlimited_ocr" if clip else "deepseek_ocr2",
        "architectures": ["UnlimitedOcrForConditionalGeneration" if clip else "DeepseekOcr2ForConditionalGeneration"],
        "image_token_id": config.image_token_id,
        **_ours(config),
        "tie_word_embeddings": False,
        "text_config": text,
        "vision_config": {
            "sam_config": _native_vision(config),
            "encoder_config": _native_clip(encoder) if isinstance(encoder, ClipConfig) else _native_flow(encoder),
        },
    }


def _ours(config: NetworkConfig) -> Json:
    """What only ocr2 reads; a checkpoint that reads as released does not state it."""
    ours = {"dense_tiles": config.dense_tiles, "int8_vision": config.int8_vision}
    return {name: value for name, value in ours.items() if value != getattr(NetworkConfig, name)}


def _language(config: NetworkConfig) -> Json:
    decoder: DecoderConfig = config.decoder
    return {
        "vocab_size": decoder.vocab_size,
        "hidden_size": decoder.width,
        "num_hidden_layers": decoder.layers,
        "num_attention_heads": decoder.heads,
        "num_key_value_heads": decoder.kv_heads,
        "intermediate_size": decoder.dense_inner,
        "n_routed_experts": decoder.experts,
        "num_experts_per_tok": decoder.experts_per_token,
        "moe_intermediate_size": decoder.expert_inner,
        "n_shared_experts": decoder.shared_experts,
        "max_position_embeddings": decoder.max_positions,
        "rms_norm_eps": decoder.norm_eps,
        "routed_scaling_factor": decoder.routed_scaling,
        "topk_method": "greedy",
        "bos_token_id": config.bos_token_id,
        "eos_token_id": config.eos_token_id,
    }


def _official_vision(config: NetworkConfig) -> Json:
    vision = config.vision
    return {
        "width": vision.width,
        "layers": vision.layers,
        "heads": vision.heads,
        "global_attn_indexes": list(vision.global_layers),
        "downsample_channels": list(vision.downsample_widths),
        "window_size": vision.window,
        "mlp_dim": vision.mlp_inner,
        "output_channels": vision.neck_width,
    }


def _official_encoder(config: NetworkConfig) -> Json:
    encoder = config.encoder
    if isinstance(encoder, ClipConfig):
        return {
            "clip-l-14-224": {
                "width": encoder.width,
                "layers": encoder.layers,
                "heads": encoder.heads,
                "image_size": encoder.image_size,
                "patch_size": encoder.patch,
                "mlp_dim": encoder.mlp_inner,
                "norm_eps": encoder.norm_eps,
            }
        }
    return {
        "qwen2-0-5b": {
            "dim": encoder.width,
            "layers": encoder.layers,
            "heads": encoder.heads,
            "kv_heads": encoder.kv_heads,
            "mlp_dim": encoder.mlp_inner,
            "rope_theta": encoder.rope_theta,
            "norm_eps": encoder.norm_eps,
        }
    }


def _native_vision(config: NetworkConfig) -> Json:
    vision = config.vision
    return {
        "hidden_size": vision.width,
        "num_hidden_layers": vision.layers,
        "num_attention_heads": vision.heads,
        "mlp_dim": vision.mlp_inner,
        "window_size": vision.window,
        "global_attn_indexes": list(vision.global_layers),
        "output_channels": vision.neck_width,
        "downsample_channels": list(vision.downsample_widths),
        "image_size": vision.image_size,
        "patch_size": PATCH,
        "layer_norm_eps": vision.norm_eps,
    }


def _native_flow(flow: FlowConfig) -> Json:
    return {
        "hidden_size": flow.width,
        "num_hidden_layers": flow.layers,
        "num_attention_heads": flow.heads,
        "num_key_value_heads": flow.kv_heads,
        "intermediate_size": flow.mlp_inner,
        "rms_norm_eps": flow.norm_eps,
        "rope_parameters": {"rope_type": "default", "rope_theta": flow.rope_theta},
    }


def _native_clip(clip: ClipConfig) -> Json:
    return {
        "hidden_size": clip.width,
        "num_hidden_layers": clip.layers,
        "num_attention_heads": clip.heads,
        "intermediate_size": clip.mlp_inner,
        "image_size": clip.image_size,
        "patch_size": clip.patch,
        "layer_norm_eps": clip.norm_eps,
        "hidden_act": "quick_gelu",
    }
