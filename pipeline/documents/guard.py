"""A process of its own for what may crash, hang or eat memory: parsing and rasterising documents from anywhere."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from typing import TypeVar

from pipeline.errors import PageError
from pipeline.processes.limits import MEMORY, SECONDS
from pipeline.processes.worker import CallError, Worker

T = TypeVar("T")


class GuardError(PageError):
    """What was called did not come to an end: its process died, took too long or too much memory."""


class Guard:
    """Calls functions in another process, see `Worker`: one call at a time, from any thread."""

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._seconds = seconds
        self._worker = Worker(memory)
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The number of the process, None where there is none at the moment."""
        return self._worker.pid

    def call(self, function: Callable[..., T], *arguments: object) -> T:
        """What `function` of a module's top level returns there; its UserErrors are raised here.

        Raises GuardError where it does not return, and for any other error of it.
        """
        return self.call_for(self._seconds, function, *arguments)

    def call_for(self, seconds: float, function: Callable[..., T], *arguments: object) -> T:
        """The same with a limit of its own, for what takes longer than a page does."""
        with self._lock:
            try:
                return self._worker.call(seconds, function, *arguments)
            except CallError as error:
                raise GuardError(str(error)) from error

    def start(self) -> None:
        """Start the process, and import there what every document needs, without waiting for it."""
        threading.Thread(target=self._warm, name="ocr2-guard", daemon=True).start()

    def _warm(self) -> None:
        with suppress(GuardError):  # the first call will say so
            self.call(_ready)

    def close(self) -> None:
        """End the process, whatever it does; the next call starts another."""
        self._worker.close()


_own: ContextVar[Guard | None] = ContextVar("ocr2_guard", default=None)


def _ready() -> None:
    """In the other process."""
    import pipeline.documents.document  # noqa: F401


def guard() -> Guard:
    """The one of this context, see `guarded_by`, else that of this process."""
    return _own.get() or _common()


@contextmanager
def guarded_by(own: Guard) -> Iterator[None]:
    """Let `guard` be this one in the body, and where its context goes along: whoever works on documents of several
    strangers at once must not let one of them keep the others waiting."""
    token = _own.set(own)
    try:
        yield
    finally:
        _own.reset(token)


@cache
def _common() -> Guard:
    return Guard()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_common.cache_clear)  # two processes must not talk over one connection
