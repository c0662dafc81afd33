"""`ocr2 models`: which checkpoints are known, what each is good at, and whether it is on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import typer

from ocr2cli.commands import arguments as arg

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
def listing(context: typer.Context, as_json: arg.Json = False) -> None:
    """List the models that ocr2 can read with: licence, size, what each is good at, and whether it is here.

    Example: ocr2 models
    """
    if context.invoked_subcommand is None:
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
        good_at = "printed English on clean pages; demo quality, quick to try"
        yield Known("nano", "nano", "AGPL-3.0-or-later", weights.stat().st_size / 1e9, good_at, str(nano))
    yield from map(_of, MEMBERS)


def _of(member: Member) -> Known:
    from pipeline.model.checkpoints.source import cached

    folder = cached(member.repository)
    path = str(folder) if folder else None
    return Known(member.repository, member.name, member.licence, member.gigabytes, member.good_at, path)


def _cells(row: Known) -> tuple[str, ...]:
    return row.model, row.where, f"{row.gigabytes:5.2f} GB", row.licence
