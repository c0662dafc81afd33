"""What tells checkpoints apart: every byte of them, of which the large files are not read again without need."""

from __future__ import annotations

import hashlib
import os

import pytest

from pipeline.model.checkpoints.identity import identity

SIZE = 4 << 20
MIDDLE = 2 << 20


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("config.json", "tokenizer.json"):
        (folder / name).write_text("{}")
    (folder / "model.safetensors").write_bytes(bytes(SIZE))
    return folder


@pytest.fixture
def whole_reads(monkeypatch):
    """How often a large file has been read."""
    reads = []
    digest = hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda *arguments: reads.append(1) or digest(*arguments))
    return reads


def change_middle(folder):
    with (folder / "model.safetensors").open("r+b") as file:
        file.seek(MIDDLE)
        file.write(b"\x3f" * 4096)


def test_weights_that_differ_in_the_middle_are_others(folder):
    before = identity(folder)
    change_middle(folder)
    assert identity(folder) != before


def test_weights_are_read_once_and_again_when_they_are_newer(folder, whole_reads):
    before = identity(folder)
    assert identity(folder) == before
    assert len(whole_reads) == 1
    os.utime(folder / "model.safetensors", (1, 1))
    assert identity(folder) == before
    assert len(whole_reads) == 2


def test_another_folder_with_the_same_bytes_is_the_same(folder, whole_reads):
    before = identity(folder)
    assert identity(folder.rename(folder.with_name("moved"))) == before
    assert len(whole_reads) == 2


@pytest.mark.parametrize("content", [b"", b"[1, 2", b'["a", 1, 2, 3]', b"{}", b"[" * 99_999])
def test_a_damaged_memory_is_none(folder, whole_reads, tmp_path, content):
    before = identity(folder)
    (entry,) = (tmp_path / "cache/ocr2/weights").iterdir()
    entry.write_bytes(content)
    assert identity(folder) == before
    assert len(whole_reads) == 2


def test_without_a_place_to_remember_it_works_all_the_same(folder, tmp_path, whole_reads):
    (tmp_path / "cache").write_text("a file")
    assert identity(folder) == identity(folder)
    assert len(whole_reads) == 2


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "more.safetensors"])
def test_each_file_counts(folder, name):
    before = identity(folder)
    (folder / name).write_text('{"a": 1}')
    assert identity(folder) != before
