"""The names of tensors: ours, the official checkpoint's and the native one's, as data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Each part's prefix (ours, official, native), and its names below that; * is a number, and what follows a name (weight,
# bias, …) is carried over. The first row that a name begins with counts.
_VISION = ("vision_tokenizer.", "model.sam_model.", "model.vision_tower.sam_encoder.")
_FLOW = ("causal_flow.", "model.qwen2_model.model.model.", "model.vision_tower.vision_encoder.")
_QUERIES = ("causal_flow.", "model.qwen2_model.", "model.vision_tower.")
_CLIP = ("clip.", "model.vision_model.", "model.vision_tower.vision_encoder.")
_DECODER = ("decoder.", "model.", "model.language_model.")
_WHOLE = ("", "model.", "model.")
_RENAMES = (
    (_VISION, "patch_embedding", "patch_embed.proj", "patch_embed.projection"),
    (_VISION, "position_embedding", "pos_embed", "pos_embed"),
    (_VISION, "layers.*.norm1", "blocks.*.norm1", "layers.*.layer_norm1"),
    (_VISION, "layers.*.norm2", "blocks.*.norm2", "layers.*.layer_norm2"),
    (_VISION, "layers.*.attention.qkv", "blocks.*.attn.qkv", "layers.*.attn.qkv"),
    (_VISION, "layers.*.attention.output", "blocks.*.attn.proj", "layers.*.attn.proj"),
    (_VISION, "layers.*.attention.rows", "blocks.*.attn.rel_pos_h", "layers.*.attn.rel_pos_h"),
    (_VISION, "layers.*.attention.columns", "blocks.*.attn.rel_pos_w", "layers.*.attn.rel_pos_w"),
    (_VISION, "layers.*.mlp.up", "blocks.*.mlp.lin1", "layers.*.mlp.lin1"),
    (_VISION, "layers.*.mlp.down", "blocks.*.mlp.lin2", "layers.*.mlp.lin2"),
    (_VISION, "neck.0", "neck.0", "neck.conv1"),
    (_VISION, "neck.1", "neck.1", "neck.layer_norm1"),
    (_VISION, "neck.2", "neck.2", "neck.conv2"),
    (_VISION, "neck.3", "neck.3", "neck.layer_norm2"),
    (_VISION, "compressor.0", "net_2", "proj.conv1"),
    (_VISION, "compressor.1", "net_3", "proj.conv2"),
    (_QUERIES, "local_queries", "query_768.weight", "query_768_resolution.weight"),
    (_QUERIES, "global_queries", "query_1024.weight", "query_1024_resolution.weight"),
    (_FLOW, "layers.*.attention_norm", "layers.*.input_layernorm", "layers.*.input_layernorm"),
    (_FLOW, "layers.*.attention", "layers.*.self_attn", "layers.*.self_attn"),
    (_FLOW, "layers.*.mlp_norm", "layers.*.post_attention_layernorm", "layers.*.post_attention_layernorm"),
    (_FLOW, "layers.*.mlp", "layers.*.mlp", "layers.*.mlp"),
    (_FLOW, "norm", "norm", "norm"),
    (_CLIP, "class_embedding", "embeddings.class_embedding", "embeddings.class_embedding"),
    (_CLIP, "position_embedding", "embeddings.position_embedding.weight", "embeddings.position_embedding.weight"),
    (_CLIP, "input_norm", "pre_layrnorm", "pre_layrnorm"),  # their spelling
    (_CLIP, "layers.*.norm1", "transformer.layers.*.layer_norm1", "encoder.layers.*.layer_norm1"),
    (_CLIP, "layers.*.norm2", "transformer.layers.*.layer_norm2", "encoder.layers.*.layer_norm2"),
    (_CLIP, "layers.*.attention.qkv", "transformer.layers.*.self_attn.qkv_proj", "encoder.layers.*.self_attn.qkv"),
    (
        _CLIP,
        "layers.*.attention.output",
        "transformer.layers.*.self_attn.out_proj",
        "encoder.layers.*.self_attn.out_proj",
    ),
    (_CLIP, "layers.*.mlp.up", "transformer.layers.*.mlp.fc1", "encoder.layers.*.mlp.fc1"),
    (_CLIP, "layers.*.mlp.down", "transformer.layers.*.mlp.fc2", "encoder.layers.*.mlp.fc2"),
    (_WHOLE, "image_newline", "image_newline", "image_newline"),
    (_WHOLE, "projector", "projector.layers", "multi_modal_projector"),
    (_WHOLE, "view_separator", "view_seperator", "view_separator"),
    (_DECODER, "embedding", "embed_tokens", "embed_tokens"),
    (_DECODER, "layers.*.attention_norm", "layers.*.input_layernorm", "layers.*.input_layernorm"),
    (_DECODER, "layers.*.attention", "layers.*.self_attn", "layers.*.self_attn"),
    (_DECODER, "layers.*.mlp_norm", "layers.*.post_attention_layernorm", "layers.*.post_attention_layernorm"),
    (_DECODER, "layers.*.mlp.router", "layers.*.mlp.gate", "layers.*.mlp.gate"),
    (_DECODER, "layers.*.mlp.shared", "layers.*.mlp.shared_experts", "layers.*.mlp.shared_experts"),
    (_DECODER, "layers.*.mlp", "layers.*.mlp", "layers.*.mlp"),  # dense ones, and the experts, stacked or not
    (_DECODER, "norm", "norm", "norm"),
    (("", "", ""), "lm_head", "lm_head", "lm_head"),
)
OFFICIAL_MARK = "model.sam_model."
"""Every checkpoint in the official layout, and no other, has keys that begin so."""
UNUSED = frozenset({"model.vision_model.embeddings.patch_embedding.weight"})
"""CLIP's own patches, which released checkpoints carry along: visual tokens take their place."""


@dataclass(frozen=True)
class Place:
    """Where a checkpoint's tensor goes: a parameter of ours, or a slice of its leading dimensions."""

    parameter: str
    index: tuple[int | slice, ...] = ()


def places(parameters: dict[str, tuple[int, ...]], official: bool) -> dict[str, Place]:
    """Each key of a checkpoint of this layout, and its place among our `parameters` (name → shape)."""
    return {
        key: place
        for name, shape in parameters.items()
        for key, place in _sources(name, shape, _rename(name, official), official)
    }


def _sources(name: str, shape: tuple[int, ...], theirs: str, official: bool) -> Iterator[tuple[str, Place]]:
    """Official checkpoints hold each expert's three matrices apart, native ones CLIP's queries, keys and values."""
    if not official and name.startswith("clip.") and ".attention.qkv." in name:
        third = shape[0] // 3
        for part, letter in enumerate("qkv"):
            yield theirs.replace(".qkv.", f".{letter}_proj."), Place(name, (slice(part * third, (part + 1) * third),))
        return
    stem, _, kind = theirs.rpartition(".")
    if not official or ".experts" not in name:
        yield theirs, Place(name)
    elif kind == "down_proj":
        for expert in range(shape[0]):
            yield f"{stem}.{expert}.down_proj.weight", Place(name, (expert,))
    else:
        inner = shape[1] // 2
        for expert in range(shape[0]):
            yield f"{stem}.{expert}.gate_proj.weight", Place(name, (expert, slice(0, inner)))
            yield f"{stem}.{expert}.up_proj.weight", Place(name, (expert, slice(inner, 2 * inner)))


def _rename(name: str, official: bool) -> str:
    """Our name → theirs."""
    # In the order of the table: `layers.*.mlp.router` must be found before `layers.*.mlp`, which it begins with.
    for prefixes, ours, *theirs in _RENAMES:
        pattern = re.escape(prefixes[0] + ours).replace(r"\*", r"(\d+)") + r"(?=\.|$)"
        if match := re.match(pattern, name):
            renamed = prefixes[1 if official else 2] + theirs[0 if official else 1]
            for number in match.groups():
                renamed = renamed.replace("*", number, 1)
            return renamed + name[match.end() :]
    raise KeyError(name)
