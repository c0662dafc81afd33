"""Options about how the text is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from ocr2cli.commands.arguments.beside import Csv
from output.options import MathStyle, RenderOptions, Running, TableStyle

WRITING = "What is written"

Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="DIR|URL|-", help="Folder or bucket for the results, or - for Markdown on stdout.",
        rich_help_panel=WRITING, show_default="this folder; - for stdin",
    ),
]  # fmt: skip
Math = Annotated[MathStyle, typer.Option("--math", help=r"Formulas as $…$ or as \(…\).", rich_help_panel=WRITING)]
Tables = Annotated[
    TableStyle,
    typer.Option(
        "--tables", help="Tables as HTML, or as Markdown where no cell spans others.", rich_help_panel=WRITING
    ),
]
Headers = Annotated[
    Running,
    typer.Option(
        "--headers",
        help="Running heads and feet: once each without page numbers, all kept, or as comments.",
        rich_help_panel=WRITING,
    ),
]
PageSeparator = Annotated[
    bool,
    typer.Option("--page-separator", help="Mark in the Markdown where each page begins.", rich_help_panel=WRITING),
]
FrontMatter = Annotated[
    bool,
    typer.Option(
        "--front-matter", rich_help_panel=WRITING,
        help="Title, author, date and number of pages as YAML at the head of the Markdown.",
    ),
]  # fmt: skip
Emphasised = Annotated[
    bool,
    typer.Option(
        "--emphasis/--no-emphasis", rich_help_panel=WRITING,
        help="Bold, italic and typewriter words as the PDF sets them; struck-out words are marked in any case.",
    ),
]  # fmt: skip
Comments = Annotated[
    bool,
    typer.Option("--comments", help="Comments that people left on the pages, as quotations.", rich_help_panel=WRITING),
]
Hidden = Annotated[
    Running,
    typer.Option(
        "--hidden", rich_help_panel=WRITING,
        help="Text that nobody sees (white, invisible, covered): left out and counted, kept, or as comments.",
    ),
]  # fmt: skip
Whole = Annotated[
    bool,
    typer.Option(
        "--whole", rich_help_panel=WRITING,
        help="Into a pipe, wait for the whole document, so that paragraphs and tables split by page breaks are joined.",
    ),
]  # fmt: skip


@dataclass(frozen=True)
class Style:
    """How the text is written."""

    math: Math = MathStyle.DOLLAR
    tables: Tables = TableStyle.HTML
    headers: Headers = Running.DROP
    page_separator: PageSeparator = False
    front_matter: FrontMatter = False
    emphasis: Emphasised = True
    comments: Comments = False
    hidden: Hidden = Running.DROP
    csv: Csv = False

    @property
    def render(self) -> RenderOptions:
        return RenderOptions(
            self.math, self.tables, self.page_separator, self.headers, csv=self.csv, front_matter=self.front_matter,
            emphasis=self.emphasis, comments=self.comments, hidden=self.hidden,
        )  # fmt: skip
