"""A document under way: its record is replaced when the new one is whole, never by less, and never mixed."""

from __future__ import annotations

import errno
import os
from pathlib import Path, PurePath

import pymupdf
import pytest

from pipeline.record.log import Key, TranscriptLog, read
from pipeline.record.places import Manner
from pipeline.record.work import SourceChangedError, begin
from pipeline.record.writing import NoRoomError, OutputError, writing
from pipeline.transcript import Finish, PageRef, Source, Transcript

FORCE = Manner(force=True)


@pytest.fixture
def source(tmp_path):
    return write(tmp_path / "a.pdf", "one", "two")


def write(path, *texts):
    with pymupdf.open() as document:
        for text in texts:
            document.new_page().insert_text((72, 100), text)
        document.save(path)
    return Source(path, path.name)


@pytest.fixture
def start(tmp_path, source, recorded_reader):
    """Begin the document with a reader of this name and these settings."""

    def start(name="deepseek-ai/DeepSeek-OCR-2", settings=None, manner=Manner(), pages=None):  # noqa: B008
        reader = recorded_reader({}, name=name, settings=settings or f"{name}/1")
        return begin(source, tmp_path / "out", PurePath("a"), reader, manner, pages)

    return start


def page(work, number, reader="deepseek-ai/DeepSeek-OCR-2"):
    return Transcript(PageRef(work.source, number), f"page {number} by {reader}", Finish.STOP, reader=reader)


def read_all(work, reader="deepseek-ai/DeepSeek-OCR-2"):
    for ref in work.refs():
        work.take(page(work, ref.number, reader))
    work.finish()
    work.close()


def texts(path):
    record = read(path)
    return {} if record is None else {number: one.text for number, one in record.readings.items()}


def test_a_record_is_replaced_when_the_new_one_is_whole(start, tmp_path):
    log = tmp_path / "out/a/transcript.jsonl"
    read_all(start("nano"), "nano")
    former = log.read_bytes()
    work = start()
    assert log.read_bytes() == former
    work.take(page(work, 2))
    work.close()  # interrupted
    assert log.read_bytes() == former
    work = start()
    assert work.missing == {1}
    read_all(work)
    assert texts(log) == {n: f"page {n} by deepseek-ai/DeepSeek-OCR-2" for n in (1, 2)}
    assert list(texts(log)) == [1, 2]
    assert not (tmp_path / "out/a/transcript.new.jsonl").exists()


def test_a_record_that_was_begun_otherwise_gives_way_to_the_one_that_is_there(start, tmp_path):
    read_all(start("nano"), "nano")
    start().close()
    assert (tmp_path / "out/a/transcript.new.jsonl").exists()
    work = start("nano")
    assert work.missing == set()
    read_all(work)
    assert not (tmp_path / "out/a/transcript.new.jsonl").exists()


@pytest.mark.parametrize("lesser", ["text-layer", "nano", "text-layer+nano"])
def test_a_lesser_reader_needs_to_be_asked_for(start, tmp_path, lesser):
    log = tmp_path / "out/a/transcript.jsonl"
    read_all(start())
    former = log.read_bytes()
    with pytest.raises(OutputError, match=r"was read with deepseek-ai/DeepSeek-OCR-2, and .* may read less: --force"):
        start(lesser)
    assert log.read_bytes() == former
    read_all(start(lesser, manner=FORCE), lesser)
    assert texts(log) == {n: f"page {n} by {lesser}" for n in (1, 2)}


def test_nor_does_a_lesser_reader_replace_what_a_better_one_has_begun(start, tmp_path):
    read_all(start("text-layer"), "text-layer")
    work = start()
    work.take(page(work, 1))
    work.close()
    with pytest.raises(OutputError, match="may read less"):
        start("nano")
    assert start().missing == {2}


@pytest.mark.parametrize("better", ["nano", "text-layer+nano", "text-layer+deepseek-ai/DeepSeek-OCR-2", "/my/model"])
def test_a_better_reader_need_not_be_asked_for(start, better):
    read_all(start("text-layer"), "text-layer")
    assert start(better).missing == {1, 2}


def test_fewer_pages_read_otherwise_do_not_replace_more(start):
    read_all(start(settings="old"))
    with pytest.raises(OutputError, match="holds another page, read with other settings, which would be lost"):
        start(settings="new", pages="2")
    work = start(settings="old", pages="2")
    assert work.missing == set()
    work.close()
    assert start(settings="new", pages="2", manner=FORCE).missing == {2}


def test_force_reads_anew_and_keeps_what_is_there_until_then(start, tmp_path):
    read_all(start())
    work = start(manner=FORCE)
    assert work.missing == {1, 2}
    work.close()
    assert start().missing == set()
    assert len(texts(tmp_path / "out/a/transcript.jsonl")) == 2


def replace_source(source, in_place):
    other = write(source.path.with_name("other.pdf"), "three", "four", "five").path
    if in_place:
        source.path.write_bytes(other.read_bytes())
    else:
        other.replace(source.path)


@pytest.mark.parametrize("in_place", [False, True])
def test_a_document_that_changes_while_it_is_read_is_an_error_of_it(start, source, tmp_path, in_place):
    work = start()
    work.take(page(work, 1))
    replace_source(source, in_place)
    work.take(page(work, 2))
    assert isinstance(work.error, SourceChangedError)
    assert str(work.error) == "a.pdf changed while it was read: give the command again"
    assert texts(tmp_path / "out/a/transcript.jsonl") == {1: "page 1 by deepseek-ai/DeepSeek-OCR-2"}
    work.close()
    assert start().missing == {1, 2, 3}


def test_a_change_behind_the_last_page_is_seen_too(start, source):
    work = start()
    for ref in work.refs():
        work.take(page(work, ref.number))
    replace_source(source, in_place=True)
    with pytest.raises(SourceChangedError):
        work.finish()


def test_a_file_that_is_only_touched_or_taken_away_has_not_changed(start, source):
    work = start()
    os.utime(source.path, (1, 1))
    work.take(page(work, 1))
    source.path.unlink()
    work.take(page(work, 2))
    work.finish()
    assert work.error is None


def test_each_page_is_on_the_disk_before_the_next(start, monkeypatch):
    synced = []
    fsync = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_size) or fsync(descriptor)
    )
    work = start()
    sizes = []
    for number in (1, 2):
        work.take(page(work, number))
        sizes.append((work.place.log).stat().st_size)
    assert synced == sizes


def test_a_record_that_somebody_changes_meanwhile_is_told(start):
    work = start()
    work.take(page(work, 1))
    work.place.log.write_bytes(b"")
    with pytest.raises(OutputError, match="was changed by another program"):
        work.reading(1)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ENOSPC, NoRoomError), (errno.EDQUOT, NoRoomError), (errno.EFBIG, NoRoomError),
        (errno.EROFS, NoRoomError), (errno.EIO, NoRoomError), (errno.EACCES, OutputError), (errno.ENOTDIR, OutputError),
    ],
)  # fmt: skip
def test_what_ends_everything_and_what_only_one_document(code, kind):
    with pytest.raises(OutputError, match="out cannot be written") as caught, writing(Path("out")):
        raise OSError(code, os.strerror(code))
    assert type(caught.value) is kind


def test_a_full_disk_ends_more_than_the_document(start, monkeypatch):
    work = start()

    def full(log, transcript):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(TranscriptLog, "append", full)
    with pytest.raises(NoRoomError, match="No space left on device"):
        work.take(page(work, 1))


def test_lines_in_another_order_are_put_in_order(tmp_path):
    path, key = tmp_path / "transcript.jsonl", Key("d", "s")
    log = TranscriptLog(path, key)
    for number in (2, 1, 2):
        log.append(Transcript(PageRef(Source(Path("a"), "a"), number), "text", Finish.STOP))
    log.finish(path)
    assert list(texts(path)) == [1, 2]
    assert path.read_bytes().count(b"\n") == 2
    assert [entry.name for entry in tmp_path.iterdir()] == ["transcript.jsonl"]
