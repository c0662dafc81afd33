"""A finished Markdown file as its reader will meet it: no special token, no broken table, no dead link to a picture."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

_SPECIAL = re.compile(r"<\|[^\s|<>]{1,64}\|>|<｜[^\s｜<>]{1,64}｜>|<image(?:_\d{1,4})?>|[\ufdd0-\ufdef]")
_FENCE = re.compile(r"^(`{3,})[^`\n]*\n.*?^\1`*\s*?$", re.MULTILINE | re.DOTALL)
_IMAGE = re.compile(r"!\[(?:\\.|[^\]\\])*\]\(([^()\s]*)\)")
_REFERENCE = re.compile(r"(?<!\\)\[\^(\d+)\](?!:)")
_DEFINITION = re.compile(r"^\[\^(\d+)\]: ", re.MULTILINE)
_TABLE = re.compile(r"^<table>$.*?(?:^</table>$|\Z)", re.MULTILINE | re.DOTALL)
_PIPES = re.compile(r"(?:^\|.*\|$\n?)+", re.MULTILINE)
_CELLS = {"td": {"rowspan", "colspan"}, "th": {"rowspan", "colspan"}}
_INSIDE = {"table": ("tr", "caption"), "tr": ("td", "th")}
_INLINE = ("b", "i", "sub", "sup")


def problems(markdown: str, folder: Path | None = None) -> list[str]:
    """One line for each thing that is wrong; `folder` is where the file lies, None to leave links alone."""
    prose = _FENCE.sub("", markdown)
    found = [f"special token {token!r}" for token in _SPECIAL.findall(markdown)]
    for table in _TABLE.findall(prose):
        found += _in_table(table)
    found += _in_pipes(_TABLE.sub("", prose))
    found += _in_footnotes(prose)
    if folder is not None:
        links = (unquote(link) for link in _IMAGE.findall(prose))
        found += [f"dead link to {link!r}" for link in links if not (folder / link).is_file()]
    return found


class _Reader(HTMLParser):
    """Checks the nesting of a table as it goes, and notes its rows of (column span, row span)."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.found: list[str] = []
        self.rows: list[list[tuple[int, int]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            return
        inside = self.opened[-1] if self.opened else ""
        allowed = _INSIDE.get(inside, _INLINE) if inside else ("table",)
        if tag not in allowed:
            self.found.append(f"<{tag}> in a table's <{inside}>")
        if not {name for name, _ in attrs} <= _CELLS.get(tag, set()):
            self.found.append(f"attributes of <{tag}>: {attrs}")
        self.opened.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in _CELLS and self.rows:
            spans = {name: int(value) for name, value in attrs if value and value.isdecimal()}
            self.rows[-1].append((spans.get("colspan", 1), spans.get("rowspan", 1)))

    def handle_endtag(self, tag: str) -> None:
        if not self.opened or self.opened.pop() != tag:
            self.found.append(f"</{tag}> closes nothing")


def _in_table(table: str) -> list[str]:
    reader = _Reader()
    reader.feed(table)
    reader.close()
    left = [f"<{tag}> is not closed" for tag in reader.opened]
    return [*reader.found, *left, *_in_spans(reader.rows)]


def _in_spans(rows: list[list[tuple[int, int]]]) -> Iterator[str]:
    """Cells that lie over each other, or go on below the last row."""
    taken: set[tuple[int, int]] = set()
    for y, row in enumerate(rows):
        x = 0
        for columns, height in row:
            while (x, y) in taken:
                x += 1
            cells = {(i, j) for i in range(x, x + columns) for j in range(y, y + height)}
            if cells & taken:
                yield f"cells lie over each other in row {y + 1}"
            if y + height > len(rows):
                yield f"a cell of row {y + 1} goes on below the table"
            taken |= cells


def _in_pipes(prose: str) -> Iterator[str]:
    for table in _PIPES.findall(prose):
        lines = table.strip().split("\n")
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
        if len(lines) > 1 and re.fullmatch(r"\|(?: --- \|)+", lines[1]) and len(widths) > 1:
            yield f"rows of different widths in a table of pipes: {lines[0][:40]}"


def _in_footnotes(prose: str) -> Iterator[str]:
    defined, used = _DEFINITION.findall(prose), set(_REFERENCE.findall(prose))
    yield from (f"footnote {n} is defined twice" for n in set(defined) if defined.count(n) > 1)
    yield from (f"footnote {n} is never used" for n in set(defined) - used)
