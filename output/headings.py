"""Heading levels, which the model flattens: from a heading's numbering, else from its own hashes."""

from __future__ import annotations

import re

_HASHES = re.compile(r"\s{0,3}(#{1,6})\s+")
_NUMBERING = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,4}|[A-Z](?:\.\d{1,2}){1,4})\.?\s")


def split(text: str) -> tuple[int, str, str]:
    """(number of hashes, 0 for none; the heading in one line; text below it that is no longer the heading)."""
    heading, _, rest = text.strip().partition("\n\n")
    if found := _HASHES.match(heading):
        heading, _, below = heading[found.end() :].partition("\n")
        rest = f"{below}\n\n{rest}"
    return len(found[1]) if found else 0, " ".join(heading.split()), rest.strip("\n")


def level(hashes: int, heading: str, is_title: bool) -> int:
    """1 for a title; else 2..6: 2 for `5 Results`, 3 for `5.1 Setup`, and for the unnumbered what the hashes say."""
    if is_title:
        return 1
    if numbering := _NUMBERING.match(heading):
        return 2 + numbering[1].count(".")
    return min(max(hashes, 2), 6)


def markdown(heading: str, depth: int) -> str:
    """An ATX heading; `heading` is inline Markdown already. A closing run of hashes would vanish, so it is escaped."""
    return "#" * depth + " " + re.sub(r"(^|\s)(#+)$", r"\1\\\2", heading)
