"""`ocr2 show`: from a document or a result to a page in the browser, until Ctrl-C."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from ocr2cli.batch.convert import convert
from ocr2cli.options import Options, Talk
from ocr2cli.record.outcome import Outcome
from ocr2cli.record.target import STDOUT
from ocr2cli.results.extras import PREVIEW_NAME
from ocr2cli.results.rerender import place_of
from ocr2cli.show.browser import open_page
from ocr2cli.show.desk import Desk
from ocr2cli.show.server import Server
from pipeline.errors import ExitCode, InputError, UserError
from pipeline.record.log import FILE_NAME
from pipeline.record.places import Place
from pipeline.stores.urls import parse


def result_of(what: Path, options: Options) -> Place:
    """The place of a result, or of what comes of a document, which is converted. Raises UserError."""
    if parse(what) is not None or (options.output is not None and parse(options.output) is not None):
        raise UserError(
            "show needs results on this machine: copy them here and back, or give `ocr2 render s3://…/RESULT "
            "--corrections FILE` what the preview has saved"
        )
    place = place_of(what)
    if (place.folder / FILE_NAME).is_file():
        return place
    if not what.is_file():
        raise InputError(f"{what} is neither a document nor a result of ocr2: check the path")
    if options.output == STDOUT:
        raise UserError("show needs files: give a folder for them with -o DIR")
    outcomes: list[Outcome] = []
    options = replace(options, extras=replace(options.extras, preview=True))
    code = convert([str(what)], options, done=outcomes.append)
    if not outcomes or not outcomes[0].files:
        raise SystemExit(int(code))  # it was said why
    return place_of(outcomes[0].files[0])


def convert_and_open(inputs: list[str], options: Options) -> ExitCode:
    """`--open`: convert with previews, and show the first of them as it lies there."""
    outcomes: list[Outcome] = []
    options = replace(options, extras=replace(options.extras, preview=True))
    code = convert(inputs, options, done=outcomes.append)
    previews = [path for outcome in outcomes for path in outcome.files if path.name == PREVIEW_NAME]
    if previews and not open_page(previews[0].absolute().as_uri()) and options.talk > Talk.QUIET:
        print(f"ocr2: no browser could be opened; the preview is {previews[0]}", file=sys.stderr)
    return code


def session(place: Place, source: Path | None, options: Options, port: int, browser: bool) -> None:
    """Serve the result until it is interrupted."""
    with closing(Desk(place, source, options)) as desk:
        try:
            server = Server(desk, port)
        except OSError as error:
            raise UserError(f"--port {port}: {error.strerror}; leave it out, or take another") from error
        with server:
            print(server.address, flush=True)
            if browser and not open_page(server.address) and options.talk > Talk.QUIET:
                print("ocr2: no browser could be opened: open the address above", file=sys.stderr)
            if options.talk > Talk.QUIET:
                print("Ctrl-C ends it; what was saved stays", file=sys.stderr)
            server.serve_forever()
