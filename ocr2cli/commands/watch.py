"""`ocr2 watch` as it is typed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ocr2cli.commands.arguments.beside import Beside
from ocr2cli.commands.arguments.network import Network
from ocr2cli.commands.arguments.reading import Password, Recursive
from ocr2cli.commands.arguments.talk import Said
from ocr2cli.commands.arguments.writing import WRITING, Style
from ocr2cli.commands.grouped import grouped
from ocr2cli.options import Options

_INBOX = "What becomes of the files"

Inbox = Annotated[Path, typer.Argument(metavar="INBOX", help="The folder, or s3://…, that documents arrive in.")]
Once = Annotated[bool, typer.Option("--once", help="Stop when nothing is left to read.")]
Poll = Annotated[
    bool,
    typer.Option(
        "--poll", help="Look every 2 s: network folders tell of no changes, and buckets are looked at every 10 s."
    ),
]
Settle = Annotated[
    float, typer.Option("--settle", min=0, metavar="S", help="Seconds for which a file must not have changed.")
]
Patience = Annotated[
    float, typer.Option("--patience", min=0, metavar="S", help="Seconds until a file that does not open fails.")
]
Done = Annotated[
    Path | None, typer.Option("--done", metavar="DIR", rich_help_panel=_INBOX, help="Move what was read there.")
]
Failed = Annotated[
    Path | None,
    typer.Option(
        "--failed", metavar="DIR", rich_help_panel=_INBOX,
        help="Move what could not be read wholly there, with NAME.error.txt beside it.",
    ),
]  # fmt: skip
Results = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="DIR", rich_help_panel=WRITING, help="Where results go: needed."),
]


@grouped
def watch(
    inbox: Inbox,
    recursive: Recursive = False,
    password: Password = None,
    once: Once = False,
    poll: Poll = False,
    settle: Settle = 2.0,
    patience: Patience = 30.0,
    done: Done = None,
    failed: Failed = None,
    *,
    network: Network,
    output: Results = None,
    style: Style,
    beside: Beside,
    said: Said,
) -> None:
    """Read documents as they arrive in a folder or a bucket, with the model
    loaded once.

    Files that are there already come first. A file is read when it is complete:
    unchanged for a while, not locked, and it opens; what is in a bucket is
    whole. Without --done and --failed files stay where they are and are not
    read twice. Several processes may watch one folder, and several machines
    one bucket. SIGTERM or Ctrl-C ends it after the pages that are being
    read; the rest is taken up next time.

    Example: ocr2 watch scans -o texts --done scans-read --failed scans-failed
    """
    from ocr2cli.inbox.folder import Manner
    from ocr2cli.inbox.watch import WatchOptions
    from ocr2cli.inbox.watch import watch as run

    options = Options(
        output=output,
        passwords=tuple(password or ()),
        reading=network.reading,
        style=style.render,
        extras=beside.extras,
        as_json=said.as_json,
        talk=said.talk,
    )
    manner = Manner(recursive, poll, settle, patience)
    raise typer.Exit(run(WatchOptions(inbox, done, failed, once, manner), options))
