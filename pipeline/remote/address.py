"""Where a server is, as it is written after --model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from pipeline.errors import UserError


@dataclass(frozen=True)
class Address:
    """The base of a server's API, like http://host:8000/v1, and which of its models is meant, where it has several."""

    base: str
    model: str | None = None


def is_address(model: str) -> bool:
    """Whether a --model name stands for a server."""
    return re.match(r"https?://", model) is not None


def address(model: str) -> Address:
    """http://host:8000/v1, or http://host:8000/v1#MODEL. Raises UserError."""
    base, _, name = model.partition("#")
    try:
        parts = urlsplit(base)
        known = bool(parts.hostname) and parts.port != 0  # a port that is no number raises
    except ValueError:
        known = False
    if not known:
        raise UserError(f"--model {model}: give the address of a server's API, like http://localhost:8000/v1")
    return Address(base.rstrip("/"), name or None)
