"""Which folder a --model name means; nothing here goes to the network."""

from __future__ import annotations

import json

import pytest

from pipeline.errors import ModelError
from pipeline.model.checkpoints import source as checkpoint_source
from pipeline.model.checkpoints.files import INDEX
from pipeline.model.checkpoints.source import cached, locate


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty Hugging Face cache."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))  # the library has read it by now, we have not
    return tmp_path


def put(cache, *files):
    """A repository `owner/name` in the cache, as huggingface_hub lays it out."""
    repository = cache / "models--owner--name"
    snapshot = repository / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    for file in files:
        (snapshot / file).write_text("{}")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0" * 40)
    return snapshot


def test_local_folder(tmp_path):
    assert locate(str(tmp_path)) == tmp_path


def test_cached_repository(cache):
    snapshot = put(cache, "config.json", "model.safetensors")
    assert locate("owner/name", download=False) == snapshot


def test_half_a_repository_does_not_count(cache):
    put(cache, "config.json")
    with pytest.raises(ModelError, match="not in the local cache; allow the download, or use nano"):
        locate("owner/name", download=False)


SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
MAP = {"weight_map": {"a": SHARDS[0], "b": SHARDS[1], "c": SHARDS[0]}}


@pytest.mark.parametrize("index", [True, False])
def test_a_download_that_was_stopped_does_not_count_until_every_shard_is_there(cache, index):
    """The index names the shards; where it is not there yet, each shard's name says how many there are."""
    snapshot = put(cache, "config.json", SHARDS[1])
    if index:
        (snapshot / INDEX).write_text(json.dumps(MAP))
    assert cached("owner/name") is None
    (snapshot / SHARDS[0]).symlink_to(snapshot / "blob")  # a link without its blob: the cache was cleaned by hand
    assert cached("owner/name") is None
    (snapshot / "blob").write_text("{}")
    assert cached("owner/name") == snapshot


def test_a_stopped_download_is_taken_up_again(cache, monkeypatch):
    snapshot = put(cache, "config.json", SHARDS[0])
    asked = []
    monkeypatch.setattr(checkpoint_source, "_download", lambda *what: asked.append(what) or snapshot)
    assert locate("owner/name") == snapshot
    assert asked == [("owner/name", True)]


def test_an_index_that_cannot_be_read_does_not_count(cache):
    (put(cache, "config.json", "model.safetensors") / INDEX).write_text('{"weight_map": ')
    assert cached("owner/name") is None


@pytest.mark.parametrize("name", ["nothing", "a/b/c", "./missing", "../missing"])
def test_names_that_mean_nothing(name):
    with pytest.raises(ModelError, match=f"no model '{name}': give nano, a folder"):
        locate(name)


def test_bundled_checkpoint(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint_source, "nano_folder", lambda: tmp_path)
    with pytest.raises(ModelError, match="no bundled checkpoint; install ocr2 again"):
        locate("nano")
    (tmp_path / "config.json").write_text("{}")
    assert locate("nano") == tmp_path
