"""A checkpoint that is damaged or hostile is refused by name, before anything is read with it, and nothing waits."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from pipeline.errors import ModelError
from pipeline.model.checkpoints.config_reader import parse_config, read_config
from pipeline.model.checkpoints.config_writer import native_config, official_config
from pipeline.model.checkpoints.files import INDEX, is_whole, named_shards
from pipeline.model.checkpoints.identity import identity
from pipeline.model.checkpoints.load import load
from pipeline.model.checkpoints.thresholds import FILE_NAME, thresholds_of
from pipeline.model.tokenizer import Tokenizer

WEIGHTS = "model.safetensors"
READERS = {
    "config.json": read_config,
    "tokenizer.json": lambda folder: Tokenizer.load(folder, read_config(folder)),
    FILE_NAME: thresholds_of,
    INDEX: named_shards,
    WEIGHTS: identity,
}


@pytest.fixture
def folder(tiny_checkpoint, tmp_path) -> Path:
    return Path(shutil.copytree(tiny_checkpoint, tmp_path / "model"))


@pytest.fixture(params=[official_config, native_config])
def stated(request, tiny_config):
    """A whole `config.json`, in each of the dialects."""
    return json.loads(json.dumps(request.param(tiny_config)))


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    ("put", "reason"),
    [
        (Path.mkdir, r"\(Is a directory|it is no file\)"),
        (os.mkfifo, r"\(it is no file\)"),
        (lambda path: path.symlink_to("/dev/zero"), r"\(it is no file\)"),
        (lambda path: path.symlink_to(path.name), r"\(Too many levels of symbolic links\)"),
    ],
    ids=["folder", "pipe", "device", "ring"],
)
def test_no_file_in_place_of_one(folder, name, put, reason):
    (folder / name).unlink(missing_ok=True)
    put(folder / name)
    if name == WEIGHTS and "symbolic" in reason:
        reason = f"lacks {WEIGHTS}; download the checkpoint again"
    with pytest.raises(ModelError, match=reason):
        READERS[name](folder) if name != WEIGHTS or "lacks" not in reason else load(folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
@pytest.mark.parametrize("name", READERS)
def test_a_file_that_this_user_may_not_read(folder, name):
    (folder / name).touch()
    (folder / name).chmod(0)
    with pytest.raises(ModelError, match=r"\(Permission denied\)"):
        READERS[name](folder)


@pytest.mark.parametrize(
    "name",
    ["../other.safetensors", "/etc/passwd", "sub/model.safetensors", "a\0b.safetensors", "x" * 250 + ".safetensors", 7],
)
def test_an_index_names_files_beside_it_alone(folder, name):
    """Others would not count for what tells checkpoints apart."""
    (folder / INDEX).write_text(json.dumps({"weight_map": {"key": name}}))
    with pytest.raises(ModelError, match="is not a valid index; download the checkpoint again"):
        named_shards(folder)
    assert not is_whole(folder)


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "null",
        '{"unreadable": null, "doubtful": 1}',
        f'{{"unreadable": {"9" * 400}, "doubtful": 1}}',
        "[" * 9999,
    ],
)
def test_thresholds_that_are_none(folder, content):
    (folder / FILE_NAME).write_text(content)
    with pytest.raises(ModelError, match=r"thresholds.json is not valid; .* or remove the file"):
        thresholds_of(folder)


def test_bytes_of_another_encoding(folder):
    (folder / FILE_NAME).write_bytes(b"\xff")
    with pytest.raises(ModelError, match=r"thresholds.json is not valid"):
        thresholds_of(folder)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e5, -1e5])
def test_numbers_that_no_weight_is(folder, value):
    tensors = load_file(folder / WEIGHTS)
    tensors["lm_head.weight"][3, 2] = value
    save_file(tensors, folder / WEIGHTS)
    with pytest.raises(ModelError, match=r"model.safetensors is damaged: lm_head.weight holds .*; download"):
        load(folder)


@pytest.mark.parametrize("dtype", [torch.int8, torch.bool, torch.complex64, torch.float8_e4m3fn])
def test_weights_that_need_a_scale(folder, dtype):
    tensors = load_file(folder / WEIGHTS)
    tensors["lm_head.weight"] = tensors["lm_head.weight"].to(dtype)
    save_file(tensors, folder / WEIGHTS)
    with pytest.raises(ModelError, match=r"need a scale beside them; use a checkpoint with one of BF16, F16, F32, F64"):
        load(folder)


def test_every_format_of_floats_is_taken(folder):
    tensors = load_file(folder / WEIGHTS)
    kinds = (torch.float64, torch.float32, torch.float16, torch.bfloat16)
    for key, kind in zip(tensors, kinds, strict=False):
        tensors[key] = tensors[key].to(kind)
    save_file(tensors, folder / WEIGHTS)
    load(folder)


def test_sizes_that_no_memory_counts(folder):
    config = json.loads((folder / "config.json").read_text())
    config["vision_config"]["width"]["sam_vit_b"]["output_channels"] = 10**9
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match=r"config\.json states sizes that no network has; use an unchanged one"):
        load(folder)


def _places(values, path=()):
    """The path of every number, list and text of a parsed file."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _places(value, (*path, key))
        else:
            yield (*path, key)


@pytest.mark.parametrize(
    "value", [-1, 0, 2.5, 10**12, float("nan"), float("inf"), "4", [], [{}], {}, True, [-1, 2], 99]
)
def test_every_value_of_a_config_is_read_or_refused(stated, value):
    """Whatever stands in it: a network of those sizes, or a ModelError in one line that names a remedy."""
    from pipeline.model.network import Network

    for path in _places(stated):
        changed = json.loads(json.dumps(stated))
        section = changed
        for key in path[:-1]:
            section = section[key]
        section[path[-1]] = value
        try:
            config = parse_config(changed)
        except ModelError as error:
            assert "; " in str(error) and "\n" not in str(error), path
        else:
            with torch.device("meta"):
                Network(config)


@pytest.mark.parametrize(
    ("section", "key", "value", "message"),
    [
        ("text_config", "head_dim", 7, "text_config.head_dim = 7 is not supported, only 8"),
        ("text_config", "rope_parameters", {"rope_theta": 0}, "rope_theta is 0, a number above 0 is needed"),
        ("text_config", "num_attention_heads", 0, "num_attention_heads is 0, a whole number from 1 on is needed"),
        ("text_config", "mlp_layer_types", 6, "mlp_layer_types is 6, a list of names is needed; use an unchanged"),
        ("text_config", "layer_types", [{}], r"layer_types is \[{}\], a list of names is needed; use an unchanged"),
        ("text_config", "norm_topk_prob", "no", "norm_topk_prob = 'no' is not supported, only False"),
    ],
)
def test_what_is_wrong_is_said(tiny_config, section, key, value, message):
    raw = native_config(tiny_config)
    raw[section][key] = value
    with pytest.raises(ModelError, match=message):
        parse_config(raw)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("global_attn_indexes", [99], "no layer 99"),
        ("global_attn_indexes", [-1], r"global_attn_indexes is \[-1\], a list of whole numbers is needed"),
        ("downsample_channels", [1, 2, 3], r"downsample_channels is \[1, 2, 3\], a list of 2 whole numbers is needed"),
        ("downsample_channels", [True, True], "a list of 2 whole numbers is needed"),
        ("window_size", "x" * 99, "window_size is 'x{59}…, a whole number from 1 on is needed"),
    ],
)
def test_lists_and_long_values(tiny_config, key, value, message):
    raw = native_config(tiny_config)
    raw["vision_config"]["sam_config"][key] = value
    with pytest.raises(ModelError, match=message):
        parse_config(raw)


def test_whole_numbers_may_have_a_point(tiny_config):
    raw = native_config(tiny_config)
    raw["text_config"]["hidden_size"] = float(raw["text_config"]["hidden_size"])
    assert parse_config(raw) == tiny_config
