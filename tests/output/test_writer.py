"""Files appear whole or not at all, and each failure says in one line what to do."""

import errno
import os
import re
import stat

import pytest

from output.writer import OutputError, remove_stale, write_bytes, write_text, write_texts


def test_folders_are_made_and_nothing_else_is_left(tmp_path):
    write_text(tmp_path / "a" / "b" / "c.md", "é\n\ud800\n")
    assert (tmp_path / "a" / "b" / "c.md").read_bytes() == "é\n?\n".encode()
    assert [p.name for p in tmp_path.rglob("*")] == ["a", "b", "c.md"]


def test_the_mode_follows_the_umask(tmp_path):
    old = os.umask(0o027)
    try:
        write_text(tmp_path / "c.md", "x")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "c.md").stat().st_mode) == 0o640


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT, errno.EIO])
def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch, code):
    target = tmp_path / "c.md"
    write_text(target, "old")

    def fail(_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OutputError) as caught:
        write_text(target, "new")
    assert str(caught.value).startswith(f"cannot write {target}: ")
    assert "\n" not in str(caught.value)
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["c.md"]


def test_an_interrupt_leaves_no_temporary_file(tmp_path, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_text(tmp_path / "c.md", "new")
    assert list(tmp_path.iterdir()) == []


def test_obstacles(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    for path, reason in [
        (tmp_path / "folder", "a folder of that name is in the way"),
        (tmp_path / "file" / "c.md", "is in the way of the folder|not a folder"),
        (tmp_path / ("n" * 300), "too long"),
        (tmp_path / ("n" * 300) / "c.md", "too long"),
        (tmp_path / "nul\0byte", "null"),
    ]:
        with pytest.raises(OutputError, match=reason):
            write_bytes(path, b"x")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]


def test_the_longest_name_that_the_file_system_takes_can_be_written(tmp_path):
    write_text(tmp_path / ("n" * 252 + ".md"), "x")
    assert [p.read_text() for p in tmp_path.iterdir()] == ["x"]


def test_only_our_own_pattern_is_removed(tmp_path):
    for name in ("p001-1.png", "p001-2.png", "p001-2.png.bak", "photo.png", "transcript.jsonl"):
        (tmp_path / name).write_text("x")
    (tmp_path / "p002-1.png").mkdir()
    remove_stale(tmp_path, re.compile(r"p\d{3,}-\d+\.png"), keep={"p001-1.png"})
    kept = ["p001-1.png", "p001-2.png.bak", "p002-1.png", "photo.png", "transcript.jsonl"]
    assert sorted(p.name for p in tmp_path.iterdir()) == kept


def test_a_folder_that_is_not_there_has_nothing_stale(tmp_path):
    remove_stale(tmp_path / "none", re.compile("x"), keep=())
    assert list(tmp_path.iterdir()) == []


def test_the_half_file_can_lie_in_another_folder(tmp_path):
    (tmp_path / "a").mkdir()

    def parts():
        yield "one "
        assert [path.suffix for path in (tmp_path / "a").iterdir()] == [".tmp"]
        assert not (tmp_path / "a.md").exists()
        yield "text"

    write_texts(tmp_path / "a.md", parts(), tmp_path / "a")
    assert (tmp_path / "a.md").read_text() == "one text"
    assert list((tmp_path / "a").iterdir()) == []
