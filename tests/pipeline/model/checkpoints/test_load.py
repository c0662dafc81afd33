"""Both key layouts load to the same network; what does not fit is refused by name."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import DeepseekOcr2Config, DeepseekOcr2ForConditionalGeneration
from waiting import LONG

from pipeline.errors import ModelError
from pipeline.model.checkpoints.config_reader import parse_config, read_config
from pipeline.model.checkpoints.config_writer import native_config, official_config
from pipeline.model.checkpoints.files import named_shards
from pipeline.model.checkpoints.load import load, save_official
from pipeline.model.config import NetworkConfig

ROOT = Path(__file__).parents[4]


@pytest.fixture
def official(pair, tmp_path) -> Path:
    save_official(pair.ours, tmp_path, torch.float32)
    return tmp_path


def same_weights(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    ours, theirs = one.state_dict(), other.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[key], theirs[key]) for key in ours)


def edit(folder: Path, change) -> None:
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors")


def test_transformers_reads_the_official_layout(pair, official):
    """transformers' own conversion rules are the second opinion on every official key."""
    config = DeepseekOcr2Config(**native_config(pair.ours.config))
    theirs, report = DeepseekOcr2ForConditionalGeneration.from_pretrained(
        official, config=config, output_loading_info=True, dtype=torch.float32
    )
    assert not any(report.values())
    assert same_weights(theirs, pair.reference)


def test_official_layout_gives_the_same_network(pair, official):
    loaded = load(official)
    assert loaded.config == pair.ours.config
    assert same_weights(loaded, pair.ours)


def test_split_shards_with_an_index(pair, official):
    tensors = load_file(official / "model.safetensors")
    names = sorted(tensors)
    halves = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for file, keys in halves.items():
        save_file({key: tensors[key] for key in keys}, official / file)
    (official / "model.safetensors").unlink()
    weight_map = {key: file for file, keys in halves.items() for key in keys}
    (official / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    assert same_weights(load(official), pair.ours)
    (official / "b.safetensors").unlink()
    with pytest.raises(ModelError, match=r"lacks b.safetensors; download the checkpoint again"):
        load(official)


def test_bfloat16_round_trip(pair, tmp_path):
    save_official(pair.ours, tmp_path, torch.bfloat16)
    loaded = load(tmp_path, form=torch.bfloat16)
    expected = pair.ours.lm_head.weight.bfloat16()
    assert torch.equal(loaded.lm_head.weight, expected)
    assert {parameter.dtype for parameter in loaded.parameters()} == {torch.bfloat16}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda tensors: tensors.pop("model.norm.weight"), "1 missing: model.norm.weight"),
        (lambda tensors: tensors.update({"model.extra": torch.ones(1)}), "1 unexpected: model.extra"),
        (
            lambda tensors: tensors.update({"model.view_seperator": torch.ones(7)}),
            r"1 misshaped: model.view_seperator \[7\] instead of \[32\]",
        ),
        (
            lambda tensors: [tensors.pop(f"model.layers.1.mlp.experts.{expert}.up_proj.weight") for expert in range(6)],
            r"6 missing: model.layers.1.mlp.experts.0.up_proj.weight, .* and 2 more",
        ),
    ],
)
def test_tensors_that_do_not_fit_are_named(official, change, message):
    edit(official, change)
    with pytest.raises(ModelError, match=message):
        load(official)


def test_other_formats_are_refused(official):
    (official / "model.safetensors").rename(official / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"holds no .*safetensors; .* convert the checkpoint"):
        load(official)


def test_truncated_file(official):
    path = official / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ModelError, match="no whole safetensors file; download"):
        load(official)


def test_doubled_tensors(official):
    shutil.copy(official / "model.safetensors", official / "other.safetensors")
    with pytest.raises(ModelError, match="repeats tensors of another file"):
        load(official)


def test_files_that_are_nested_without_end(tmp_path):
    deep = "[" * 100_000 + "]" * 100_000
    (tmp_path / "config.json").write_text(deep)
    with pytest.raises(ModelError, match=r"config\.json is not valid JSON; download the checkpoint again"):
        read_config(tmp_path)
    (tmp_path / "model.safetensors.index.json").write_text(deep)
    with pytest.raises(ModelError, match="is not a valid index; download the checkpoint again"):
        named_shards(tmp_path)


def test_folder_without_config(tmp_path):
    with pytest.raises(ModelError, match=r"its config.json cannot be read"):
        load(tmp_path)


def released_official() -> dict:
    """The released file's facts, with the sizes that it leaves out and the channels that it has wrong."""
    raw = official_config(NetworkConfig.released())
    del raw["image_token_id"]
    sam, qwen = raw["vision_config"]["width"]["sam_vit_b"], raw["vision_config"]["width"]["qwen2-0-5b"]
    for key in ("window_size", "mlp_dim", "output_channels"):
        del sam[key]
    sam["downsample_channels"] = [512, 1024]
    raw["vision_config"]["width"]["qwen2-0-5b"] = {"dim": qwen["dim"]}
    for key in ("norm_topk_prob", "rope_theta", "rms_norm_eps", "routed_scaling_factor"):
        del raw["language_config"][key]
    return raw | {"use_mla": False, "q_lora_rank": None, "auto_map": {"AutoModel": "code.Model"}}


def test_released_config():
    assert parse_config(released_official()) == NetworkConfig.released()


@pytest.mark.parametrize("write", [official_config, native_config])
def test_config_round_trip(tiny_config, write):
    decoder = replace(tiny_config.decoder, kv_heads=2, rope_theta=5e5, routed_scaling=2.0)
    config = replace(tiny_config, decoder=decoder, encoder=replace(tiny_config.flow, rope_theta=3e4))
    assert parse_config(json.loads(json.dumps(write(config)))) == config


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("model_type",), "llama", "model_type 'llama' is not of this family"),
        (("language_config", "use_mla"), True, "language_config.use_mla = True is not supported"),
        (("language_config", "topk_method"), "noaux_tc", "topk_method = 'noaux_tc' is not supported"),
        (("language_config", "hidden_size"), None, "language_config.hidden_size is None, a whole number from 1 on"),
        (("language_config", "hidden_size"), 1281, "contradicts itself"),
        (("language_config", "hidden_size"), 10**15, "hidden_size is 1000000000000000, a whole number"),
        (("language_config", "hidden_size"), float("nan"), "hidden_size is nan, a whole number"),
        (("language_config", "n_routed_experts"), 10**9, "n_routed_experts is 1000000000, more than any model has"),
        (("language_config", "num_hidden_layers"), 5000, "num_hidden_layers is 5000, more than any model has"),
        (("projector_config", "input_dim"), 2048, "the projector goes 2048 → 1280"),
        (("projector_config", "projector_type"), "mlp", "projector_config.projector_type = 'mlp' is not supported"),
        (("vision_config", "width"), {"sam_vit_b": {}}, "names neither qwen2-0-5b nor clip-l-14-224"),
        (("vision_config",), None, "has no section 'vision_config'"),
    ],
)
def test_configs_that_are_refused(path, value, message):
    raw = released_official()
    section = raw
    for key in path[:-1]:
        section = section[key]
    section[path[-1]] = value
    with pytest.raises(ModelError, match=message):
        parse_config(raw)


@pytest.mark.parametrize("write", [official_config, native_config])
def test_tiles_of_narrow_lines_are_stated_only_where_they_were_learned(write):
    released = NetworkConfig.released()
    assert "dense_tiles" not in write(released)
    dense = replace(released, dense_tiles=12)
    assert write(dense)["dense_tiles"] == 12
    assert parse_config(write(dense)) == dense
    with pytest.raises(ModelError, match="99 local views of a page of narrow lines, not 0 to 36"):
        parse_config(write(released) | {"dense_tiles": 99})


@pytest.mark.parametrize("write", [official_config, native_config])
def test_integers_are_for_weights_that_were_tried_with_them(write):
    released = NetworkConfig.released()
    assert not released.int8_vision and "int8_vision" not in write(released)
    tried = replace(released, int8_vision=True)
    assert parse_config(write(tried)) == tried
    with pytest.raises(ModelError, match="int8_vision is 1, true or false is needed"):
        parse_config(write(released) | {"int8_vision": 1})


def test_contradicting_sizes_are_refused(tiny_config):
    with pytest.raises(ModelError, match="vision ends in 24 channels, but the encoder behind it has 48"):
        replace(tiny_config, encoder=replace(tiny_config.flow, width=48))


READING = """
import sys
from pathlib import Path

from pipeline.engine.load import load_engine
from pipeline.reader_options import ReaderOptions
from pipeline.transcript import PageRef, Source

engine = load_engine(sys.argv[1], ReaderOptions(sys.argv[1], "cpu", max_tokens=2))
(read,) = engine.transcribe(iter([PageRef(Source(Path(sys.argv[2]), "paper.pdf"), 1)]))
print(read.output_tokens, sorted({"sympy", "torch._dynamo", "torch._inductor"} & sys.modules.keys()))
"""


def test_a_page_is_read_on_a_cpu_without_torchs_compiler(tiny_checkpoint):
    """It takes a second of each start, and a single operation on a tensor without memory is enough to import it."""
    command = [sys.executable, "-c", READING, str(tiny_checkpoint), str(ROOT / "examples/paper.pdf")]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=LONG, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert (done.stdout, done.stderr) == ("2 []\n", "")
