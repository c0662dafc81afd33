"""Options about what is said, and to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from ocr2cli.options import Talk

TALK = "What is said"

VERBOSE = "ocr2.verbose"
"""Under this name a command's context keeps whether it was told to be verbose, for the handler of errors."""

Json = Annotated[
    bool,
    typer.Option(
        "--json", help="One JSON object per document on stdout; with -v also one per page.", rich_help_panel=TALK
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say only what went wrong.", rich_help_panel=TALK)]


def _keep(ctx: typer.Context, asked: bool) -> bool:
    ctx.meta[VERBOSE] = asked
    return asked


Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="Say more; tracebacks.", callback=_keep, rich_help_panel=TALK),
]


@dataclass(frozen=True)
class Said:
    """What is said, and to whom."""

    as_json: Json = False
    quiet: Quiet = False
    verbose: Verbose = False

    @property
    def talk(self) -> Talk:
        return Talk.VERBOSE if self.verbose else Talk.QUIET if self.quiet else Talk.NORMAL
