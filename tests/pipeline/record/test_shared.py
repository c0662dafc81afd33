"""A place in a bucket, by itself: what is put and what is not, and runs that others see."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path, PurePath

import pytest

from pipeline.record.home.state import State
from pipeline.record.home.ways import Home
from pipeline.record.places import Identity, Manner, find, place_in
from pipeline.record.shared import bucket as buckets
from pipeline.record.shared import run as runs
from pipeline.record.shared.bucket import Bucket
from pipeline.record.shared.run import Run
from pipeline.stores.store import Store
from pipeline.stores.urls import parse

pytest.importorskip("obstore", reason="the extra ocr2[stores] is not installed")


@pytest.fixture
def url(s3, tmp_path):
    return parse(f"s3://bucket/{tmp_path.name}/out")


@pytest.fixture
def puts(s3, monkeypatch):
    """How often each object is put from now on, by the name of its file."""
    found: Counter[str] = Counter()

    def note(method, path):
        if method == "PUT":
            found[path.rpartition("/")[2]] += 1

    monkeypatch.setattr(s3, "fault", note)
    return found


@pytest.fixture
def held(url, tmp_path):
    """A bucket, and a place in it that is ours."""
    base = tmp_path / "base"
    base.mkdir()
    ground, place = Bucket(url, base), place_in(base, PurePath("a"))
    ground.begin()
    ground.look(place)
    assert ground.hold(place, State("d", Home("x", "y")).encode()) is not None
    yield ground, place
    ground.close()


def test_a_record_is_put_as_it_grows_and_not_for_every_page(held, puts):
    ground, place = held
    mirror = ground._mirrors[place]
    for size, flushes in ((1000, 1), (1000, 1), (1040, 1), (1100, 2), (1140, 2)):
        if not place.log.exists() or place.log.stat().st_size != size:
            place.log.write_bytes(b"x" * size)
        mirror.flush()
        assert puts[place.log.name] == flushes
    mirror.flush(growth=1.0)  # the last one, which a run leaves to the next
    assert puts[place.log.name] == 3
    mirror.flush(growth=1.0)
    assert puts[place.log.name] == 3


def test_what_is_new_is_put_once_and_what_is_gone_is_deleted(held, puts, s3, url):
    ground, place = held
    (place.folder / "p1.png").write_bytes(b"1")
    (place.folder / "b").mkdir()  # another document's
    ground.publish(place)  # without a Markdown: nobody has asked for one
    place.markdown.write_bytes(b"# A")
    ground.publish(place)
    ground.publish(place)
    assert puts == {"p1.png": 1, "a.md": 1}
    (place.folder / "p1.png").unlink()
    ground.publish(place)
    assert s3.keys(f"{url.folder}a/p") == []
    assert puts == {"p1.png": 1, "a.md": 1}


def test_objects_with_names_that_no_disk_takes_are_left_alone(url, s3, tmp_path):
    for name in ("n" * 300, "fine.png"):
        s3.write(f"{url.folder}a/{name}", b"x")
    ground, place = Bucket(url, tmp_path), place_in(tmp_path, PurePath("a"))
    ground.look(place)
    assert [path.name for path in place.folder.iterdir()] == ["fine.png"]
    ground.close()  # of a run that never began


def test_whose_a_place_is_is_asked_of_the_bucket(held, url, tmp_path):
    """Also by a dry run, which holds nothing."""
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    there, mine = Bucket(url, fresh), Identity("d", Path("/x/a.pdf"))
    other = Identity("e", Path("/y/a.pdf"))
    assert find(fresh, PurePath("a"), mine, Manner(), there) == place_in(fresh, PurePath("a"))
    assert find(fresh, PurePath("a"), other, Manner(), there) == place_in(fresh, PurePath("a-2"))
    there.close()


def test_signs_of_runs_that_were_killed_are_cleared_away(url, s3, monkeypatch):
    store, key = Store(url.at("")), f"{url.folder}{runs.FOLDER}/"
    s3.write(f"{key}0123", b"long ago")
    run = Run(store, url.folder)
    assert f"{key}0123" in s3.keys(key)  # a day has not gone by
    monkeypatch.setattr(runs, "_FORGOTTEN", timedelta(seconds=-60))
    other = Run(store, url.folder)
    assert f"{key}0123" not in s3.keys(key)
    run.end()
    other.end()
    assert s3.keys(key) == []


def test_nothing_is_put_behind_the_end(url, tmp_path, monkeypatch):
    monkeypatch.setattr(buckets, "TICK", 0.0)
    monkeypatch.setattr(runs, "BEAT", 0.0)
    ground = Bucket(url, tmp_path)
    ground.begin()
    ground.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "ocr2-keeper"]
