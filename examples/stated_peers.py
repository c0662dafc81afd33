"""What readers of born-digital PDFs keep of what pages state: links, emphasis, tables, notes, forms and more.

    python stated_peers.py --python /path/to/venv/bin/python

The pages are drawn here, with known truth (`stated_pages.py`). The interpreter is one with
`pip install 'pymupdf>=2' pymupdf4llm docling-parse`, apart from ocr2's own; without it ocr2 is alone. Each mark is how
many of the facts of a page are found in the Markdown, of how many. docling-parse gives lines of text and links, and no
Markdown: it stands for what a program of its own would have to find out.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

import pymupdf
from stated_pages import KINDS

from ocr2cli import convert

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
    """Draw the pages, have them read by each reader, and print a row of Markdown for each kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", help="an interpreter with the peers")
    parser.add_argument(
        "--show", metavar="KIND", choices=KINDS, help="print what each reader makes of one kind instead"
    )
    options = parser.parse_args()
    readers = ["ocr2", *(_PEERS if options.python else ())]
    if not options.show:
        print(f"| of the page | {' | '.join(readers)} |\n|---|{'---|' * len(readers)}")
    with tempfile.TemporaryDirectory() as folder:
        for name, kind in KINDS.items():
            path = Path(folder) / f"{name.replace(' ', '_')}.pdf"
            with pymupdf.open() as pdf:
                kind.draw(pdf)
                pdf.save(path)
            if options.show in (None, name):
                texts = {reader: read(reader, path, options.python) for reader in readers}
                if options.show:
                    print("\n".join(f"==== {reader}\n{text}" for reader, text in texts.items()))
                else:
                    print(f"| {name} | {' | '.join('{} of {}'.format(*kind.kept(text)) for text in texts.values())} |")


def read(reader: str, path: Path, python: str | None) -> str:
    """The text that a reader writes; "" where it fails, with its last words on the terminal."""
    if reader == "ocr2":
        return convert(path, model="text-layer").markdown
    done = subprocess.run([str(python), "-c", _PEERS[reader], path], capture_output=True, text=True)
    if done.returncode:
        print(f"{reader}: {done.stderr.strip()[-100:]}")
    return done.stdout if done.returncode == 0 else ""


if __name__ == "__main__":
    main()
