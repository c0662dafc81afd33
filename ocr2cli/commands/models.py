"""`ocr2 models`: which checkpoints are known, what each is good at, and whether it is on this machine."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ocr2cli.commands.arguments.talk import Json
from pipeline.errors import InputError, ModelError, UserError

if TYPE_CHECKING:
    from pipeline.model.family.member import Member

models = typer.Typer(invoke_without_command=True)
"""A group: without a subcommand it lists."""


@dataclass(frozen=True)
class Known:
    """A checkpoint that ocr2 reads with. `model` is its name for --model; `path` its folder where it is here."""

    model: str
    name: str
    licence: str
    gigabytes: float
    good_at: str
    path: str | None

    @property
    def where(self) -> str:
        """In a word or two."""
        return "bundled" if self.path and self.model == "nano" else "in the cache" if self.path else "not here"


@models.callback()
def listing(context: typer.Context, as_json: Json = False) -> None:
    """List the models that ocr2 can read with: licence, size, what each is good at, and whether it is here.

    Example: ocr2 models
    """
    if context.invoked_subcommand is None:
        _print(as_json)


@models.command("list")
def listed(as_json: Json = False) -> None:
    """List them: what `ocr2 models` does as well.

    Example: ocr2 models list
    """
    _print(as_json)


@models.command()
def pull(
    model: Annotated[str, typer.Argument(metavar="MODEL|ARCHIVE", help="A repository, or an archive made by pull.")],
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FOLDER|FILE.tar", help="Where to; else the local cache of Hugging Face."),
    ] = None,
) -> None:
    """Fetch the weights of a model, and hold each file against its checksum.

    What is here already is not fetched twice, and a download that was broken
    off goes on. For a machine without network fetch into an archive, carry it
    there, and unpack it: the folder is a name for --model.

    Example: ocr2 models pull deepseek-ai/DeepSeek-OCR-2 --to model.tar
    """
    print(pulled(model, to, lambda text: print(text, file=sys.stderr)))


def pulled(model: str, to: Path | None, said: Callable[[str], None]) -> Path:
    """Where the weights are now. Raises ModelError."""
    from pipeline.model.checkpoints.source import NANO, OFFICIAL, is_repository
    from pipeline.model.fetching import archive, hub

    if model == NANO:
        raise UserError("nano comes with ocr2: there is nothing to fetch")
    if Path(model).is_file():
        if to is None:
            raise UserError(f"{model} is an archive: name a folder for it with --to")
        return archive.unpack(Path(model), to, said)
    if Path(model).suffix == archive.SUFFIX:
        raise InputError(f"{model} does not exist: check the path")
    if not is_repository(model):
        raise ModelError(f"{model!r} is no repository: name one like {OFFICIAL}, or see `ocr2 models`")
    listed = hub.listing(model)
    names = [file.name for file in listed.files]
    minutes = listed.size * 8 / 1e8 / 60
    said(f"{model}: {len(listed.files)} files, {listed.size / 1e9:.2f} GB ({minutes:.0f} min at 100 Mbit/s)")
    if to is None or to.suffix != archive.SUFFIX:
        where = hub.fetch(listed, to, said)
        if to is not None:
            archive.note_sums(where, names)
        return where
    where = hub.fetch(listed, None, said)
    said(f"writing {to}")
    archive.pack(where, names, to)
    return to


def _print(as_json: bool) -> None:
    for line in lines(as_json):
        print(line)


def lines(as_json: bool = False) -> Iterator[str]:
    """A line for each model, and one that says which `auto` takes; with `as_json` an object for each model."""
    from pipeline.reader_options import AUTO
    from pipeline.readers.choice import choose

    taken = choose(AUTO)
    rows = list(known())
    if as_json:
        yield from (json.dumps(asdict(row) | {"auto": row.model == taken.network}) for row in rows)
        return
    widths = [max(len(cell) for cell in column) for column in zip(*map(_cells, rows), strict=True)]
    for row in rows:
        padded = (cell.ljust(width) for cell, width in zip(_cells(row), widths, strict=True))
        yield f"{'  '.join(padded)}  {row.good_at}"
    yield f"auto takes {taken.model}: {taken.why}"


def known() -> Iterator[Known]:
    """The bundled one first, then the family."""
    from pipeline.model.checkpoints.source import nano_folder
    from pipeline.model.family.known import MEMBERS

    nano = nano_folder()
    if (weights := nano / "model.safetensors").is_file():
        good_at = "clean print in English and eight languages more; demo quality, quick to try"
        yield Known("nano", "nano", "AGPL-3.0-or-later", weights.stat().st_size / 1e9, good_at, str(nano))
    yield from map(_of, MEMBERS)


def _of(member: Member) -> Known:
    from pipeline.model.checkpoints.source import cached

    folder = cached(member.repository)
    path = str(folder) if folder else None
    return Known(member.repository, member.name, member.licence, member.gigabytes, member.good_at, path)


def _cells(row: Known) -> tuple[str, ...]:
    return row.model, row.where, f"{row.gigabytes:5.2f} GB", row.licence
