"""A line of the record: strict about types, so that whatever is in a file ends in no traceback."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.record.lines import Key, Line, NewerFormatError, decode, encode
from pipeline.record.log import read
from pipeline.transcript import Finish, PageRef, Source, Transcript, Unread

PAGE = Transcript(
    PageRef(Source(Path("/in/a.pdf"), "a.pdf"), 3), "text", Finish.LOOP, 612.0, 792.0, "nano", 257, 10, 0.5, None, 1,
    ("nano: empty",),
)  # fmt: skip
LINE = Line(Key("d" * 64, "recorded/1"), PAGE, ("cut off",))
ROW = json.loads(encode(LINE))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)


def changed(**fields):
    return json.dumps(ROW | fields).encode()


def test_a_line_says_its_format_and_comes_back():
    assert ROW["format"] == "ocr2-transcript/2"
    assert decode(encode(LINE)) == LINE


def test_lines_of_before_the_format_had_a_name_are_read():
    old = {name: value for name, value in ROW.items() if name not in ("format", "turned", "warnings")}
    line = decode(json.dumps(old).encode())
    assert line is not None
    assert (line.key, line.transcript.text, line.transcript.turned, line.warnings) == (LINE.key, "text", 0, ())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("page", 0), ("page", True), ("page", "3"), ("page", 3.0), ("finish", "done"), ("finish", 1), ("text", 5),
        ("text", None), ("width", "612"), ("width", -1), ("height", True), ("confidence", "high"), ("confidence", []),
        ("error", 3), ("turned", -1), ("tried", "nano"), ("tried", [1]), ("name", None), ("source", 7),
        ("source", "/in/\0.pdf"), ("document", None), ("settings", {}), ("prompt_tokens", 1.5), ("output_tokens", None),
        ("reader", ["nano"]), ("warnings", [None]), ("format", "ocr2-transcript/0"), ("format", "another/1"),
        ("format", 2), ("by_block", 0.5), ("by_block", [1.5]), ("by_block", ["high"]),
    ],
)  # fmt: skip
def test_a_field_of_another_type_or_range_damages_the_line(name, value):
    assert decode(changed(**{name: value})) is None


@pytest.mark.parametrize("missing", sorted(set(ROW) - {"doubtful", "format", "turned", "warnings"}))
def test_a_missing_field_damages_the_line(missing):
    assert decode(json.dumps({name: value for name, value in ROW.items() if name != missing}).encode()) is None


@pytest.mark.parametrize("width", ["NaN", "Infinity", "1e999"])
def test_sizes_are_finite(width):
    assert decode(changed(width=612).replace(b'"width": 612', f'"width": {width}'.encode())) is None


@pytest.mark.parametrize("data", [b"", b"[]", b"3", b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b"9" * 5000])
def test_what_is_no_line_is_none(data):
    assert decode(data) is None


@given(st.dictionaries(st.sampled_from(sorted(ROW)), JSON, max_size=3))
def test_no_mixture_of_types_raises(fields):
    try:
        line = decode(changed(**fields))
    except NewerFormatError:
        return
    if line is not None:
        assert decode(encode(line)) == line


def test_a_newer_format_is_refused_and_not_taken_for_damage(tmp_path):
    path = tmp_path / "transcript.jsonl"
    path.write_bytes(changed(format="ocr2-transcript/3") + b"\n")
    with pytest.raises(NewerFormatError, match="ocr2-transcript/3, which is newer than this ocr2: update it"):
        read(path)


def test_damaged_lines_are_counted_and_warnings_kept(tmp_path):
    path = tmp_path / "transcript.jsonl"
    path.write_bytes(b"\n".join((encode(LINE), changed(page=4, text=None), b"{")))
    record = read(path)
    assert record is not None
    assert (list(record.readings), record.damaged, record.warnings) == ([3], 2, ("cut off",))


def test_the_confidence_of_blocks_is_kept():
    line = decode(changed(by_block=[0.5, 1]))
    assert line.transcript.by_block == (0.5, 1.0)
    assert json.loads(encode(line))["by_block"] == [0.5, 1.0]


def test_unread_print_is_kept():
    assert "unread" not in ROW
    places = (Unread((1, 2, 30, 40), 2), Unread((0, 0, 999, 999), 7, within=True))
    lacking = replace(LINE, transcript=replace(LINE.transcript, unread=places, unread_share=0.25))
    row = json.loads(encode(lacking))
    assert (row["unread"][0], row["unread_share"]) == ({"box": [1, 2, 30, 40], "lines": 2, "within": False}, 0.25)
    assert decode(encode(lacking)) == lacking
    for wrong in (7, [3], [{}], [row["unread"][0] | {"lines": -1}], [row["unread"][0] | {"box": [1, 2, 30, 1000]}]):
        assert decode(json.dumps(row | {"unread": wrong}).encode()) is None
    assert decode(json.dumps(row | {"unread_share": 2}).encode()) is None


def test_how_a_page_was_cut_is_kept_where_a_network_looked_at_it():
    row = json.loads(encode(LINE))
    assert "tiles" not in row and decode(encode(LINE)).transcript.tiles is None
    cut = replace(LINE, transcript=replace(LINE.transcript, tiles=(3, 4)))
    assert json.loads(encode(cut))["tiles"] == [3, 4]
    assert decode(encode(cut)) == cut
    for wrong in ([3], [3, -4], [3, 4.0], "34"):
        assert decode(json.dumps(row | {"tiles": wrong}).encode()) is None
