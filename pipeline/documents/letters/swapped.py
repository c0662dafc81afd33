"""Letters of ligatures whose bytes a file's map has the wrong way round: "fi" comes as two Chinese signs, 昀椀.

Ghostscript 10 writes such maps, <66006900> for "fi"; and of three letters it adds the second to the third, <6600cf00>
for "ffi". No such sign stands for several Chinese ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_LETTERS = re.compile("[A-Za-z]")
_PAIR = re.compile("[\u4100-\u7a00][\u4100-\ud7a3]")
_SECOND = ord("f")  # of the three: all such ligatures are of two f and a letter


def may_be_swapped(lines: Iterable[Mapping[str, Any]]) -> bool:
    """Whether two signs behind each other may be such letters, in lines whose spans have their text."""
    return any(
        all(map(_meant, pair)) for line in lines for span in line["spans"] for pair in _PAIR.findall(span["text"])
    )


def unswap(lines: Sequence[Mapping[str, Any]]) -> None:
    """Put the letters that are meant into the lines' characters, where several share the room of one."""
    for span in (span for line in lines for span in line["spans"]):
        chars, at = span["chars"], 0
        while at < len(chars):
            end = at + 1
            while end < len(chars) and _shares_room(chars[at], chars[end]):
                end += 1
            meant = [_meant(char["c"]) for char in chars[at:end]]
            if end - at > 1 and all(meant):
                last = chars[end - 1]
                chars[at:end] = [
                    {**(chars[at] if i == 0 else last), "c": letter} for i, letter in enumerate("".join(meant))
                ]
                end = at + len("".join(meant))
            at = end


def _shares_room(first: Mapping[str, Any], char: Mapping[str, Any]) -> bool:
    """Whether a character has no room and stands where the one before it ends."""
    x0, _, x1, _ = char["bbox"]
    return bool(x0 == x1 == first["bbox"][2] and first["bbox"][0] < x0)


def _meant(sign: str) -> str:
    """The letters that a sign is with its bytes turned round; "" where it is none."""
    high, low = divmod(ord(sign), 256)
    if low:
        return ""
    if _LETTERS.match(chr(high)):
        return chr(high)
    third = chr(max(high - _SECOND, 0))
    return "f" + third if _LETTERS.match(third) else ""
