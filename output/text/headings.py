"""Heading levels, which the model flattens: from a heading's numbering, else from its own hashes."""

from __future__ import annotations

import re
from collections import Counter

_HASHES = re.compile(r"\s{0,3}(#{1,6})\s+")
_NUMBERING = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,4}|[A-Z](?:\.\d{1,2}){1,4}|[IVX]{1,5}(?=\.\s))\.?\s")
_PART = re.compile(r"(?:chapter|part|appendix|section)\s+(?:\d{1,2}|[A-Z]|[IVX]{1,5})\b", re.IGNORECASE)


def split(text: str) -> tuple[int, str, str]:
    """(number of hashes, 0 for none; the heading in one line; text below it that is no longer the heading)."""
    heading, _, rest = text.strip().partition("\n\n")
    if found := _HASHES.match(heading):
        heading, _, below = heading[found.end() :].partition("\n")
        rest = f"{below}\n\n{rest}"
    return len(found[1]) if found else 0, " ".join(heading.split()), rest.strip("\n")


def numbered_level(heading: str) -> int:
    """2..6 for a numbered heading: 2 for `5 Results`, `IV. Methods` or `Appendix A`, 3 for `5.1 Setup`; else 0."""
    if numbering := _NUMBERING.match(heading):
        return min(2 + numbering[1].count("."), 6)
    return 2 if _PART.match(heading) else 0


def level(hashes: int, heading: str, is_title: bool) -> int:
    """1 for a title; else 2..6: 2 for `5 Results`, 3 for `5.1 Setup`, and for the unnumbered what the hashes say."""
    if is_title:
        return 1
    if numbered := numbered_level(heading):
        return numbered
    return min(max(hashes, 2), 6)


def markdown(heading: str, depth: int) -> str:
    """An ATX heading; `heading` is inline Markdown already. A closing run of hashes would vanish, so it is escaped."""
    return "#" * depth + " " + re.sub(r"(^|\s)(#+)$", r"\1\\\2", heading)


def name(heading: str, seen: Counter[str]) -> str:
    """What a link to a heading calls it, as GitHub and most others derive it from its plain text; "" for no letters.

    `seen` counts the names so far: the second of a name gets `-1`.
    """
    plain = re.sub(r"</?(?:sup|sub)>|\*\*|\ufdd0\d{1,6}\ufdd1", "", heading).strip().lower()
    own = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
    seen[own] += 1
    return own if seen[own] == 1 or not own else f"{own}-{seen[own] - 1}"
