"""A Markdown file that `output` has written → its plain text, part by part: what a reader finds in it, and no more."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from output.compare.tokens import without_markup

_PICTURE = re.compile(r"!\[((?:[^\]\\]|\\.)*)\]\([^()\s]*\)")
_TARGET = re.compile(r"\]\((?:https?:|mailto:|#)[^()\s]*\)")
_OURS = re.compile(r"<!-- (?:page \d+|figure p\d+-\d+) -->|<!-- (?:[a-z_]+:)?|-->")
_ESCAPE = re.compile(r"\\([^\w\s()\[\]])")
_FENCE = re.compile(r"(`{3,}|~{3,})")


def parts(lines: Iterable[str]) -> Iterator[str]:
    """The plain text of each run of lines without a blank one; code stays as it is.

    Link targets, alternative texts, page marks and the labels of comments are ours and not the document's.
    """
    part: list[str] = []
    fence = ""
    for line in lines:
        mark = _FENCE.match(line)
        if fence:
            fence = "" if line.strip() == fence else fence
            yield "" if not fence else line
        elif mark:
            fence = mark[1]
        elif line.strip():
            part.append(line)
            continue
        if part:
            yield unmarked("".join(part))
            part.clear()
    if part:
        yield unmarked("".join(part))


def unmarked(text: str) -> str:
    """Markdown without its marks, tags and escapes."""
    text = _TARGET.sub("]", _PICTURE.sub(" ", _OURS.sub(" ", text)))
    return _ESCAPE.sub(r"\1", html.unescape(without_markup(text.replace(r"\&", "&amp;"))))


def alternatives(text: str) -> Iterator[str]:
    """The texts that stand in for pictures."""
    return (match[1] for match in _PICTURE.finditer(text))
