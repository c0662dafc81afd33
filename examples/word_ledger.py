"""The ledger of words of everything that lies in a folder of results: a table, a line per document.

    ocr2 convert papers -r -o out --model text-layer; python examples/word_ledger.py out
    python examples/word_ledger.py out --worst 20     # only the documents that lose most, and which words

Each result is held against its source, where it lay when it was read, and against its Markdown, by the code that is run
here: results of an earlier version can be counted as well. Exit code 1 where a page loses more than .5 % of its
words, or any number.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ocr2cli.results.accounts import account
from ocr2cli.results.write import page_blocks
from output.compare.ledger import counts
from output.document.joining.assemble import assemble
from output.grounding.accounts import Ledger
from output.grounding.blocks import Document
from pipeline.record.grounds import Place
from pipeline.record.log import FILE_NAME, Record, read
from pipeline.record.places import known_path
from pipeline.transcript import Source

MOST = 0.005
"""Share of a page's words that may be missing before the page counts as a loss."""
COLUMNS = (
    "words", "text", "running", "repeated", "pictured", "overprint", "hidden", "outside", "unreadable", "missing",
    "missing_numbers", "unwritten",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One document: its words by class, the worst page's share of missing ones, and these words with their pages."""

    name: str
    sums: tuple[int, ...]
    worst: float
    missing: tuple[tuple[int, str], ...]

    @property
    def loses(self) -> bool:
        """Whether a page loses more than it may, or a number."""
        return self.worst > MOST or self.sums[COLUMNS.index("missing_numbers")] > 0


def rows(folder: Path, passwords: Sequence[str] = ()) -> Iterator[Row]:
    """Every result below a folder whose source is still there and whose Markdown is whole."""
    for path in sorted(folder.rglob(FILE_NAME)):
        record, place = read(path), Place(path.parent.with_name(path.parent.name + ".md"), path.parent)
        if record is None:
            continue
        # The record tells no folders beyond its own disk's root; the place remembers the whole path.
        source = known_path(place, record.key.document) or record.source
        if source.is_file() and place.markdown.is_file():
            yield _row(record, Source(source, record.name, tuple(passwords)), place.markdown)


def _row(record: Record, source: Source, markdown: Path) -> Row:
    pages = tuple(page_blocks(record.readings[number]) for number in sorted(record.readings))
    lines = partial(_lines, markdown)
    assembly = assemble(Document(record.name, pages))
    done = account(assembly, lines, source, check=False, step=lambda: None).assembly.document.pages
    ledgers = [(page.number, page.ledger) for page in done if page.ledger is not None]
    sums = tuple(sum(counts(ledger)[column] for _, ledger in ledgers) for column in COLUMNS)
    worst = max((_share(ledger) for _, ledger in ledgers), default=0.0)
    missing = tuple((number, word) for number, ledger in ledgers for word in ledger.missing)
    return Row(markdown.stem, sums, worst, missing)


def _share(ledger: Ledger) -> float:
    return len(ledger.missing) / ledger.words if ledger.words else 0.0


def _lines(markdown: Path) -> Iterator[str]:
    with markdown.open(encoding="utf-8") as file:
        yield from file


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--worst", type=int, metavar="N", help="only the N documents that lose most, with their words")
    parser.add_argument("--password", action="append", default=[])
    arguments = parser.parse_args()
    found = list(rows(arguments.folder, arguments.password))
    print("\t".join((*COLUMNS, "worst page", "document")))
    shown = found
    if arguments.worst is not None:
        shown = sorted((row for row in found if row.missing), key=lambda row: -len(row.missing))[: arguments.worst]
    for row in shown:
        print("\t".join((*map(str, row.sums), f"{row.worst:.1%}", row.name)))
        if arguments.worst is not None:
            print("    " + " ".join(f"{number}:{word}" for number, word in row.missing[:40]))
    sums = [sum(row.sums[at] for row in found) for at in range(len(COLUMNS))]
    print("\t".join((*map(str, sums), "", f"{len(found)} documents")))
    losing = sum(row.worst > MOST for row in found)
    numbers = sum(row.sums[COLUMNS.index("missing_numbers")] > 0 for row in found)
    print(f"{losing} documents have a page that loses over {MOST:.1%}; {numbers} lack numbers")
    return int(any(row.loses for row in found))


if __name__ == "__main__":
    sys.exit(main())
