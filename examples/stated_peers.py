"""What three readers of born-digital PDFs keep of a page's links, emphasis, table and footnotes, on a page drawn here.

    python stated_peers.py --python /path/to/venv/bin/python

The interpreter is one with `pip install 'pymupdf>=2' docling-parse`, apart from ocr2's own: pymupdf4llm comes with
PyMuPDF 2. Without it ocr2 is alone. Each mark is how many of the facts of the page are found, of how many.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pymupdf

from ocr2cli import convert

LINKS = ("https://example.org/nets", "https://example.org/boats")
BOLD, ITALIC, STRUCK = "ninety euro", "harbour office", "eighty euro"
ROWS = (("Boat", "Crew"), ("Heron", "4"), ("Plover", "7"))
NOTES = ("Paid in May.", "Closed in winter.")

_PEERS = {
    "pymupdf4llm": "import sys, pymupdf4llm; print(pymupdf4llm.to_markdown(sys.argv[1]))",
    "docling-parse": (
        "import sys; from docling_parse.pdf_parser import DoclingPdfParser\n"
        "for _, page in DoclingPdfParser().load(sys.argv[1]).iterate_pages():\n"
        "    print('\\n'.join(cell.text for cell in page.textline_cells))\n"
        "    print('\\n'.join(str(link.uri) for link in getattr(page, 'hyperlinks', ())))\n"
    ),
}


def main() -> None:
    """Draw the page, have it read by each reader, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", help="an interpreter with the peers")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.pdf"
        draw(path)
        print(f"{'reader':16}" + "".join(f"{name:>10}" for name in MARKS))
        show("ocr2", convert(path, model="text-layer").markdown)
        for name, code in _PEERS.items() if options.python else ():
            done = subprocess.run([options.python, "-c", code, path], capture_output=True, text=True)
            show(name, done.stdout) if done.returncode == 0 else print(f"{name:16} {done.stderr.strip()[-100:]}")


def show(name: str, text: str) -> None:
    print(f"{name:16}" + "".join(f"{mark(text):>10}" for mark in MARKS.values()))


def links(text: str) -> str:
    """Addresses behind their words."""
    return _of(re.search(rf"\]\({re.escape(link)}\)", text) for link in LINKS)


def emphasis(text: str) -> str:
    """Bold, italic and struck-out words that are marked as such."""
    marks = (rf"(?:\*\*|__|<b>){BOLD}", rf"(?:(?<!\*)\*(?!\*)|(?<!_)_(?!_)|<i>){ITALIC}", rf"(?:~~|<s>|<del>){STRUCK}")
    return _of(re.search(mark, text) for mark in marks)


def table(text: str) -> str:
    """Rows whose cells stand side by side in a table."""
    cell = r"(?:\*\*)?\s*(?:\||</t[dh]>\s*<t[dh]>)\s*(?:\*\*)?"
    return _of(re.search(rf"(?:\||<t[dh]>)\s*(?:\*\*)?{cell.join(row)}", text) for row in ROWS)


def notes(text: str) -> str:
    """Notes that are tied to their marks."""
    return _of(re.search(rf"\[\^(\w+)\]: *{re.escape(note)}", text) for note in NOTES)


MARKS: dict[str, Callable[[str], str]] = {"links": links, "emphasis": emphasis, "table": table, "footnotes": notes}


def _of(found: Iterable[object]) -> str:
    each = [bool(one) for one in found]
    return f"{sum(each)}/{len(each)}"


def draw(path: Path) -> None:
    """The page: each fact of it is stated by the PDF itself."""
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        page.insert_text((72, 80), "Rules of the harbour", fontsize=20)
        runs = (
            ("The rent is ", "helv"),
            (BOLD, "hebo"),
            (" and is paid at the ", "helv"),
            (ITALIC, "heit"),
            (".", "helv"),
        )
        _set(page, 120, runs)
        x = _set(page, 150, (("Last year it was ", "helv"), (STRUCK, "helv"), (" and less before.", "helv")))
        page.draw_line((x[1], 146.5), (x[2], 146.5))
        _set(page, 180, (("More is told on nets and on boats elsewhere.", "helv"),))
        for words, link in zip(("nets", "boats"), LINKS, strict=True):
            page.insert_link({"kind": pymupdf.LINK_URI, "from": page.search_for(words)[0], "uri": link})
        for i, row in enumerate(ROWS):
            for k, text in enumerate(row):
                page.draw_rect((72 + 120 * k, 220 + 20 * i, 192 + 120 * k, 240 + 20 * i))
                page.insert_text((78 + 120 * k, 234 + 20 * i), text, fontname="hebo" if i == 0 else "helv")
        for i, (text, note) in enumerate(zip(("The rent is due", "The office is shut"), NOTES, strict=True)):
            x = _set(page, 320 + 40 * i, ((f"{text} as everybody knows", "helv"),))
            page.insert_text((x[1], 316 + 40 * i), str(i + 1), fontsize=7)
            page.insert_text((72, 757 + 12 * i), str(i + 1), fontsize=5)
            page.insert_text((76, 760 + 12 * i), note, fontsize=8)
        pdf.save(path)


def _set(page: pymupdf.Page, y: float, runs: tuple[tuple[str, str], ...]) -> list[float]:
    """Write runs one after the other; where each begins, and where the last one ends."""
    places = [72.0]
    for text, font in runs:
        page.insert_text((places[-1], y), text, fontname=font)
        places.append(places[-1] + pymupdf.get_text_length(text, font))
    return places


if __name__ == "__main__":
    main()
