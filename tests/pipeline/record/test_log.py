"""`transcript.jsonl`: what is written is read back, whatever happens to the file."""

import os
from dataclasses import replace
from pathlib import Path, PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.record import corrections
from pipeline.record.home.state import State
from pipeline.record.locks import Lock
from pipeline.record.log import Key, TranscriptLog, first, read
from pipeline.transcript import Finish, PageRef, Source, Transcript

KEY = Key("d" * 64, "recorded/1")
ANY_TEXT = st.text(st.characters(codec=None), max_size=40)


def reading(number, text="text", name="a.pdf", tried=()):
    ref = PageRef(Source(Path("/in") / "a.pdf", name), number)
    return Transcript(ref, text, Finish.STOP, 612.0, 792.0, "recorded", 257, 10, 0.5, tried=tried)


def write(path, *readings, key=KEY):
    log = TranscriptLog(path, key)
    for one in readings:
        log.append(one)
    log.close()


def seen_from(folder, one):
    """The way from there leads over the root, and a name from the root has its folders taken off: see test_lines."""
    source = one.ref.source
    name = PurePath(source.name).name if PurePath(source.name).is_absolute() else source.name
    return replace(one, ref=replace(one.ref, source=replace(source, path=folder / source.path.name, name=name)))


@given(st.lists(st.tuples(st.integers(1, 9), ANY_TEXT, ANY_TEXT), min_size=1, max_size=5))
def test_any_text_comes_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("log") / "transcript.jsonl"
    readings = [reading(number, text, name, ("nano: loop",)) for number, text, name in rows]
    write(path, *readings)
    record = read(path)
    assert record is not None
    assert record.key == KEY
    assert record.readings == {one.ref.number: seen_from(path.parent, one) for one in readings}
    assert path.read_bytes().count(b"\n") == len(rows)


def test_a_file_cut_anywhere_keeps_its_whole_lines_and_goes_on(tmp_path):
    path = tmp_path / "transcript.jsonl"
    write(path, reading(1), reading(2))
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        write(path, *[one for one in (reading(1), reading(2)) if one.ref.number > (end >= first)])
        assert path.read_bytes() == whole


def test_damaged_lines_are_left_out(tmp_path):
    path = tmp_path / "transcript.jsonl"
    write(path, reading(1), reading(2))
    _, second, _ = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join((b"\0" * 50, b"[]", b'{"page": 9}', second, b"\xff\xfe", b"")))
    record = read(path)
    assert record is not None
    assert list(record.readings) == [2]


def test_a_missing_or_empty_file_is_no_record(tmp_path):
    assert read(tmp_path / "none") is None
    (tmp_path / "empty").touch()
    assert read(tmp_path / "empty") is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_in_place_of_a_record_or_its_state_is_not_waited_for(tmp_path):
    """Nor a device that never ends."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "endless").symlink_to("/dev/zero")
    for path in (tmp_path / "pipe", tmp_path / "endless"):
        for look in (read, first, Lock.take):
            with pytest.raises(OSError, match="no file"):
                look(path)
        assert State.read(path) is None
        with pytest.raises(InputError, match="is no file"):
            corrections.read(path)
