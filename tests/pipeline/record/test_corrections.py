"""Corrections: read, merged with those before them, and refused where they are none."""

import pytest

from pipeline.errors import InputError
from pipeline.record.corrections import Correction, merged, parse, read, write


def test_what_is_written_is_read(tmp_path):
    some = (Correction(1, 2, 'a "b"\n', "ü\n<td>"), Correction(3, 0, "", "added"))
    write(tmp_path / "corrections.jsonl", some)
    assert read(tmp_path / "corrections.jsonl") == some
    assert read(tmp_path / "none") == ()


def test_a_second_correction_counts_from_what_was_read():
    first = merged((), [Correction(1, 2, "read", "said")])
    assert merged(first, [Correction(1, 2, "said", "meant")]) == (Correction(1, 2, "read", "meant"),)
    assert merged(first, [Correction(1, 2, "said", "read")]) == ()


def test_pages_and_blocks_stay_apart():
    both = (Correction(1, 2, "a", "b"), Correction(1, 3, "a", "b"), Correction(2, 2, "a", "b"))
    assert merged(both[::-1], ()) == both


def test_added_text_is_a_block_that_can_be_corrected():
    """Once it was written, the page calls it by the number that it has there."""
    first = merged((), [Correction(1, 0, "", "new"), Correction(1, 0, "", "other")])
    assert merged(first, [Correction(1, 7, "new", "newer")]) == (
        Correction(1, 0, "", "other"),
        Correction(1, 0, "", "newer"),
    )
    assert merged(first, [Correction(1, 7, "new", "")]) == (Correction(1, 0, "", "other"),)


@pytest.mark.parametrize(
    "line",
    [
        b"{", b"[]", b"1", b'{"page": 1, "block": 1, "was": ""}', b'{"page": true, "block": 1, "was": "", "text": ""}',
        b'{"page": 0, "block": 1, "was": "", "text": ""}', b'{"page": 1, "block": -1, "was": "", "text": ""}',
        b'{"page": 1, "block": 1, "was": null, "text": ""}', b"\xff", b"[" * 100000,
    ],
)  # fmt: skip
def test_what_is_no_correction_is_refused_with_its_line(line):
    with pytest.raises(InputError, match=r"^x, line 3 is no correction: .*; mend it$"):
        parse(b'{"page": 1, "block": 1, "was": "", "text": ""}\n\n' + line, "x")
