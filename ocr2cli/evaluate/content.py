"""Markdown of any origin → what is compared: its plain text, its paragraphs in order, its tables."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_DELIMITED = ((re.compile(r"\\\[(.+?)\\\]", re.DOTALL), r"$$\1$$"), (re.compile(r"\\\((.+?)\\\)", re.DOTALL), r"$\1$"))
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_CHARACTERS = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\ufeff", None),
    }
)
_WIDE = "\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef"
_WIDE_GAP = re.compile(rf"(?<=[{_WIDE}]) (?=[{_WIDE}])")
_BLOCKS = frozenset("p h1 h2 h3 h4 h5 h6 li pre blockquote div section ul ol hr br dd dt".split())  # noqa: SIM905
# Of a span: HTML's own limit for columns, and a hostile number otherwise.
_MOST_CELLS = 1000


@dataclass(frozen=True)
class Cell:
    """A cell of a table: its plain text, and the columns and rows that it spans."""

    text: str
    columns: int = 1
    rows: int = 1


Table = tuple[tuple[Cell, ...], ...]
"""Rows of cells, as in HTML: a row has only the cells that begin in it. Head and body are not told apart."""


@dataclass(frozen=True)
class Content:
    """What of a page is compared. `paragraphs` are those outside tables; `text` has the tables' too, in place."""

    text: str
    paragraphs: tuple[str, ...]
    tables: tuple[Table, ...]


def content(markdown: str) -> Content:
    """Read Markdown with HTML in it as a reader would see it; pictures are left out, formulas stay as TeX."""
    from lxml import html

    source = _COMMENT.sub("", _FRONT_MATTER.sub("", markdown.replace("\x00", "")))
    for pattern, dollars in _DELIMITED:
        source = pattern.sub(dollars, source)
    rendered = _reader().render(source)
    root = html.fromstring(f"<div>{rendered}</div>") if rendered.strip() else html.Element("div")
    parts = list(_parts(root))
    texts = [plain(part) if isinstance(part, str) else _table_text(part) for part in parts]
    return Content(
        plain(" ".join(texts)),
        tuple(text for part, text in zip(parts, texts, strict=True) if isinstance(part, str) and text),
        tuple(part for part in parts if not isinstance(part, str) and part),
    )


def plain(text: str) -> str:
    """One line, with one form of each quote, dash and compatibility character, and no spaces within CJK text."""
    text = unicodedata.normalize("NFKC", text).translate(_CHARACTERS)
    return _WIDE_GAP.sub("", " ".join(text.split()))


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    reader.use(dollarmath_plugin, allow_labels=False, allow_digits=False)
    reader.add_render_rule("image", lambda renderer, tokens, at, options, env: " ")
    reader.add_render_rule("list_item_open", _numbered)
    return reader


def _numbered(renderer: object, tokens: Sequence[Token], at: int, options: object, env: object) -> str:
    """A list item with the number that the Markdown has: a reader sees it, and it may be wrong."""
    return f"<li>{tokens[at].info}{tokens[at].markup} " if tokens[at].info else "<li>"


def _parts(element: Any) -> Iterator[str | Table]:  # noqa: ANN401 lxml has no types
    """Runs of text that no block interrupts, and tables."""
    run: list[str] = []
    for kind, item in _walk(element):
        if kind == "text":
            run.append(item)
            continue
        yield "".join(run)
        run = []
        if kind == "table":
            yield _table(item)
    yield "".join(run)


def _walk(element: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Text, table and break events in document order, without recursion: nesting may be deep."""
    stack: list[tuple[str, Any]] = [("element", element)]
    while stack:
        kind, item = stack.pop()
        if kind != "element":
            yield kind, item
            continue
        if not isinstance(item.tag, str):
            stack.append(("text", item.tail or ""))
            continue
        stack.append(("text", item.tail or ""))
        if item.tag == "table":
            stack.append(("table", item))
            continue
        edges = [("break", "")] if item.tag in _BLOCKS else []
        stack += edges
        stack += [("element", child) for child in reversed(item)]
        stack += [("text", item.text or ""), *edges]


def _table(element: Any) -> Table:  # noqa: ANN401
    """A table's own rows; a table inside a cell is that cell's text."""
    rows = [row for row in element.iter("tr") if next(row.iterancestors("table"), None) is element]
    read = (tuple(_cell(cell) for cell in row.iterchildren("td", "th")) for row in rows)
    return tuple(row for row in read if row)


def _cell(element: Any) -> Cell:  # noqa: ANN401
    return Cell(plain(" ".join(element.itertext())), _span(element, "colspan"), _span(element, "rowspan"))


def _span(element: Any, name: str) -> int:  # noqa: ANN401
    value = (element.get(name) or "1").strip()
    return min(max(int(value), 1), _MOST_CELLS) if value.isascii() and value.isdigit() else 1


def _table_text(table: Table) -> str:
    return " ".join(cell.text for row in table for cell in row if cell.text)
