"""A model's folder without weights, as vLLM wants one: released sizes, and a tokenizer that knows bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline.model.config import NetworkConfig

BEGIN, END, PADDING, IMAGE = "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜▁pad▁｜>", "<image>"
MARKS = ("<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>", "<|grounding|>", "<td>", "</td>", "<tr>", "</tr>")
"""Special tokens of the released vocabulary in their order; the first one follows `<image>`."""


def write_folder(folder: Path, config: NetworkConfig) -> Path:
    """Everything but weights. The names of the files' fields are those of the released checkpoint."""
    _write_tokenizer(folder / "tokenizer.json", config)
    names = {"bos_token": BEGIN, "eos_token": END, "pad_token": PADDING}
    contents: dict[str, dict[str, Any]] = {
        "config.json": vllm_config(config),
        "tokenizer_config.json": {
            **names, "tokenizer_class": "PreTrainedTokenizerFast", "add_bos_token": True,
            "model_max_length": config.decoder.max_positions, "clean_up_tokenization_spaces": False,
        },
        "special_tokens_map.json": names,
        "generation_config.json": {
            "bos_token_id": config.bos_token_id, "eos_token_id": config.eos_token_id, "do_sample": False,
        },
        "processor_config.json": {
            "processor_class": "DeepseekOCRProcessor", "candidate_resolutions": [[1024, 1024]], "patch_size": 16,
            "downsample_ratio": 4, "image_mean": [0.5] * 3, "image_std": [0.5] * 3, "normalize": True,
            "image_token": IMAGE, "pad_token": PADDING, "add_special_token": False, "sft_format": "deepseek",
            "mask_prompt": False, "ignore_id": -100,
        },
    }  # fmt: skip
    for name, content in contents.items():
        (folder / name).write_text(json.dumps(content, indent=1), encoding="utf-8")
    return folder


def vllm_config(config: NetworkConfig) -> dict[str, Any]:
    """What vLLM 0.26 was seen to start with on a GPU. Sizes of vision and encoder are built into its class."""
    language, vision = _language(config), config.vision
    seen = {
        "downsample_channels": list(vision.downsample_widths), "global_attn_indexes": list(vision.global_layers),
        "heads": vision.heads, "layers": vision.layers, "width": vision.width,
    }  # fmt: skip
    return {
        **{name: value for name, value in language.items() if name != "architectures"},
        "model_type": "deepseek_vl_v2",
        "architectures": ["DeepseekOCR2ForCausalLM"],
        "candidate_resolutions": [[1024, 1024]],
        "global_view_pos": "head",
        "tile_tag": "2D",
        "language_config": language,
        "projector_config": {
            "model_type": "mlp_projector", "projector_type": "linear",
            "input_dim": config.joint_width, "n_embed": config.decoder.width,
        },
        "vision_config": {
            "model_type": "vision", "model_name": "deepencoderv2", "image_size": vision.image_size,
            # As released, though four times the width is what its weights have; its class reads neither.
            "mlp_ratio": 3.7362,
            "width": {"qwen2-0-5b": {"dim": config.encoder.width}, "sam_vit_b": seen},
        },
    }  # fmt: skip


def _language(config: NetworkConfig) -> dict[str, Any]:
    """Head sizes of 0 and no ranks are how vLLM tells plain attention from DeepSeek's latent one."""
    decoder = config.decoder
    return {
        "architectures": ["DeepseekV2ForCausalLM"], "torch_dtype": "bfloat16", "lm_head": True, "rm_head": False,
        "bos_token_id": config.bos_token_id, "eos_token_id": config.eos_token_id, "vocab_size": decoder.vocab_size,
        "hidden_size": decoder.width, "num_hidden_layers": decoder.layers, "num_attention_heads": decoder.heads,
        "num_key_value_heads": decoder.kv_heads, "intermediate_size": decoder.dense_inner,
        "first_k_dense_replace": decoder.dense_layers, "n_routed_experts": decoder.experts,
        "num_experts_per_tok": decoder.experts_per_token, "moe_intermediate_size": decoder.expert_inner,
        "n_shared_experts": decoder.shared_experts, "max_position_embeddings": decoder.max_positions,
        "n_group": 1, "topk_group": 1, "topk_method": "greedy", "use_mla": False, "kv_lora_rank": None,
        "q_lora_rank": None, "qk_nope_head_dim": 0, "qk_rope_head_dim": 0, "v_head_dim": 0,
    }  # fmt: skip


def _write_tokenizer(path: Path, config: NetworkConfig) -> None:
    """As many tokens as the network has: special ones where the released vocabulary has them, bytes, and fillers."""
    import tokenizers
    from tokenizers import decoders, models, pre_tokenizers

    special = {config.bos_token_id: BEGIN, config.eos_token_id: END, config.eos_token_id + 1: PADDING}
    special |= dict(enumerate((IMAGE, *MARKS), config.image_token_id))
    texts = iter([*sorted(pre_tokenizers.ByteLevel.alphabet()), *(f"t{n:x}" for n in range(config.decoder.vocab_size))])
    named = {special.get(token) or next(texts): token for token in range(config.decoder.vocab_size)}
    inner = tokenizers.Tokenizer(models.BPE(vocab=named, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    inner.add_special_tokens([tokenizers.AddedToken(text, special=True, normalized=False) for text in special.values()])
    inner.save(str(path))
