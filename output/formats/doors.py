"""Formats that other packages bring along: what is installed under the entry points `ocr2.formats`."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.metadata import entry_points

from output.document.joining.assemble import Assembly

GROUP = "ocr2.formats"
"""Name -> a function that takes an Assembly and gives the content of `document.NAME`, text or bytes."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")  # it becomes the end of a file's name


class FormatError(Exception):
    """A format of another package could not be written; the text says why in one line."""


def installed() -> tuple[str, ...]:
    """The names, in order."""
    return tuple(sorted({entry.name for entry in entry_points(group=GROUP) if _NAME.fullmatch(entry.name)}))


def written(name: str, assembly: Assembly) -> bytes:
    """What the format of that name makes of a document. Raises FormatError."""
    (entry, *_) = entry_points(group=GROUP, name=name)
    try:
        function: Callable[[Assembly], str | bytes] = entry.load()
        content = function(assembly)
    except Exception as error:  # not ours: whatever it does wrong costs this file
        raise FormatError(" ".join(f"{type(error).__name__}: {error}".split())[:300]) from error
    return content.encode("utf-8", "replace") if isinstance(content, str) else content
