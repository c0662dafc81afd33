"""Markdown of documents that `read` has read, as `ocr2 convert` writes it, for scorers that compare documents.

    python -m train_nano.reading.documents --list core_public.txt --data ../shared/data OUT READ/rows.jsonl.xz

Each checkpoint gets a folder in OUT, in which `a/b.pdf` becomes `b.md`.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path

from ocr2cli.results.write import write_results
from output.options import RenderOptions
from pipeline.documents.document import page_count
from pipeline.record.places import place_in
from pipeline.transcript import Source
from train_nano.reading.rows import Row, load


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--list", type=Path, required=True, help="the documents, one a line")
    parser.add_argument("--data", type=Path, required=True, help="the folder that its paths start from")
    given = parser.parse_args()
    by_name = {Path(name).name: given.data / name for name in given.list.read_text(encoding="utf-8").split()}
    read: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in load(given.files):
        if row.set == given.list.stem:
            read[row.model, row.name].append(row)
    for (model, name), rows in sorted(read.items()):
        folder = given.out / (Path(model).name or model)
        folder.mkdir(parents=True, exist_ok=True)
        write(by_name[name], sorted(rows, key=lambda row: row.number), folder)


def write(document: Path, rows: list[Row], folder: Path) -> Path:
    """The Markdown of one document, and its pictures beside it."""
    source = Source(document, document.name)
    if lacking := set(range(1, page_count(source) + 1)) - {row.number for row in rows}:
        print(f"{folder.name}: {document.name} lacks pages {sorted(lacking)}", file=sys.stderr)
    place = place_in(folder, document.stem)
    write_results(place, document.name, source, [row.transcript(source) for row in rows], RenderOptions())
    return place.markdown


if __name__ == "__main__":
    main()
