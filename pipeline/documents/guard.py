"""A process of its own for what may crash, hang or eat memory: parsing and rasterising documents from anywhere."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from pipeline.errors import PageError, UserError

T = TypeVar("T")

SECONDS = 120.0
"""For one call: the slowest page known takes a tenth of it."""
_START = 60.0
MEMORY = 6 << 30
"""Bytes of address space: a page of the largest raster takes a quarter of it."""

_FORESEEN = (RuntimeError, ValueError, TypeError, LookupError, OSError, ArithmeticError, AssertionError, EOFError)


class GuardError(PageError):
    """What was called did not come to an end: its process died, took too long or too much memory."""


class Guard:
    """Calls functions in another process, which is started at the first call and again after it was lost.

    One call at a time, from any thread. The other process keeps its modules and their caches between calls.
    """

    def __init__(self, seconds: float | None = None, memory: int = MEMORY) -> None:
        self._seconds, self._memory = SECONDS if seconds is None else seconds, memory
        self._lock = threading.Lock()
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    def call(self, function: Callable[..., T], *arguments: object) -> T:
        """What `function` of a module's top level returns there; its UserErrors are raised here.

        Raises GuardError where it does not return, and for any other error of it.
        """
        return self.call_for(self._seconds, function, *arguments)

    def call_for(self, seconds: float, function: Callable[..., T], *arguments: object) -> T:
        """The same for a call that may take another time than a page."""
        with self._lock:
            try:
                return self._call(seconds, function, arguments)
            except UserError:
                raise
            except BaseException:  # interrupted: an answer that comes later must not be taken for that of another call
                self.close()
                raise

    def close(self) -> None:
        """End the process, whatever it does; the next call starts another."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._process = self._connection = None

    def _call(self, seconds: float, function: Callable[..., T], arguments: tuple[object, ...]) -> T:
        try:
            connection = self._connection or self._start()
            connection.send((seconds, function, arguments))
            if not connection.poll(seconds):
                self.close()
                raise GuardError(f"it took longer than {seconds:.0f} s; the page may be damaged or far too large")
            good, value = connection.recv()
        except (EOFError, OSError) as error:
            self.close()
            raise GuardError("its process ended; the page may be damaged or too large") from error
        if good:
            result: T = value
            return result
        raise value

    def _start(self) -> Connection:
        context = get_context("spawn")  # a fork of a process that uses a GPU or threads is not safe
        near, far = context.Pipe()
        process = context.Process(target=_serve, args=(far, self._memory), daemon=True)
        process.start()  # where that fails there is nothing to end
        self._process = process
        far.close()
        if not near.poll(_START):  # starting Python does not count as the page's time
            raise OSError("its process did not start")
        near.recv()
        self._connection = near
        return near


@cache
def guard() -> Guard:
    """The one of this process."""
    return Guard()


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
    an orphan that hangs would else never end. Only in a main thread."""
    if not hasattr(signal, "setitimer"):  # Windows
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _serve(connection: Connection, memory: int) -> None:
    """The other process: one call after the other, until the near end is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who calls
    limit_memory(memory)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError, OSError):  # the near end is gone
        connection.send(None)
        while True:
            seconds, function, arguments = connection.recv()
            # Twice: who calls gives up first and says so. This is for when nobody is there to give up.
            with limited_time(2 * seconds):
                answer = _answer(function, arguments)
            connection.send(answer)


def _end_with_parent() -> None:
    """Whatever this process hangs in."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _answer(function: Callable[..., object], arguments: tuple[Any, ...]) -> tuple[bool, object]:
    try:
        return True, function(*arguments)
    except UserError as error:
        return False, error
    except MemoryError:
        return False, GuardError("not enough memory for this page")
    except _FORESEEN as error:
        text = " ".join(str(error).split())
        return False, GuardError(f"it cannot be read ({type(error).__name__}{': ' if text else ''}{text})"[:300])
