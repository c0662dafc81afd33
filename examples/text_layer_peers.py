"""Markdown of PDFs by pymupdf4llm, and by MuPDF's own table finder, to score beside ocr2's text layer.

    python examples/text_layer_peers.py pymupdf4llm OUT a.pdf b.pdf …
    python examples/text_layer_peers.py find_tables OUT a.pdf b.pdf …

Writes OUT/<stem>.md for each document; needs `pip install pymupdf4llm` for the first.
"""

from __future__ import annotations

import html
import sys
from collections.abc import Iterator
from pathlib import Path

import pymupdf


def tables(path: str) -> Iterator[str]:
    """Each page's text, and its tables by `find_tables` as HTML."""
    with pymupdf.open(path) as document:
        for page in document:
            yield page.get_text()
            for table in page.find_tables().tables:
                rows = ("".join(f"<td>{html.escape(cell or '')}</td>" for cell in row) for row in table.extract())
                yield f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>\n"


def converted(engine: str, path: str) -> str:
    """One document as Markdown."""
    if engine == "find_tables":
        return "\n".join(tables(path))
    import pymupdf4llm

    return str(pymupdf4llm.to_markdown(path, show_progress=False))


def main() -> None:
    """Convert all documents; one that an engine cannot read is left out."""
    engine, out, *paths = sys.argv[1:]
    Path(out).mkdir(parents=True, exist_ok=True)
    for path in paths:
        try:
            text = converted(engine, path)
        except Exception as error:  # a peer's failure is a result, too
            print(f"{path}: {error}", file=sys.stderr)
            continue
        (Path(out) / f"{Path(path).stem}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
