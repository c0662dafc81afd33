"""Where a table is in the model's text, and what it says: HTML of any quality, cut off anywhere, or pipes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from output.grounding.parser import clean
from output.tables.table import MOST_COLUMNS, Cell, Piece, Row, Table

# Rows of a span. A page has about 100 lines, and a table over many pages is joined from one table a page; more is a
# loop, and would let one cell hold columns for the rest of the document.
_MOST_ROWS = 1000
_OPENING = re.compile(r"<table\b[^<>]{0,300}>(?=\s*<(?:thead|tbody|tfoot|tr|caption|colgroup|th|td)\b)", re.IGNORECASE)
_FRAGMENT = re.compile(r"<(?:table|thead|tbody|tr|td|th)\b", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,15})\b([^<>]{0,400})>")
_CUT_TAG = re.compile(r"</?([A-Za-z]{1,7})(?:\s[^<>]{0,400})?\Z")
_NAMES = (
    *("table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption", "colgroup"),
    *("br", "strong", "em", "sub", "sup", "del", "code"),
)
# `<td>colspan="2">Total`: small networks close the tag before its spans.
_CLOSED_EARLY = re.compile(r"<(t[dh])>\s*((?:(?:row|col)span\s*=\s*[\"']?\d{1,4}[\"']?\s*)+)>", re.IGNORECASE)
_SPAN = re.compile(r"\b(rowspan|colspan)\s*=\s*[\"']?\s*(\d{1,6})", re.IGNORECASE)
_INLINE = {
    "b": "b",
    "strong": "b",
    "i": "i",
    "em": "i",
    "sub": "sub",
    "sup": "sup",
    "s": "s",
    "del": "s",
    "code": "code",
}
_DELIMITER_ROW = re.compile(r"\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?\s*)?")


def split(text: str, is_table: bool) -> Iterator[str | Table]:
    """Text and tables in turn. `is_table`: the block is labelled so, hence fragments and pipes are tables too."""
    text = _CLOSED_EARLY.sub(r"<\1 \2>", text)
    if is_table and not _OPENING.search(text):
        yield from _labelled(text)
        return
    at = 0
    while opening := _OPENING.search(text, at):
        table, end = _read(text, opening.start())
        yield text[at : opening.start()]
        yield table
        at = end
    if is_table and _FRAGMENT.search(text, at):  # rows behind a table that was closed too soon
        yield from _labelled(text[at:])
    else:
        yield text[at:]


def _labelled(text: str) -> Iterator[str | Table]:
    """A block that says it is a table but has no whole `<table>` tag."""
    if fragment := _FRAGMENT.search(text):
        table, end = _read(text, fragment.start())
        yield text[: fragment.start()]
        yield table
        yield text[end:]
    elif table_of_pipes := _from_pipes(text):
        yield table_of_pipes
    else:
        yield text


@dataclass
class _Reader:
    """What has been read of a table so far. Anything is accepted in any place; nothing of the text is dropped."""

    rows: list[list[Cell]] = field(default_factory=list)
    caption: tuple[Piece, ...] = ()
    depth: int = 0
    in_head: bool = False
    cell: Cell | None = None  # the open one: its spans
    in_caption: bool = False
    pieces: list[Piece] = field(default_factory=list)
    open_tags: list[str] = field(default_factory=list)

    def text(self, raw: str) -> None:
        text = re.sub(r"\s+", " ", clean(html.unescape(raw)))
        if not text or (not text.strip() and not self.pieces):
            return
        if self.cell is None and not self.in_caption:
            if not text.strip():
                return
            self.begin_cell(Cell(is_header=self.in_head))
        if text.startswith(" ") and self.pieces and self.pieces[-1].text.endswith(" "):
            text = text[1:]
        if text:
            self.pieces.append(Piece(text=text))

    def begin_row(self) -> None:
        self.end_cell()
        self.rows.append([])

    def begin_cell(self, cell: Cell) -> None:
        self.end_cell()
        self.cell = cell
        if not self.rows:
            self.rows.append([])

    def end_cell(self) -> None:
        self.pieces += [Piece(tag=f"/{tag}") for tag in reversed(self.open_tags)]
        pieces = _trimmed(self.pieces)
        if self.in_caption:
            self.caption += pieces
        elif self.cell is not None:
            spans = self.cell
            self.rows[-1].append(Cell(pieces, spans.is_header, spans.columns, spans.rows))
        self.cell, self.in_caption, self.pieces, self.open_tags = None, False, [], []

    def inline(self, closes: bool, tag: str) -> None:
        if closes and tag in self.open_tags:
            while (last := self.open_tags.pop()) != tag:
                self.pieces.append(Piece(tag=f"/{last}"))
            self.pieces.append(Piece(tag=f"/{tag}"))
        # Eight tags within each other are no cell's; without a bound a loop of `<b>` costs a closing tag for each.
        elif not closes and (self.cell is not None or self.in_caption) and len(self.open_tags) < 8:
            self.open_tags.append(tag)
            self.pieces.append(Piece(tag=tag))

    def table(self) -> Table:
        self.end_cell()
        return Table(tuple(tuple(row) for row in self.rows), self.caption)


def _read(text: str, start: int) -> tuple[Table, int]:
    """The table that begins at `start`, and where it ends; one that is cut off ends with the text."""
    reader = _Reader(depth=0)
    at = start
    for tag in _TAG.finditer(text, start):
        reader.text(text[at : tag.start()])
        at = tag.end()
        closes, name = bool(tag[1]), tag[2].lower()
        if name == "table" and closes and reader.depth <= 1:
            return reader.table(), at
        if not _structure(reader, closes, name, tag[3]):
            _content(reader, closes, name, tag[0])
    reader.text(_CUT_TAG.sub(_uncut, text[at:]))
    return reader.table(), len(text)


def _uncut(found: re.Match[str]) -> str:
    """Nothing in place of a tag that the end of the text cut off; what only looks like one is text."""
    name = found[1].lower()
    is_whole = len(found[0]) > len(found[1]) + 2  # attributes follow
    known = name in _NAMES if is_whole else any(each.startswith(name) for each in _NAMES)
    return "" if known else found[0]


def _structure(reader: _Reader, closes: bool, name: str, attributes: str) -> bool:
    """Take a tag that shapes the table. Inside a nested table they only part words."""
    if name == "table":
        reader.depth += -1 if closes else 1
    if name not in ("table", "thead", "tbody", "tfoot", "colgroup", "col", "tr", "td", "th", "caption"):
        return False
    if reader.depth > 1:
        reader.text(" ")
    elif name in ("thead", "tbody", "tfoot"):
        reader.end_cell()
        reader.in_head = name == "thead" and not closes
    elif name == "tr" and not closes:
        reader.begin_row()
    elif name in ("td", "th") and not closes:
        reader.begin_cell(_spans(attributes, name == "th" or reader.in_head))
    elif name in ("tr", "td", "th", "caption"):
        reader.end_cell()
        reader.in_caption = name == "caption" and not closes
    return True


def _content(reader: _Reader, closes: bool, name: str, raw: str) -> None:
    """Take a tag within a cell: a few inline ones as such, all others as the text that they are."""
    if name == "br":
        if reader.pieces:
            reader.pieces.append(Piece(tag="br"))
    elif name in _INLINE:
        reader.inline(closes, _INLINE[name])
    else:
        reader.text(html.escape(raw))


def _spans(attributes: str, is_header: bool) -> Cell:
    spans = {name.lower(): int(value) for name, value in _SPAN.findall(attributes)}
    columns = min(max(spans.get("colspan", 1), 1), MOST_COLUMNS)
    return Cell((), is_header, columns, min(max(spans.get("rowspan", 1), 1), _MOST_ROWS))


def _trimmed(pieces: list[Piece]) -> tuple[Piece, ...]:
    """Pieces without empty tag pairs' worth of nothing: a cell that has no text has no pieces."""
    if not any(piece.text.strip() for piece in pieces):
        return ()
    while pieces[-1].tag == "br" or (pieces[-1].text and not pieces[-1].text.strip()):
        pieces = pieces[:-1]
    first = Piece(text=pieces[0].text.lstrip(), tag=pieces[0].tag)
    pieces = [first, *pieces[1:]]
    return (*pieces[:-1], Piece(text=pieces[-1].text.rstrip(), tag=pieces[-1].tag))


def _from_pipes(text: str) -> Table | None:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if len(lines) < 2 or not _DELIMITER_ROW.fullmatch(lines[1]) or "|" not in lines[0]:
        return None
    rows = [_pipe_row(line, i == 0) for i, line in enumerate([lines[0], *lines[2:]])]
    return Table(tuple(rows))


def _pipe_row(line: str, is_header: bool) -> Row:
    line = re.sub(r"^\||(?<!\\)\|$", "", line)
    texts = (cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line))
    return tuple(Cell((Piece(text=text),) if text else (), is_header) for text in texts)
