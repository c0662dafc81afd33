"""Limits of time and memory of a process that works on what came from anywhere."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

# Shorter fails slow pages on loaded machines; longer lets a page that hangs stop a batch for so long. Chosen.
SECONDS = 120.0
"""For one call: the slowest page known takes a tenth of it."""
# Address space is more than memory: MuPDF maps files and fonts. Less fails large sheets, more lets a bomb swap the
# machine.
MEMORY = 6 << 30
"""Bytes of address space: a page of the largest raster takes a quarter of it."""


def limit_memory(memory: int) -> None:
    """Let this process have so many bytes of address space, where the system can say so, and leave no core dumps."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for what, limit in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(what)
        if hard == resource.RLIM_INFINITY or limit <= hard:
            resource.setrlimit(what, (limit, hard))


@contextmanager
def limited_time(seconds: float) -> Iterator[None]:
    """The system ends this process where the body takes longer, even while a C library keeps Python from running:
    otherwise an orphan that hangs would never end. Only in a main thread."""
    if not hasattr(signal, "setitimer"):  # Windows
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
