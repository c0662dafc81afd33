"""Options about what is read: inputs, pages, passwords, parts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

READING = "What is read"

Inputs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="INPUT",
        help="PDFs, images (PNG, JPEG, TIFF, WebP), folders, 'patterns*', URLs, @lists, or - for stdin.",
    ),
]
FilesFrom = Annotated[
    Path | None,
    typer.Option("--files-from", metavar="FILE|-", help="A list of inputs, one per line.", rich_help_panel=READING),
]
Null = Annotated[
    bool,
    typer.Option(
        "--null", "-0", help="Inputs in --files-from are separated by NUL (find -print0).", rich_help_panel=READING
    ),
]
Recursive = Annotated[
    bool, typer.Option("--recursive", "-r", help="Descend into subfolders, too.", rich_help_panel=READING)
]
Pages = Annotated[
    str | None,
    typer.Option("--pages", metavar="LIST", help="Pages to read, from 1: 1,3-5,9-", rich_help_panel=READING),
]
Password = Annotated[
    list[str] | None,
    typer.Option(
        "--password",
        metavar="TEXT",
        help="Tried on encrypted PDFs; may be repeated. Others can see it in a list of processes, not OCR2_PASSWORD, "
        "which has one per line.",
        rich_help_panel=READING,
    ),
]
Force = Annotated[
    bool,
    typer.Option(
        "--force",
        "-f",
        rich_help_panel=READING,
        help="Read all pages anew; replace what somebody else has written or changed, or a better model has read.",
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run", "-n", rich_help_panel=READING,
        help="Only say what would be read: pages, crops, visual tokens, what is done already, how long it takes.",
    ),
]  # fmt: skip
Shard = Annotated[
    str,
    typer.Option(
        "--shard", metavar="I/N|auto", rich_help_panel=READING,
        help="Read this part of the documents only, like 3/16; auto: what a Slurm array or Kubernetes Job says.",
    ),
]  # fmt: skip
