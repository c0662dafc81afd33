"""What the code asks of a store, of Azure's and Google's, as far as emulators play them; skipped without those."""

from __future__ import annotations

import os
import threading
from contextlib import suppress

import pymupdf
import pytest
from emulators import AZURITE, FAKE_GCS, azure, google

from ocr2cli import convert
from ocr2cli.inbox.bucket import BucketInbox
from ocr2cli.inbox.shelves import BucketShelf
from pipeline.stores.errors import ChangedError, MissingError, StoreError
from pipeline.stores.store import Store
from pipeline.stores.urls import parse

pytest.importorskip("obstore", reason="the extra ocr2[stores] is not installed")
ALL = [
    pytest.param("az", marks=pytest.mark.skipif(AZURITE is None, reason="no azurite-blob on the PATH")),
    pytest.param("gs", marks=pytest.mark.skipif(FAKE_GCS is None, reason="no fake-gcs-server on the PATH")),
]


@pytest.fixture(scope="module", params=ALL)
def bucket(request, tmp_path_factory):
    """The URL of a bucket."""
    former = dict(os.environ)
    with (azure if request.param == "az" else google)(tmp_path_factory.mktemp(request.param)) as environment:
        os.environ.update(environment)
        yield f"{request.param}://bucket"
        os.environ.clear()
        os.environ.update(former)


def test_conditions_hold(bucket, tmp_path):
    store = Store(parse(f"{bucket}/x").at(""))
    first = store.put("a/x", b"1", None)
    with pytest.raises(ChangedError):
        store.put("a/x", b"2", None)
    assert store.put("a/x", b"1", None).text == first.text  # its own first try, whose answer was lost
    second = store.put("a/x", b"2", first)
    with pytest.raises(ChangedError):
        store.put("a/x", b"3", first)
    assert store.read("a/x")[0] == b"2"
    listed, headed = store.inside("a/")[0][0], store.head("a/x")
    assert listed.version.text == headed.version.text == second.text
    assert store.put("a/x", b"4", listed.version)
    assert store.fetch("a/x", tmp_path / "copy").size == 1
    with pytest.raises(ChangedError):
        store.delete("a/x", first)
    gone = store.put("a/y", b"1", None)
    store.delete("a/y", gone)
    assert store.head("a/y") is None
    store.delete("a/x")
    store.delete("a/x")
    assert store.read("a/x") is store.head("a/x") is None
    with pytest.raises(MissingError):
        store.fetch("a/x", tmp_path / "copy")
    with pytest.raises(StoreError):
        store.put("a/x", b"5", second)


def test_of_many_who_put_at_once_one_succeeds(bucket):
    store, done = Store(parse(f"{bucket}/x").at("")), []

    def put(number):
        with suppress(ChangedError):
            done.append(store.put("race", b"%d" % number, None))

    threads = [threading.Thread(target=put, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1


def test_documents_go_in_and_results_out(bucket):
    store = Store(parse(f"{bucket}/x").at(""))
    with pymupdf.open() as document:
        for text in ("First page.", "Second page."):
            document.new_page().insert_text((72, 100), text, fontsize=12)
        store.put("in/a b.pdf", document.tobytes(), None)
    result = convert(f"{bucket}/in/a b.pdf", model="text-layer", output=f"{bucket}/out")
    assert store.read("out/a b.md")[0].decode() == result.markdown == "First page.\n\nSecond page.\n"
    assert result.files[0] == f"{bucket}/out/a b.md"
    record = store.head("out/a b/transcript.jsonl").version.text
    assert convert(f"{bucket}/in/a b.pdf", model="text-layer", output=f"{bucket}/out").markdown == result.markdown
    assert store.head("out/a b/transcript.jsonl").version.text == record  # nothing was read again
    assert [found.key for found in store.below("out/.ocr2/")] == []


def test_an_inbox_and_what_was_read(bucket):
    store = Store(parse(f"{bucket}/x").at(""))
    store.put("inbox/a.pdf", b"%PDF", None)
    inbox = BucketInbox(parse(f"{bucket}/inbox"), False, False)
    (arrival,) = inbox.arrivals()
    with inbox.take([arrival]) as ours:
        assert not inbox.is_other_now(arrival)
        BucketShelf(parse(f"{bucket}/done")).keep(arrival.inside, inbox.read(arrival))
        inbox.remove(arrival)
        ours[arrival.path].forget()
    assert inbox.arrivals() == []
    inbox.close()
    assert [found.key for found in store.below("inbox/")] == []
    assert store.read("done/a.pdf")[0] == b"%PDF"
