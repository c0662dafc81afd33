"""Readers that other packages bring along: what is installed under the entry points `ocr2.readers`."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points

from pipeline.errors import ModelError
from pipeline.reader_options import ReaderOptions
from pipeline.transcriber import Transcriber

GROUP = "ocr2.readers"
"""Name -> a function that takes ReaderOptions and gives a Transcriber; `--model NAME` then means it."""


def installed() -> tuple[str, ...]:
    """The names, in order."""
    return tuple(sorted({entry.name for entry in entry_points(group=GROUP)}))


def open_installed(name: str, options: ReaderOptions) -> Transcriber:
    """The reader of that name. Raises ModelError where its package is broken, and whatever UserError it raises."""
    (entry, *_) = entry_points(group=GROUP, name=name)
    return _function(entry)(options)


def _function(entry: EntryPoint) -> Callable[[ReaderOptions], Transcriber]:
    try:
        # Only here is code of another package run, and only where its name was given.
        found: Callable[[ReaderOptions], Transcriber] = entry.load()
    except (ImportError, AttributeError) as error:
        raise ModelError(
            f"the reader {entry.name} ({entry.value}) cannot be loaded: {error}; install it anew"
        ) from error
    return found
