"""`ocr2 convert` and `ocr2 render` as they are typed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ocr2cli.commands.arguments.beside import Beside, Open
from ocr2cli.commands.arguments.network import Network
from ocr2cli.commands.arguments.reading import DryRun, FilesFrom, Force, Inputs, Null, Pages, Password, Recursive, Shard
from ocr2cli.commands.arguments.talk import Said
from ocr2cli.commands.arguments.writing import Output, Style, Whole
from ocr2cli.commands.grouped import grouped
from ocr2cli.inputs.lists import inputs_with_lists
from ocr2cli.options import Options


@grouped
def convert(
    inputs: Inputs = None,
    files_from: FilesFrom = None,
    null: Null = False,
    recursive: Recursive = False,
    pages: Pages = None,
    password: Password = None,
    force: Force = False,
    dry_run: DryRun = False,
    show: Open = False,
    shard: Shard = "1/1",
    *,
    network: Network,
    output: Output = None,
    style: Style,
    whole: Whole = False,
    beside: Beside,
    said: Said,
) -> None:
    """Turn PDFs and page images into Markdown, HTML tables and image crops.

    `ocr2 convert a.pdf scans/ -o out` writes out/a.md, and out/a/ beside it
    with the crops and the record of what was read (transcript.jsonl). The
    written files are listed on stdout; everything else goes to stderr. Given
    again, the same command goes on where it was stopped.

    Example: cat a.pdf | ocr2 convert - --pages 2-4 > a.md
    """
    from pipeline.documents.guard import guard

    guard().start()  # while the rest is imported here
    from ocr2cli.batch.convert import convert as run

    options = Options(
        output=output,
        recursive=recursive,
        pages=pages,
        passwords=tuple(password or ()),
        force=force,
        dry_run=dry_run,
        shard=shard,
        reading=network.reading,
        style=style.render,
        extras=beside.extras,
        whole=whole,
        as_json=said.as_json,
        talk=said.talk,
    )
    given = inputs_with_lists(inputs or [], files_from, null)
    if not show:
        raise typer.Exit(run(given, options))
    from ocr2cli.show.session import convert_and_open

    raise typer.Exit(convert_and_open(given, options))


@grouped
def render(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A result folder, or its URL: it holds transcript.jsonl.")
    ],
    source: Annotated[
        Path | None, typer.Option("--source", metavar="FILE|URL", help="The document, where it has moved since.")
    ] = None,
    corrections: Annotated[
        Path | None,
        typer.Option("--corrections", metavar="FILE", help="What a person has mended in the preview; kept with DIR."),
    ] = None,
    password: Password = None,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="Replace the Markdown also where somebody has changed it.")
    ] = False,
    *,
    style: Style,
    beside: Beside,
    said: Said,
) -> None:
    """Write the files of a result again from its transcript.jsonl, without a model.

    Example: ocr2 render out/paper --tables markdown --page-separator
    """
    from ocr2cli.results.rerender import rerender

    options = Options(
        passwords=tuple(password or ()),
        force=force,
        style=style.render,
        extras=beside.extras,
        as_json=said.as_json,
        talk=said.talk,
    )
    raise typer.Exit(rerender(folder, source, options, corrections))
