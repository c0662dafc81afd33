"""Pack fonts, texts, tables and formulas into one folder: `python -m train_nano.prepare DATA FOLDER`.

DATA is a folder of training text (text/*.txt.gz, tables/wiki_tables.jsonl.gz, formulas_balanced.tsv.gz, LICENCES.tsv).
"""

from __future__ import annotations

import argparse
import gzip
import json
import lzma
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import lxml.html  # type: ignore[import-untyped]

from train_nano import prepare_fonts, prepare_formulas
from train_nano.alphabet import encode

MEGABYTE = 1_000_000
BUDGET = {"books": 16.0, "wikipedia": 11.0, "peps": 2.5, "d2l": 1.0, "maths": 2.0}  # MB of raw text
SPELLING = str.maketrans({
    "\u00a0": " ", "\u2002": " ", "\u2009": " ", "\u200a": " ", "\u2010": "-", "\u2011": "-", "\u02bc": "’",
    "\u2032": "'", "\ufeff": "",
})  # fmt: skip
SIMPLE_MATHS = re.compile(r"\\\( ?([A-Za-z]|\d{1,4}) ?\\\)")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--packages", type=Path, default=Path("/tmp/train_nano_packages"), help="cache of unpacked fonts"
    )
    parser.add_argument("--only", choices=("texts", "fonts", "formulas"))
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    if arguments.only in (None, "texts"):
        pack_texts(arguments.data, folder)
    if arguments.only in (None, "formulas"):
        prepare_formulas.pack(arguments.data / "formulas_balanced.tsv.gz", folder / "formulas.npz")
    if arguments.only in (None, "fonts"):
        licences = prepare_fonts.collect(folder, arguments.packages)
        lines = [f"font {family}\t{licence}" for family, licence in licences]
        lines += (arguments.data / "LICENCES.tsv").read_text(encoding="utf-8").splitlines()[1:]
        (folder / "LICENCES.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for path in sorted(folder.glob("*.*")):
        print(f"{path.name}: {path.stat().st_size / MEGABYTE:.2f} MB")


def pack_texts(data: Path, folder: Path) -> None:
    """Write the five text files, the headings and the tables, one line each, xz."""
    text = data / "text"
    write(folder / "books.txt.xz", _books(text / "en_books_classic.txt.gz", BUDGET["books"]))
    for name, file in (("wikipedia", "en_wikipedia"), ("peps", "en_peps_technical"), ("d2l", "en_tech_d2l")):
        write(folder / f"{name}.txt.xz", spread(list(clean(_lines(text / f"{file}.txt.gz"))), BUDGET[name]))
    maths = [
        line
        for file in ("en_math_stacks", "en_math_napkin", "en_math_diffyqs")
        for line in clean(_lines(text / f"{file}.txt.gz"))
    ]
    write(folder / "maths.txt.xz", spread(maths, BUDGET["maths"]))
    headings = (line for line in clean(_lines(text / "en_headings.txt.gz"), 3) if len(line) < 90)
    write(folder / "headings.txt.xz", headings)
    write(folder / "tables.jsonl.xz", _tables(data / "tables/wiki_tables.jsonl.gz"))


def write(path: Path, lines: Iterable[str]) -> None:
    raw = "".join(line + "\n" for line in lines).encode()
    path.write_bytes(lzma.compress(raw, preset=9))
    print(f"{path.name}: {len(raw) / MEGABYTE:.1f} MB of text")


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from lines


def clean(lines: Iterable[str], least: int = 25) -> Iterator[str]:
    """Lines in the alphabet, single spaces; those with maths beyond single letters are dropped."""
    for line in lines:
        plain = " ".join(SIMPLE_MATHS.sub(r"\1", line.translate(SPELLING)).split())
        if "\\" in plain or len(plain) < least or "<|" in plain:
            continue
        outside = encode(plain) < 0
        if outside.sum() <= 2:
            yield "".join(c for c, bad in zip(plain, outside, strict=True) if not bad)


def spread(lines: list[str], megabytes: float) -> Iterator[str]:
    """Runs of 64 lines at even distances, as many as the budget allows."""
    total = sum(map(len, lines)) / MEGABYTE
    every = max(total / megabytes, 1.0)
    for run in range(int(len(lines) / 64 / every) + 1):
        start = int(run * every) * 64
        yield from lines[start : start + 64]


def _books(path: Path, megabytes: float) -> Iterator[str]:
    """An equal share of every book, from a place inside it."""
    share = megabytes * MEGABYTE / 747
    book: list[str] = []
    for line in [*_lines(path), ""]:
        if line.strip():
            book.append(line)
            continue
        size = 0
        for kept in clean(book[len(book) // 5 :]):
            size += len(kept)
            if size > share:
                break
            yield kept
        book = []


def _tables(path: Path) -> Iterator[str]:
    """Rows of (text, rowspan, colspan) as JSON; tables that are too large or leave the alphabet are dropped."""
    for line in _lines(path):
        record = json.loads(line)
        if record["cols"] > 12 or record["rows"] < 2:
            continue
        rows = [
            [(_cell_text(cell), int(cell.get("rowspan", 1)), int(cell.get("colspan", 1))) for cell in row]
            for row in lxml.html.fragment_fromstring(record["html"]).iter("tr")
        ][:40]
        texts = "".join(text for row in rows for text, _, _ in row)
        if (
            (encode(texts) >= 0).all()
            and not set("<>") & set(texts)
            and max(len(t) for r in rows for t, _, _ in r) < 120
        ):
            yield json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def _cell_text(cell: lxml.html.HtmlElement) -> str:
    return " ".join(cell.text_content().translate(SPELLING).split())


if __name__ == "__main__":
    main()
