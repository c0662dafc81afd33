"""Finders of tables on drawn pages: TEDS where there are tables, pages with one where there is none, words kept."""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

import pymupdf

from drawn_tables.pages import NONE, TABLES, Drawn, page
from ocr2cli.evaluate.content import content
from ocr2cli.evaluate.metrics import table_scores
from output.grounding.parser import parse
from pipeline.text_layer.document import DocumentPages
from pipeline.text_layer.page import ground_page

_TABLE = re.compile(r"<table.*?</table>", re.DOTALL)
_LEADERS = re.compile(r"(?:\s?\.){2,}(?=</t[dh]>)")  # how many there are is no matter


@dataclass(frozen=True)
class Reading:
    """What a finder says of one page: its tables as HTML, and all text of the page or None."""

    tables: tuple[str, ...]
    text: str | None = None


Finder = Callable[[pymupdf.Document], list[Reading]]


def ours(document: pymupdf.Document) -> list[Reading]:
    """The text layer of this house."""
    context = DocumentPages(document).facts
    texts = [ground_page(page, context) for page in document]
    return [Reading(tuple(_TABLE.findall(text)), " ".join(b.text for b in parse(text))) for text in texts]


def of_pymupdf(strategy: str) -> Finder:
    """`page.find_tables` with one strategy for rows and columns."""

    def find(document: pymupdf.Document) -> list[Reading]:
        return [
            Reading(tuple(_html(t.extract()) for t in page.find_tables(strategy=strategy).tables)) for page in document
        ]

    return find


def of_pymupdf4llm(document: pymupdf.Document) -> list[Reading]:
    """Pipe tables of pymupdf4llm."""
    import pymupdf4llm

    parts = pymupdf4llm.to_markdown(document, page_chunks=True, show_progress=False)
    return [Reading((str(part["text"]),)) for part in parts]


def _html(rows: Sequence[Sequence[str | None]]) -> str:
    cells = ["".join(f"<td>{cell}</td>" for cell in row if cell is not None) for row in rows]
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>"


FINDERS: dict[str, Finder] = {
    "ours": ours,
    "find_tables(lines)": of_pymupdf("lines"),
    "find_tables(text)": of_pymupdf("text"),
    "pymupdf4llm": of_pymupdf4llm,
}


@dataclass(frozen=True)
class Mark:
    """One page's scores. `teds` and `structure` are None on pages without tables, `lost` where text is not told.

    `has_heads` says whether the heads of all tables, which TEDS does not see, have the rows that were drawn.
    """

    found: int
    teds: float | None
    structure: float | None
    lost: int | None = None
    has_heads: bool = True


def marks(drawn: Drawn, finder: Finder) -> Iterator[Mark]:
    """Scores of each page of a document."""
    with pymupdf.open("pdf", drawn.pdf) as document:
        readings = finder(document)
    lost = _lost(drawn.words, [r.text for r in readings if r.text is not None])
    for reading, tables in zip(readings, drawn.tables, strict=True):
        given = content("\n\n".join(_LEADERS.sub("", table) for table in reading.tables)).tables
        wanted = content("\n\n".join(tables)).tables
        full, structure = table_scores(wanted, given) if wanted else (None, None)
        yield Mark(len(given), full, structure, lost, _heads(reading.tables) == _heads(tables))


def _heads(tables: Sequence[str]) -> list[list[bool]]:
    """Of each row of each table, whether it is one of the head."""
    return [["<th" in row for row in table.split("</tr>")[:-1]] for table in tables]


def _lost(words: Sequence[str], texts: Sequence[str]) -> int | None:
    """Letters of the page that the text has not, and letters that it has too many; list marks, leaders and the
    delimiters of formulas aside."""
    if not texts:
        return None
    given = Counter(re.sub(r"<[^>]*>|&\w+;|\\[\[\]]|[\s.…•–—#-]", "", "".join(texts)))
    wanted = Counter(re.sub(r"[<>&\s.…•–—#-]", "", "".join(words)))
    return sum((wanted - given).values()) + sum((given - wanted).values())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m drawn_tables", description=__doc__)
    parser.add_argument("--finder", choices=FINDERS, default="ours")
    parser.add_argument("--held", action="store_true", help="the half that no threshold was set on")
    parser.add_argument("--count", type=int, default=20, help="pages of each kind")
    parser.add_argument("--kinds", nargs="*", default=[*TABLES, *NONE])
    parser.add_argument("--worst", type=float, default=0.0, help="name the pages below this TEDS")
    options = parser.parse_args()
    every: list[float] = []
    for kind in options.kinds:
        scored = []
        for seed in range(options.count):
            new = list(marks(page(kind, seed, options.held), FINDERS[options.finder]))
            scored += new
            if any(m.teds is not None and m.teds < options.worst for m in new) or (kind in NONE and new[0].found):
                print(f"  {kind} {seed}: {new}" if options.worst else "", end="\n" * bool(options.worst))
        full = [m.teds for m in scored if m.teds is not None]
        every += full
        told = f"{fmean(full):8.3f} {fmean(m.structure or 0.0 for m in scored):8.3f}" if full else " " * 17
        with_tables = sum(m.found > 0 for m in scored)
        print(f"{kind:16}{told} {with_tables:4}/{len(scored)} lost {sum(m.lost or 0 for m in scored)}", flush=True)
    if every:
        print(f"{'mean':16}{fmean(every):8.3f}")
