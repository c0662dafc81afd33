"""Which folder a --model name means; nothing here goes to the network."""

from __future__ import annotations

import pytest

from pipeline.errors import ModelError
from pipeline.model import checkpoint_source
from pipeline.model.checkpoint_source import locate


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty Hugging Face cache."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
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
