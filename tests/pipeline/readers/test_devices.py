"""What a device name means is told without torch, and as torch tells it."""

import sys

import pytest

from pipeline.reader_options import ReaderOptions
from pipeline.readers import opening
from pipeline.readers.devices import may_have_cuda, surely_cpu, torch_fault

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at the drivers of Linux")


@linux
@pytest.mark.parametrize("node", ["nvidia0", "nvidiactl", "nvhost-gpu", "dxg", "kfd"])
def test_a_driver_means_that_torch_must_be_asked(tmp_path, monkeypatch, node):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert not may_have_cuda(tmp_path)
    (tmp_path / node).touch()
    assert may_have_cuda(tmp_path)


@linux
@pytest.mark.parametrize("hidden", ["", " ", "-1"])
def test_hidden_devices_are_none(tmp_path, monkeypatch, hidden):
    (tmp_path / "nvidia0").touch()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    assert not may_have_cuda(tmp_path)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert may_have_cuda(tmp_path)


@pytest.mark.parametrize("device", ["cuda", "cuda:1", "mps", "tpu"])
def test_other_names_are_for_torch(device):
    assert not surely_cpu(device)


@linux
@pytest.mark.parametrize("options", [ReaderOptions(), ReaderOptions(device="cpu", dpi=200, task="ocr", max_tokens=99)])
def test_the_key_told_without_torch_is_that_of_the_engine(monkeypatch, options):
    """Else a record that was begun by the one could not go on with the other."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    from pipeline.engine.load import settings_without_loading

    assert surely_cpu(options.device)
    assert opening._engine_settings("nano", options) == settings_without_loading("nano", options)


def test_a_folder_that_is_gone_is_told_before_a_library_ends_the_process(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert torch_fault() == "the folder in which this was started is gone: change to another one"
