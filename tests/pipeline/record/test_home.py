"""Where documents lay: results name no folders of a disk, and this machine knows them all the same."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from pipeline.record.home import folders
from pipeline.record.home.state import State
from pipeline.record.home.ways import Home, way


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Of this test alone, and nothing here counts as a temporary folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("tempfile.gettempdir", lambda: "/nowhere")
    folders.remember.cache_clear()
    yield tmp_path / "cache/ocr2/folders.json"
    folders.remember.cache_clear()


def test_a_way_is_kept_where_it_names_no_other_folders():
    folder = Path("/home/me/out/a")
    assert Home.of(Path("/home/me/in/a.pdf"), folder).way == "../../in/a.pdf"
    assert Home.of(Path("/data/a.pdf"), folder).way == "a.pdf"
    assert Home.of(Path("/home/me/in/deep/a.pdf"), folder, "deep/a.pdf").way == "deep/a.pdf"
    assert Home.of(Path("s3:/bucket/a.pdf"), folder) == Home("s3:/bucket/a.pdf")


def test_a_way_that_is_one_already_and_a_url_stay():
    folder = Path("/home/me/out/a")
    assert [way(folder, Path(path)) for path in ("in/a.pdf", "s3:/bucket/a.pdf")] == [
        Path("in/a.pdf"), Path("s3:/bucket/a.pdf"),
    ]  # fmt: skip


def test_whose_it_is_follows_from_the_path_or_from_the_way_after_both_have_moved(tmp_path):
    here = Home.of(tmp_path / "in/a.pdf", tmp_path / "out/a")
    assert here.is_of(tmp_path / "in/a.pdf", tmp_path / "elsewhere")
    assert here.is_of(tmp_path / "moved/in/a.pdf", tmp_path / "moved/out/a")
    assert not here.is_of(tmp_path / "in/b.pdf", tmp_path / "out/a")
    beside = Home.of(tmp_path / "in/a.pdf", tmp_path / "in/a")
    assert beside.way == "../a.pdf"
    assert beside.is_of(tmp_path / "moved/a.pdf", tmp_path / "moved/a")
    far = Home.of(Path("s3:/bucket/a.pdf"), tmp_path)
    assert [far.is_of(Path(path), tmp_path) for path in ("s3:/bucket/a.pdf", "s3:/bucket/b.pdf")] == [True, False]


def test_a_bare_name_is_nobody_elses_document(tmp_path):
    """Of two documents of one name, both behind the root, one is not the other."""
    home = Home("a.pdf", Home.of(Path("/data/one/a.pdf"), tmp_path).mark)
    assert not home.is_of(tmp_path / "a.pdf", tmp_path)
    assert home.is_of(Path("/data/one/a.pdf"), tmp_path)


def test_a_document_behind_the_root_is_found_again_on_this_machine_alone(cache, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.pdf").write_text(name)
        folders.remember(tmp_path / name)
    home = Home("a.pdf", Home.of(tmp_path / "one/a.pdf", Path("/x")).mark)
    assert home.path(Path("/x/out/a")) == tmp_path / "one/a.pdf"
    assert json.loads(cache.read_text()) == [str(tmp_path / "one"), str(tmp_path / "two")]
    cache.unlink()
    assert home.path(Path("/x/out/a")) == Path("/x/out/a/a.pdf")


def test_a_copy_of_documents_and_results_is_of_its_own_documents(cache, tmp_path):
    for name in ("first", "copy"):
        (tmp_path / name / "in").mkdir(parents=True)
        (tmp_path / name / "in/a.pdf").write_text("a")
    home = Home.of(tmp_path / "first/in/a.pdf", tmp_path / "first/out/a")
    folders.remember(tmp_path / "first/in")
    assert home.path(tmp_path / "copy/out/a") == tmp_path / "copy/in/a.pdf"
    (tmp_path / "copy/in/a.pdf").unlink()
    assert home.path(tmp_path / "copy/out/a") == tmp_path / "first/in/a.pdf"


def test_the_oldest_folders_are_forgotten_and_temporary_ones_never_kept(cache, monkeypatch):
    monkeypatch.setattr(folders, "_MOST", 2)
    for name in ("/a", "/b", "/nowhere/c", "/d"):
        folders.remember(Path(name))
    assert json.loads(cache.read_text()) == ["/b", "/d"]
    for damaged in ("{}", "[1]", "[[", '["\\u0000"]'):
        cache.write_text(damaged)
        assert list(folders.named("a.pdf")) == []


def test_states_of_before_have_whole_paths(tmp_path):
    file = tmp_path / ".place.json"
    file.write_text(json.dumps({"document": "1", "source": str(tmp_path / "in/a.pdf"), "markdown": None}))
    state = State.read(file)
    assert state.home.is_of(tmp_path / "in/a.pdf", tmp_path)
    assert json.loads(state.encode())["source"] == "in/a.pdf"
    file.write_bytes(state.encode())
    assert State.read(file) == state


def test_a_mark_is_the_same_in_every_version():
    """Results of before tell by it whose they are."""
    mark = Home.of(Path("/data/one/a.pdf"), Path("/home/me/out/a")).mark
    assert mark == hashlib.sha256(b"/data/one/a.pdf").hexdigest()[:24]
