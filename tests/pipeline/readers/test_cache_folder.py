"""The local cache is where huggingface_hub has it, told without importing that."""

import subprocess
import sys

import pytest

from pipeline.model.checkpoints.source import OFFICIAL, cache_folder, cached
from pipeline.readers.choice import to_download


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"HF_HOME": "~/models"},
        {"HF_HOME": "$HOME/models"},
        {"XDG_CACHE_HOME": "/srv/cache"},
        {"HUGGINGFACE_HUB_CACHE": "/srv/old"},
        {"HF_HUB_CACHE": "/srv/hub", "HUGGINGFACE_HUB_CACHE": "/srv/old", "HF_HOME": "/srv/home"},
    ],
)
def test_it_is_the_same_folder(environment, monkeypatch, tmp_path):
    for name in ("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    program = "from huggingface_hub.constants import HF_HUB_CACHE; print(HF_HUB_CACHE)"
    theirs = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert str(cache_folder()) == theirs.stdout.strip()


def test_a_model_that_was_never_fetched_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    assert cached(OFFICIAL) is None


def test_a_download_is_told_before_it_begins(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    assert to_download(OFFICIAL) == (
        f"{OFFICIAL} (6.8 GB) is not here yet and is fetched now; `ocr2 models pull {OFFICIAL}` does that ahead of time"
    )
    assert to_download(f"text-layer+{OFFICIAL}") == to_download(OFFICIAL)
    (tmp_path / "weights").mkdir()
    for name in ("nano", "text-layer", "text-layer+nano", str(tmp_path / "weights"), "http://127.0.0.1:9/v1"):
        assert to_download(name) is None
