"""/ActualText as it can be believed.

MuPDF gives one character of a replacement to each letter that is drawn in its place. Where words are set apart without
a printed blank, as TeX does, or each in a text object of its own, the blanks of the replacement take the places of
letters: 88,100 becomes "88,1 00", and some letters are lost or come twice.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.documents import mupdf
from pipeline.documents.letters.places import Point, place

_Line = dict[str, Any]


def believed(page: mupdf.Page, lines: list[_Line], drawn: list[_Line]) -> list[_Line]:
    """The lines of a page with its replacements, as `rawdict` has them, where these have something to tell.

    All others are as they are `drawn`: those whose replacements say the same letters, and such as MuPDF has not whole.
    Where that is all there is, `drawn` itself comes back.
    """
    found = mupdf.replacements(page)
    if not found:
        return lines
    fresh = dict(_fresh(found, "".join(map(_text, lines))))
    if not fresh:
        return drawn
    places = [_places(line) for line in drawn]
    said = list(_groups([_closed(line, fresh) for line in lines], set[Point]().union(*places)))
    groups_at = defaultdict[Point, list[int]](list)
    for at, (spots, _) in enumerate(said):
        for spot in spots:
            groups_at[spot].append(at)
    done: list[_Line] = []
    taken = set[int]()
    for line, here in zip(drawn, places, strict=True):
        if here.isdisjoint(fresh):
            done.append(line)
            continue
        new = {at for spot in here for at in groups_at.get(spot, ())} - taken
        done += [one for at in sorted(new) for one in said[at][1]]
        taken |= new
    return done


def _groups(lines: Sequence[_Line], drawn: set[Point]) -> Iterator[tuple[set[Point], list[_Line]]]:
    """Lines with their places, each with those behind it that hold nothing but letters in excess, drawn nowhere."""
    places, group = set[Point](), list[_Line]()
    for line in lines:
        own = _places(line)
        if group and not own.isdisjoint(drawn):
            yield places, group
            places, group = set(), []
        places |= own
        group.append(line)
    if group:
        yield places, group


def _fresh(found: Sequence[mupdf.Replacement], text: str) -> Iterator[tuple[Point, int]]:
    """Where the letters are drawn for which a replacement says others, all of which are in the text; and for which, or
    -1 where that has no blanks of its own."""
    for at, one in enumerate(found):
        said = _plain(one.said)
        if said != _plain("".join(letter.text for letter in one.letters)) and said in text:
            yield from ((place(letter.origin), at if " " in one.said.strip() else -1) for letter in one.letters)


def _closed(line: _Line, fresh: Mapping[Point, int]) -> _Line:
    """A line without the blanks that MuPDF sees between the drawn words of a replacement with blanks of its own."""
    printed = [char for span in line["spans"] for char in span["chars"] if not char.get("synthetic")]
    owners = [fresh.get(place(char["origin"]), -1) for char in printed]
    inner = {id(char) for char, a, b in zip(printed, owners, owners[1:], strict=False) if a == b != -1}
    if not inner:
        return line
    spans, is_inner = [], False
    for span in line["spans"]:
        chars = []
        for char in span["chars"]:
            if not char.get("synthetic"):
                is_inner = id(char) in inner
            elif is_inner:
                continue
            chars.append(char | {"inner": is_inner})
        spans += [{**span, "chars": chars}] if chars else []
    return {**line, "spans": spans}


def _places(line: _Line) -> set[Point]:
    return {place(char["origin"]) for span in line["spans"] for char in span["chars"]}


def _text(line: _Line) -> str:
    return _plain("".join(char["c"] for span in line["spans"] for char in span["chars"]))


def _plain(text: str) -> str:
    """All but blanks and signs without a place of their own, however they are written."""
    text = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return "".join(text.replace("\0", "").split())
