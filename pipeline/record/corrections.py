"""`corrections.jsonl`: what a person has mended of a document, block by block, beside the record of what was read.

The record itself stays as it was: it says what a model read. A line is `{"page": 3, "block": 2, "was": …, "text": …}`:
the page and the block from 1, the block's text as it was read, and the text as it should be.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pipeline.errors import InputError
from pipeline.record.atomic import replace_file
from pipeline.record.writing import writing

FILE_NAME = "corrections.jsonl"
MOST_BYTES = 16 << 20
"""Of a file of corrections: a book of a thousand pages typed anew is a tenth of it."""
ADDED = 0
"""The number of a block that stands for text which is added at the end of its page."""


@dataclass(frozen=True)
class Correction:
    """One block of a page, both from 1 (see `ADDED`), as it was read and as it should be."""

    page: int
    block: int
    was: str
    text: str


def read(path: Path) -> tuple[Correction, ...]:
    """All corrections of a file, none where it is not there. Raises InputError for a file that holds anything else."""
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path} is no file: take it away")
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path} is too large to be a file of corrections; mend it or take it away")
        data = path.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    return parse(data, str(path))


def parse(data: bytes, name: str) -> tuple[Correction, ...]:
    """The same from bytes. Raises InputError that names the line."""
    return tuple(
        _correction(line, f"{name}, line {number}") for number, line in enumerate(data.split(b"\n"), 1) if line.strip()
    )


def merged(former: Iterable[Correction], new: Iterable[Correction]) -> tuple[Correction, ...]:
    """Both together in order of pages: what was corrected twice counts from what was read to what was said last, and
    what is as it was read again is no correction."""
    known = {(each.page, each.block, each.text): each for each in former}
    for each in new:
        places = ((each.page, each.block, each.was), (each.page, ADDED, each.was))  # added text is a block by now
        before = next((known.pop(place) for place in places if place in known), each)
        whole = replace(before, text=each.text)
        if whole.was != whole.text:
            known[whole.page, whole.block, whole.text] = whole
    return tuple(sorted(known.values(), key=lambda each: (each.page, each.block)))


def write(path: Path, corrections: Iterable[Correction]) -> None:
    """Let the file hold these. Raises OutputError."""
    lines = (json.dumps(asdict(each), ensure_ascii=False).encode("utf-8", "replace") + b"\n" for each in corrections)
    with writing(path):
        replace_file(path, lines)


def _correction(line: bytes, where: str) -> Correction:
    try:
        row = json.loads(line)
        page, block, was, text = row["page"], row["block"], row["was"], row["text"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{where} is no correction: it needs page, block, was and text; mend it") from error
    numbers = type(page) is int and type(block) is int and page >= 1 and block >= 0
    if not numbers or not isinstance(was, str) or not isinstance(text, str):
        raise InputError(f"{where} is no correction: page and block are numbers, was and text are texts; mend it")
    return Correction(page, block, was, text)
