"""What went wrong at a reader, as one line: Ray's own text is a traceback in colour with the cause at its far end."""

from __future__ import annotations

import re

from pipeline.cluster.connection import ray_module

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LONGEST = 200
"""Characters: with the node and the remedy around it, a line and a half of a terminal."""


def cause_of(error: BaseException) -> str:
    """Type and message of what was raised there, or what Ray says of a process that has gone."""
    exceptions = ray_module().exceptions
    cause = error.cause if isinstance(error, exceptions.RayTaskError) else error
    if isinstance(cause, exceptions.RayError):
        said = _of_ray(str(cause))
    else:
        said = ": ".join(filter(None, (type(cause).__name__, str(cause))))
    return _short(said)


def _of_ray(text: str) -> str:
    """A traceback ends with the cause; of a process that has gone, the lines that a tab begins are numbers of Ray's."""
    lines = [line for line in _COLOUR.sub("", text).splitlines() if line.strip() and not line.startswith("\t")]
    if any(line.startswith('  File "') for line in lines):
        return lines[-1]
    return " ".join(lines)


def _short(text: str) -> str:
    text = " ".join(_COLOUR.sub("", text).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
