"""DeepSeek-OCR 1 and Unlimited-OCR: the same numbers as transformers' class, part by part, in float32 to 1e-4.

DeepSeek-OCR 1 has no class there; it is Unlimited-OCR's network with plain causal attention in every layer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from pipeline.errors import ModelError
from pipeline.model.checkpoints.config_reader import parse_config
from pipeline.model.checkpoints.config_writer import native_config, official_config
from pipeline.model.checkpoints.load import load, save_official
from pipeline.model.config import ClipConfig, NetworkConfig
from pipeline.model.decoder import WindowContext
from pipeline.model.family.deepseek_ocr import DEEPSEEK_OCR
from pipeline.model.family.known import MEMBERS, member_of
from pipeline.model.family.unlimited_ocr import UNLIMITED_OCR
from pipeline.model.network import Network
from pipeline.model.vision_tokenizer import normalize_pixels
from pipeline.views.rules import ViewRules

TOLERANCE = 1e-4
native = pytest.importorskip("transformers.models.unlimited_ocr.modeling_unlimited_ocr")


@dataclass(frozen=True)
class Pair:
    reference: torch.nn.Module
    folder: Path
    ours: Network


def tiny(config: NetworkConfig, window: int | None) -> NetworkConfig:
    """Only widths, depths and vocabulary are small."""
    vision = replace(config.vision, downsample_widths=(20, 24))
    decoder = replace(config.decoder, window=window, max_positions=4096)
    return replace(config, vision=vision, encoder=ClipConfig(24, 2, 4, 40), decoder=decoder)


@pytest.fixture(scope="module")
def make(tiny_config, tmp_path_factory):
    def make(window: int | None) -> Pair:
        from transformers import UnlimitedOcrConfig

        config = tiny(tiny_config, window)
        model = native.UnlimitedOcrForConditionalGeneration(UnlimitedOcrConfig(**native_config(config))).eval()
        generator = torch.Generator().manual_seed(3)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                fan_in = parameter[0].numel() if parameter.dim() == 4 else parameter.shape[-1]
                noise = torch.randn(parameter.shape, generator=generator) * (2 / fan_in) ** 0.5
                is_norm = ("norm" in name) and name.endswith("weight")
                parameter.copy_(1 + 0.3 * noise if is_norm else noise)
        folder = tmp_path_factory.mktemp("native")
        save_file({key: value.contiguous() for key, value in model.state_dict().items()}, folder / "model.safetensors")
        (folder / "config.json").write_text(json.dumps(native_config(config)))
        return Pair(model, folder, load(folder))

    return make


@pytest.fixture(scope="module")
def first(make) -> Pair:
    """DeepSeek-OCR 1."""
    return make(None)


@pytest.fixture(scope="module")
def windowed(make) -> Pair:
    """Unlimited-OCR, with a window small enough to matter."""
    return make(12)


def views(count: int, side: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, side, side, 3), generator=generator, dtype=torch.uint8)


def difference(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    assert ours.shape == theirs.shape
    assert theirs.abs().max() > 0.1, "the comparison is empty where everything is about zero"
    return float((ours - theirs).abs().max())


@pytest.mark.parametrize("side", [512, 640, 1024, 1280])
def test_clip_over_the_vision_tokenizer(first, side):
    """The sides of Tiny, Small, Base and Large; 640 is that of Gundam's tiles, too."""
    pixels = normalize_pixels(views(1, side, 1), torch.float32)
    with torch.inference_mode():
        theirs = first.reference.model.vision_tower(pixels).last_hidden_state
        tokens = first.ours.vision_tokenizer(pixels)
        ours = torch.cat((first.ours.clip(tokens), tokens), dim=-1)
    assert difference(ours, theirs) <= TOLERANCE


@pytest.mark.parametrize("mode", sorted(DEEPSEEK_OCR.modes))
def test_logits_from_pixels_in_each_mode(first, mode):
    """Tiles stitched into one map, a newline behind each of its rows and of the global view's, one separator."""
    rules = DEEPSEEK_OCR.modes[mode]
    columns, rows = (3, 2) if rules.most_tiles else (0, 0)
    length = rules.tokens(columns, rows)
    ids = torch.tensor([[0, *[60] * length, 7, 8, 9]])
    whole, tiles = views(1, rules.base, 4), views(columns * rows, rules.tile, 5)
    with torch.inference_mode():
        theirs = first.reference(
            input_ids=ids,
            pixel_values=normalize_pixels(whole, torch.float32),
            pixel_values_local=normalize_pixels(tiles, torch.float32) if columns else None,
            num_local_patches=[columns * rows],
            patches_grid=[[columns, rows]],
        ).logits
        ours = first.ours(ids, whole, tiles, [(columns, rows)])
    assert difference(ours, theirs) <= TOLERANCE


def test_the_window_token_by_token(windowed):
    """transformers' own cache, one token at a time, against one pass of ours under the mask of the paper."""
    prompt, answer = 30, 40
    ids = torch.randint(2, 59, (1, prompt + answer), generator=torch.Generator().manual_seed(6))
    with torch.inference_mode():
        out = windowed.reference(input_ids=ids[:, :prompt], use_cache=True)
        theirs = [out.logits[:, -1]]
        cache = out.cache if hasattr(out, "cache") else out.past_key_values
        name = "cache" if hasattr(out, "cache") else "past_key_values"
        for place in range(prompt, prompt + answer - 1):
            step = windowed.reference(input_ids=ids[:, place : place + 1], use_cache=True, **{name: cache})
            theirs.append(step.logits[:, -1])
        positions = torch.arange(prompt + answer)[None]
        embedded = windowed.ours.embed(ids)
        hidden = windowed.ours.decode(embedded, positions, WindowContext(prompt, 12))
        plain = windowed.ours.decode(embedded, positions)
        ours, causal = (windowed.ours.lm_head(each)[:, prompt - 1 : -1] for each in (hidden, plain))
    assert difference(ours, torch.stack(theirs, dim=1)) <= TOLERANCE
    assert (ours - causal).abs().max() > 1e-2, "the window did not matter"


@pytest.mark.parametrize("window", [None, 12])
def test_both_dialects_state_every_size(tiny_config, window):
    config = tiny(tiny_config, window)
    assert parse_config(official_config(config)) == config
    assert parse_config(native_config(config)) == config


def test_the_official_layout_comes_back_and_clips_unused_patches_are_left_out(first, tmp_path):
    save_official(first.ours, tmp_path, torch.float32)
    from safetensors.torch import load_file

    tensors = load_file(tmp_path / "model.safetensors")
    assert "model.vision_model.transformer.layers.0.self_attn.qkv_proj.weight" in tensors
    tensors["model.vision_model.embeddings.patch_embedding.weight"] = torch.zeros(24, 3, 14, 14)
    save_file(tensors, tmp_path / "model.safetensors")
    again = load(tmp_path).state_dict()
    assert all(torch.equal(value, again[key]) for key, value in first.ours.state_dict().items())


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_released_shapes_have_the_published_number_of_parameters(member):
    with torch.device("meta"):
        network = Network(member.released)
    assert sum(each.numel() for each in network.parameters()) == member.parameters
    assert member_of(member.released) is member


def test_the_files_as_released_are_told_apart():
    """The two `config.json` share `model_type` with DeepSeek-OCR 2, or have one of their own."""
    sam = {
        "width": 768,
        "layers": 12,
        "heads": 12,
        "global_attn_indexes": [2, 5, 8, 11],
        "downsample_channels": [512, 1024],
    }
    clip = {"heads": 16, "image_size": 224, "layers": 24, "patch_size": 14, "width": 1024}
    language = official_config(DEEPSEEK_OCR.released)["language_config"]
    file = {
        "model_type": "deepseek_vl_v2",
        "language_config": language,
        "projector_config": {"input_dim": 2048, "n_embed": 1280, "projector_type": "linear"},
        "vision_config": {"image_size": 1024, "mlp_ratio": 3.7362, "width": {"clip-l-14-224": clip, "sam_vit_b": sam}},
    }
    assert parse_config(file) == DEEPSEEK_OCR.released
    wide = {**language, "max_position_embeddings": 32768, "sliding_window_size": 128, "v_head_dim": 128}
    theirs = {**file, "model_type": "unlimited-ocr", "sliding_window": 128, "language_config": wide}
    assert parse_config(theirs) == UNLIMITED_OCR.released
    with pytest.raises(ModelError, match="CC BY-NC"):
        parse_config({**file, "mtp_num_layers": 1})


@pytest.mark.parametrize(
    ("member", "mode", "grid", "tokens"),
    [
        (DEEPSEEK_OCR, "tiny", (0, 0), 73),
        (DEEPSEEK_OCR, "small", (0, 0), 111),
        (DEEPSEEK_OCR, "base", (0, 0), 273),
        (DEEPSEEK_OCR, "large", (0, 0), 421),
        (DEEPSEEK_OCR, "gundam", (1, 2), 493),
        (DEEPSEEK_OCR, "gundam", (2, 3), 903),
        (DEEPSEEK_OCR, "gundam", (3, 3), 1203),
        (UNLIMITED_OCR, "gundam", (4, 6), 2733),
        (UNLIMITED_OCR, "base", (0, 0), 273),
    ],
)
def test_tokens_of_a_page(member, mode, grid, tokens):
    assert member.modes[mode].tokens(*grid) == tokens


@pytest.mark.parametrize(("most", "tokens"), [(6, 933), (9, 1263), (32, 3793)])
def test_most_tokens_of_a_page(most, tokens):
    assert ViewRules(640, 1024, most, newlines=True).most_tokens == tokens
