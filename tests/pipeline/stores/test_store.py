"""Objects by URL: conditions hold, faults of the network are survived, and mistakes are one line with the remedy."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path, PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from s3_server import BUCKET, every

from pipeline.stores import opening
from pipeline.stores.errors import ChangedError, MissingError, StoreError
from pipeline.stores.signed import Deletion, delete_if
from pipeline.stores.store import Store
from pipeline.stores.urls import Url, local, parse, shown

pytest.importorskip("obstore", reason="the extra ocr2[stores] is not installed")


@pytest.fixture
def bucket(s3, monkeypatch):
    return Store(Url("s3", BUCKET, ""))


def test_an_object_is_put_only_where_its_former_one_is_the_one_that_is_known(bucket):
    first = bucket.put("a/x", b"1", None)
    with pytest.raises(ChangedError, match="s3://bucket/a/x was changed by somebody else"):
        bucket.put("a/x", b"2", None)
    second = bucket.put("a/x", b"2", first)
    with pytest.raises(ChangedError):
        bucket.put("a/x", b"3", first)
    assert bucket.read("a/x")[0] == b"2"
    assert bucket.head("a/x").version == second


@pytest.mark.parametrize("what", ["503", "cut", "lost"])
def test_a_put_whose_first_try_fails_is_done_once(s3, bucket, what, monkeypatch):
    faults = iter([what])
    monkeypatch.setattr(s3, "fault", lambda method, path: next(faults, None) if method == "PUT" else None)
    version = bucket.put(f"once/{what}", b"data", None)
    assert bucket.head(f"once/{what}").version == version
    assert bucket.put(f"once/{what}", b"other", version)


def test_an_object_is_deleted_only_as_the_version_that_is_known(s3, bucket, monkeypatch):
    first = bucket.put("gone/ä x", b"1", None)
    second = bucket.put("gone/ä x", b"2", first)
    # Not by a look and a deletion: between those another upload has room.
    seen = []
    monkeypatch.setattr(s3, "fault", lambda method, path: seen.append(method))
    with pytest.raises(ChangedError, match="gone/ä x was changed by somebody else"):
        bucket.delete("gone/ä x", first)
    assert seen == ["DELETE"]
    assert bucket.read("gone/ä x")[0] == b"2"
    bucket.delete("gone/ä x", second)
    assert bucket.head("gone/ä x") is None
    bucket.delete("gone/ä x", second)


@pytest.mark.parametrize("what", ["503", "cut", "lost"])
def test_a_deletion_whose_first_try_fails_is_done(s3, bucket, what, monkeypatch):
    version = bucket.put(f"fails/{what}", b"data", None)
    faults = iter([what])
    monkeypatch.setattr(s3, "fault", lambda method, path: next(faults, None) if method == "DELETE" else None)
    bucket.delete(f"fails/{what}", version)
    assert bucket.head(f"fails/{what}") is None


def test_where_a_condition_cannot_be_said_it_is_looked_before(s3, bucket, monkeypatch):
    first = bucket.put("looked", b"1", None)
    second = bucket.put("looked", b"2", first)
    faults = iter(["501", "501"])
    monkeypatch.setattr(s3, "fault", lambda method, path: next(faults, None) if method == "DELETE" else None)
    with pytest.raises(ChangedError):
        bucket.delete("looked", first)
    bucket.delete("looked", second)
    assert next(faults, None) is None
    assert bucket.head("looked") is None


def test_a_store_without_conditions_says_so(s3, bucket, monkeypatch):
    version = bucket.put("kept", b"1", None)
    s3.faults.clear()
    monkeypatch.setattr(s3, "fault", lambda method, path: "501" if method == "DELETE" else None)
    assert delete_if(bucket._store, "kept", version.text) is Deletion.UNKNOWN
    assert s3.faults["501"] == 1
    monkeypatch.setattr(s3, "fault", lambda method, path: "503" if method == "DELETE" else None)
    monkeypatch.setattr("pipeline.stores.signed.PAUSES", (0.01, 0.01))
    assert delete_if(bucket._store, "kept", version.text) is Deletion.UNKNOWN
    assert s3.faults["503"] == 3
    assert bucket.head("kept") is not None


def test_a_server_that_says_nothing_is_asked_again(s3, monkeypatch, bucket):
    monkeypatch.setattr(opening, "SILENCE", timedelta(seconds=0.2))
    monkeypatch.setattr(s3, "slow", 0.6)
    faults = iter(["slow"])
    patient = Store(Url("s3", BUCKET, ""))
    monkeypatch.setattr(s3, "fault", lambda method, path: next(faults, None))
    assert patient.put("slow", b"data", None) == bucket.head("slow").version


def test_a_large_body_comes_whole_through_a_bad_network(s3, bucket, tmp_path, monkeypatch):
    data = os.urandom(3 << 20)
    bucket.put("large", data, None)
    monkeypatch.setattr(s3, "fault", every(2, "503", "cut"))
    assert bucket.fetch("large", tmp_path / "copy").size == len(data)
    assert (tmp_path / "copy").read_bytes() == data


def test_lists_go_by_folders(bucket):
    for key in ("l/a.pdf", "l/deep/b.pdf", "l/deep/c d~ü%20.pdf", "lx/other.pdf"):
        bucket.put(key, key.encode(), None)
    objects, folders = bucket.inside("l/")
    assert ([found.key for found in objects], folders) == (["l/a.pdf"], ["l/deep"])
    assert sorted(found.key for found in bucket.below("l/")) == ["l/a.pdf", "l/deep/b.pdf", "l/deep/c d~ü%20.pdf"]
    assert bucket.read("l/deep/c d~ü%20.pdf")[0].decode() == "l/deep/c d~ü%20.pdf"


def test_what_is_not_there(bucket, tmp_path):
    assert bucket.read("nothing") is None
    assert bucket.head("nothing") is None
    bucket.delete("nothing")
    with pytest.raises(MissingError, match="s3://bucket/nothing does not exist: check the address"):
        bucket.fetch("nothing", tmp_path / "x")
    with pytest.raises(StoreError, match="there is no bucket elsewhere: check the address, or make it"):
        list(Store(Url("s3", "elsewhere", "")).below("a/"))
    with pytest.raises(StoreError, match="there is no bucket elsewhere"):
        Store(Url("s3", "elsewhere", "")).put("a", b"", None)


def test_a_bucket_without_permission_is_named_at_once(s3, bucket, monkeypatch):
    asked = []

    def fault(method, path):
        asked.append(method)
        return "403"

    monkeypatch.setattr(s3, "fault", fault)
    for use in (lambda: bucket.put("a", b"", None), lambda: bucket.read("a"), lambda: bucket.inside("a/")):
        with pytest.raises(StoreError, match=r"permission denied: give the account the right .*AWS_ACCESS_KEY_ID"):
            use()
    assert asked == ["PUT", "GET", "GET"]


def test_a_store_that_is_not_there(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setattr(opening, "RETRIES", 1)
    with pytest.raises(StoreError, match=r"s3://bucket/a cannot be reached .*: check the network and the address"):
        Store(Url("s3", BUCKET, "")).read("a")


@given(st.sampled_from(["s3", "gs", "az"]), st.text("abc-", min_size=1), st.lists(st.text("aä %~", min_size=1)))
def test_a_url_survives_being_a_path(scheme, name, parts):
    url = Url(scheme, name, "/".join(parts))
    assert parse(url.path) == parse(str(url)) == url
    assert shown(url.path) == str(url)


@pytest.mark.parametrize("text", ["a.pdf", "/s3/a", "s3", "s3:", "c:/s3://x", "-", "file:///a"])
def test_what_is_on_this_machine_is_no_url(text):
    assert parse(text) is None


def test_file_urls_are_paths():
    assert [local(text) for text in ("file:///a/b%20c", "file:/a", "a/b", "file.pdf")] == [
        "/a/b c",
        "/a",
        "a/b",
        "file.pdf",
    ]


def test_names_and_what_may_be_written_down():
    signed = Url("https", "example.org", "a/b%20c.pdf?token=secret")
    assert (signed.name, signed.public) == (PurePath("b c.pdf"), "https://example.org/a/b%20c.pdf")
    assert Url("s3", "b", "in").holds(Url("s3", "b", "in/out"))
    assert not any(Url("s3", "b", "in").holds(other) for other in (Url("s3", "b", "in"), Url("s3", "b", "inner")))
    assert Path(shown(Path("a/b"))) == Path("a/b")
