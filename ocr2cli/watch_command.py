"""`ocr2 watch` as it is typed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ocr2cli import options as opt
from output.options import MathStyle, RenderOptions, Running, TableStyle

_INBOX = "What becomes of the files"
_Folder = Path | None


def watch(
    inbox: Annotated[Path, typer.Argument(metavar="INBOX", help="The folder that documents arrive in.")],
    output: opt.Output = None,
    done: Annotated[
        _Folder, typer.Option("--done", metavar="DIR", rich_help_panel=_INBOX, help="Move what was read there.")
    ] = None,
    failed: Annotated[
        _Folder,
        typer.Option(
            "--failed",
            metavar="DIR",
            rich_help_panel=_INBOX,
            help="Move what could not be read wholly there, with NAME.error.txt beside it.",
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Stop when nothing is left to read.")] = False,
    recursive: opt.Recursive = False,
    poll: Annotated[
        bool, typer.Option("--poll", help="Look every 2 s, for network folders that tell nothing of changes.")
    ] = False,
    settle: Annotated[
        float, typer.Option("--settle", min=0, metavar="S", help="Seconds for which a file must not have changed.")
    ] = 2.0,
    patience: Annotated[
        float,
        typer.Option("--patience", min=0, metavar="S", help="Seconds until a file that does not open fails."),
    ] = 30.0,
    password: opt.Password = None,
    model: opt.Model = "auto",
    device: opt.Device = "auto",
    task: opt.TaskName = "markdown",
    dpi: opt.Dpi = 144,
    upright: opt.Upright = True,
    max_tokens: opt.MaxTokens = 8192,
    math: opt.Math = MathStyle.DOLLAR,
    tables: opt.Tables = TableStyle.HTML,
    headers: opt.Headers = Running.DROP,
    page_separator: opt.PageSeparator = False,
    csv: opt.Csv = False,
    formats: opt.Formats = "md",
    html_images: opt.HtmlPictures = opt.HtmlImages.EMBED,
    layout_pdf: opt.LayoutPdf = False,
    preview: opt.Preview = False,
    check: opt.Check = False,
    as_json: opt.Json = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
) -> None:
    """Read documents as they arrive in a folder, with the model loaded once.

    Files that are there already come first. A file is read when it is complete: unchanged for a while, not locked, and
    it opens. Without --done and --failed files stay where they are and are not read twice. Several processes may watch
    one folder. SIGTERM or Ctrl-C ends it after the pages that are being read; the rest is taken up next time.

    Example: ocr2 watch scans -o texts --done scans-read --failed scans-failed
    """
    from ocr2cli.watch import WatchOptions
    from ocr2cli.watch import watch as run

    options = opt.Options(
        output=output,
        passwords=tuple(password or ()),
        model=model,
        device=device,
        task=task,
        dpi=dpi,
        upright=upright,
        max_tokens=max_tokens,
        style=RenderOptions(math, tables, page_separator, headers, csv=csv),
        extras=opt.Extras(opt.formats(formats), html_images, layout_pdf, preview, check),
        as_json=as_json,
        talk=opt.talk(quiet, verbose),
    )
    raise typer.Exit(run(WatchOptions(inbox, done, failed, once, recursive, poll, settle, patience), options))
