"""What a person types and sees: the `ocr2` command; and the same for programs: `from ocr2cli import convert`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocr2cli.api import Progress as Progress
    from ocr2cli.api import Result as Result
    from ocr2cli.api import convert as convert
    from ocr2cli.api import convert_many as convert_many

_FACE = ("Progress", "Result", "convert", "convert_many")


def __getattr__(name: str) -> object:
    if name not in _FACE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ocr2cli.neighbours import stranger

    if found := stranger():
        raise ImportError(found)
    return getattr(import_module("ocr2cli.api"), name)


def __dir__() -> list[str]:
    return sorted(_FACE)
