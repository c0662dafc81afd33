"""`ocr2 show` as it is typed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ocr2cli.commands.arguments.network import Network
from ocr2cli.commands.arguments.reading import Pages, Password
from ocr2cli.commands.arguments.talk import Said
from ocr2cli.commands.arguments.writing import Output, Style
from ocr2cli.commands.grouped import grouped
from ocr2cli.options import Options


@grouped
def show(
    what: Annotated[
        Path, typer.Argument(metavar="FILE|DIR", help="A PDF or image, or a result: its folder or its Markdown.")
    ],
    source: Annotated[
        Path | None, typer.Option("--source", metavar="FILE", help="The document, where it has moved since.")
    ] = None,
    pages: Pages = None,
    password: Password = None,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="Replace the Markdown also where somebody has changed it.")
    ] = False,
    port: Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535, help="0: any that is free.")] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the address, or only print it.")] = True,
    *,
    network: Network,
    output: Output = None,
    style: Style,
    said: Said,
) -> None:
    """Look over a result in the browser, beside the images of its pages, and correct its text.

    A document is converted first, where that is not done yet. Corrections are
    saved in the result's folder (corrections.jsonl) and are in all its files
    from then on; the record of what was read stays as it was. The page is
    served to this machine only, until Ctrl-C.

    Example: ocr2 show paper.pdf -o out
    """
    from ocr2cli.show.session import result_of, session

    options = Options(
        output=output,
        pages=pages,
        passwords=tuple(password or ()),
        reading=network.reading,
        style=style.render,
        talk=said.talk,
    )
    place = result_of(what, options)
    with suppress(KeyboardInterrupt):
        session(place, source, replace(options, force=force), port, browser)
