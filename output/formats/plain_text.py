"""The document as plain text: what a person would read of its Markdown, with no markup, tables in aligned columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from output.document.joining.assemble import Assembly
from output.formats import markdown
from output.formats.safe_html import words_in_picture
from output.marks import emphasis
from output.options import MathStyle
from output.tables import source as table_source
from output.tables import table as tables
from output.tables.table import Table

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

PAGE_BREAK = "\f"
"""What stands before each page but the first where pages are marked, as pdftotext writes it."""

# Characters of a line in a table; wider, and a window would break it: tabs then part the cells. Chosen, not measured.
_WIDEST = 120
_PAGE = re.compile(r"<!-- page (\d+) -->")
_NOTE = re.compile(r"\[\^(\d{1,6})\](:?)")
_TAG = re.compile(r"</?(?:sup|sub|br|b|i|code|a)>|<a id=\"page-[\d-]+\">")
_RAISED = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_TAGS = {"<br>": "\n", **dict(zip(("<s>", "</s>"), emphasis.STRUCK.split("{}"), strict=True))}
_SIGNS = {"sup": _RAISED, "sub": _LOWERED}


def document_text(assembly: Assembly) -> Iterator[str]:
    """The whole document in parts, paragraphs a blank line apart, ending in one newline; nothing if it is empty.

    It is read from the same Markdown that other files are made of, so that no two of them say different things.
    Raised and lowered digits become Unicode's own; formulas stay TeX; pictures are left out, but not their words.
    """
    assembly = replace(assembly, options=replace(assembly.options, math=MathStyle.DOLLAR))
    pages, fresh, some = 0, True, False
    for chunk in markdown.chunks(assembly):
        if _PAGE.fullmatch(chunk):
            yield f"\n{PAGE_BREAK}" if some else PAGE_BREAK if pages else ""
            pages, fresh = pages + 1, True
        elif text := plain(chunk):
            yield text if fresh else f"\n\n{text}"
            fresh, some = False, True
    yield "\n" if some else ""


def plain(text: str) -> str:
    """Markdown of ours as plain text, without white space around it."""
    from markdown_it.tree import SyntaxTreeNode

    return _blocks(SyntaxTreeNode(_reader().parse(text)).children).strip("\n")


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return reader.use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False)


def _blocks(nodes: Sequence[SyntaxTreeNode], tight: bool = False) -> str:
    shown = (_BLOCKS.get(node.type, _children)(node) for node in nodes)
    return ("\n" if tight else "\n\n").join(filter(None, shown))


def _children(node: SyntaxTreeNode) -> str:
    return _blocks(node.children)


def _paragraph(node: SyntaxTreeNode) -> str:
    text = _NOTE.sub(r"[\1]", "".join(_inline(node.children[0].children)) if node.children else "")
    return "\n".join(" ".join(line.split(" ")).strip() for line in text.split("\n"))


def _list(node: SyntaxTreeNode) -> str:
    """Items behind dashes or their numbers, what belongs to an item below its text."""
    items = []
    for count, item in enumerate(node.children, int(node.attrs.get("start", 1))):
        marker = f"{count}{item.markup or '.'} " if node.type == "ordered_list" else "- "
        items.append(marker + _blocks(item.children, tight=True).replace("\n", "\n" + " " * len(marker)))
    return "\n".join(items)


def _html(node: SyntaxTreeNode) -> str:
    """Tables, and the words of a picture; other comments tell nothing that a reader looks for."""
    raw = node.content.strip()
    if raw.startswith("<!--"):
        words = words_in_picture(raw)
        return f"[In the picture: {words}]" if words else ""
    shown = (_table(part) if isinstance(part, Table) else part.strip() for part in table_source.split(raw, True))
    return "\n".join(filter(None, shown))


def _pipes(node: SyntaxTreeNode) -> str:
    rows = [[_paragraph(cell) for cell in row.children] for part in node.children for row in part.children]
    return aligned(rows)


def _table(table: Table) -> str:
    rows = [[_cell(cell.pieces) if cell else "" for cell in row] for row in tables.grid(tables.fit(table))]
    return "\n".join(filter(None, (_cell(table.caption), aligned(rows))))


def _cell(pieces: Sequence[tables.Piece]) -> str:
    """A cell in one line; formulas without the dollars."""
    parts, sign = list[str](), ""
    for piece in pieces:
        sign = piece.tag if piece.tag in _SIGNS else "" if piece.tag.startswith("/") else sign
        parts.append(" " if piece.tag == "br" else _TAGS.get(f"<{piece.tag}>", _raised(piece.text, sign)))
    return " ".join(re.sub(r"\$(?=\S)([^$]*[\\^_{][^$]*)\$", r"\1", "".join(parts)).split())


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells, two spaces between the columns; with tabs where that would be too wide to look at."""
    columns = max(map(len, rows), default=0)
    wide = [max((_width(row[i]) for row in rows if i < len(row)), default=0) for i in range(columns)]
    if sum(wide) + 2 * columns > _WIDEST:
        return "\n".join("\t".join(row) for row in rows)
    return "\n".join(
        "  ".join(cell + " " * (wide[i] - _width(cell)) for i, cell in enumerate(row)).rstrip() for row in rows
    )


def _width(text: str) -> int:
    """Columns of a terminal: letters of East Asia take two, combining marks none."""
    # By columns, not characters: else every Chinese cell would push those behind it to the right.
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _raised(text: str, sign: str) -> str:
    """Text with Unicode's raised or lowered signs if there is one for each."""
    shown = text.translate(_SIGNS[sign]) if sign else text
    return shown if sign and not any(a == b for a, b in zip(shown, text, strict=True)) else text


def _inline(nodes: Sequence[SyntaxTreeNode]) -> Iterator[str]:
    sign = ""
    for node in nodes:
        if node.type == "html_inline":
            sign = _sign(node.content)
            yield _TAGS.get(node.content, "" if _shows_nothing(node.content) else node.content)
        elif node.type in ("softbreak", "hardbreak"):
            yield "\n"
        elif node.type == "image":
            yield ""
        elif node.type == "s":
            yield emphasis.STRUCK.format("".join(_inline(node.children)))
        elif node.children:
            yield from _inline(node.children)
        else:
            yield _raised(node.content, sign)


def _sign(tag: str) -> str:
    return tag[1:-1] if tag[1:-1] in _SIGNS else ""


def _shows_nothing(tag: str) -> bool:
    return tag.startswith("<!--") or _TAG.fullmatch(tag) is not None


_BLOCKS: dict[str, Callable[[SyntaxTreeNode], str]] = {
    "paragraph": _paragraph,
    "heading": _paragraph,
    "bullet_list": _list,
    "ordered_list": _list,
    "fence": lambda node: node.content.rstrip("\n"),
    "code_block": lambda node: node.content.rstrip("\n"),
    "math_block": lambda node: node.content.strip("\n"),
    "html_block": _html,
    "table": _pipes,
    "hr": lambda node: "* * *",
}
