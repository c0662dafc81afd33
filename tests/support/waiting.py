"""Waiting for what another process or thread does. No test is about how long that takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# On a machine that has other work a start of a second takes ten; what hangs is told all the same. Chosen.
LONG = 300.0
"""Seconds after which what has not come will not come."""


def until(condition: Callable[[], T]) -> T:
    """What it gives as soon as that counts as true."""
    end = time.monotonic() + LONG
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
    return found
