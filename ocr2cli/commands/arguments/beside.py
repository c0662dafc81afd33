"""Options about what is written beside the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from ocr2cli.options import ALL, Extras, Format, HtmlImages, chunk_options, formats

EXTRAS = "What is written beside it"


def complete_formats(incomplete: str) -> list[str]:
    """For a shell: the last name of a list, whole."""
    before, comma, last = incomplete.rpartition(",")
    return [before + comma + name for name in (*Format, ALL) if name.startswith(last)]


Csv = Annotated[bool, typer.Option("--csv", help="Write a CSV file for each table, too.", rich_help_panel=EXTRAS)]
Formats = Annotated[
    str,
    typer.Option(
        "--format", metavar="LIST", rich_help_panel=EXTRAS, autocompletion=complete_formats,
        help="md, text, json (every block with its boxes), html (one file), chunks (for retrieval), pdf (searchable), "
        "hocr, alto, or all of them: --format md,json",
    ),
]  # fmt: skip
ChunkSize = Annotated[
    int,
    typer.Option("--chunk-size", metavar="N", help="Most tokens of a chunk, estimated.", rich_help_panel=EXTRAS),
]
ChunkOverlap = Annotated[
    int | None,
    typer.Option(
        "--chunk-overlap", metavar="N", rich_help_panel=EXTRAS, show_default="an eighth of the size",
        help="Most tokens of whole sentences that a chunk repeats of the one before.",
    ),
]  # fmt: skip
HtmlPictures = Annotated[
    HtmlImages,
    typer.Option("--html-images", help="Embed the pictures in the HTML, or link them.", rich_help_panel=EXTRAS),
]
LayoutPdf = Annotated[
    bool,
    typer.Option(
        "--layout-pdf", help="The source with boxes, labels and reading order as annotations.", rich_help_panel=EXTRAS
    ),
]
Preview = Annotated[
    bool,
    typer.Option("--preview", help="One HTML file with page images beside the text.", rich_help_panel=EXTRAS),
]
Open = Annotated[
    bool,
    typer.Option("--open", help="Write a preview, and open the first one in the browser.", rich_help_panel=EXTRAS),
]
Check = Annotated[
    bool,
    typer.Option("--check", help="Compare each page with the PDF's own text.", rich_help_panel=EXTRAS),
]


@dataclass(frozen=True)
class Beside:
    """What is written beside the text."""

    formats: Formats = "md"
    chunk_size: ChunkSize = 512
    chunk_overlap: ChunkOverlap = None
    html_images: HtmlPictures = HtmlImages.EMBED
    layout_pdf: LayoutPdf = False
    preview: Preview = False
    check: Check = False

    @property
    def extras(self) -> Extras:
        """Raises UserError for a format that there is not, and for chunks that cannot be cut so."""
        chunks = chunk_options(self.chunk_size, self.chunk_overlap)
        return Extras(formats(self.formats), self.html_images, self.layout_pdf, self.preview, self.check, chunks)
