"""One process that answers calls, one at a time: what crashes, hangs or eats memory there costs its caller one call."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from pipeline.errors import UserError
from pipeline.processes.far import Line, read
from pipeline.processes.limits import MEMORY, limit_memory, limited_time
from pipeline.processes.process import Process, hear
from pipeline.processes.wire import Landing, anywhere

T = TypeVar("T")

# Shorter, and a machine that swaps loses documents at the first page; longer only delays the message. Chosen.
_START = 60.0
"""Seconds until a process must have begun what it was asked: starting Python takes a hundredth of it."""
# What is killed goes in milliseconds, unless it sits in a driver; then nothing here can help it. Chosen.
_END = 5.0
"""Seconds for which an ended process is waited for: a driver may keep it for a while, but not us."""

_FORESEEN = (RuntimeError, ValueError, TypeError, LookupError, OSError, ArithmeticError, AssertionError, EOFError)


class CallError(Exception):
    """What was called did not come to an end, or failed in a way that nobody foresaw. The text says why in one line."""


class LostError(CallError):
    """The process ended during the call."""


class Worker:
    """Calls functions in another process, which is started at the first call and again after it was lost.

    For one thread at a time. The process keeps its modules and their caches between calls; `memory` is what it may
    have, in bytes of address space. Arrays of what it answers lie where `landing` says.
    """

    def __init__(self, memory: int = MEMORY, landing: Landing = anywhere) -> None:
        self._memory, self._landing = memory, landing
        self._process: Process | None = None
        self._over = False
        self._changing = threading.Lock()  # `end` comes from another thread

    @property
    def pid(self) -> int | None:
        """The number of the process, None where there is none at the moment."""
        return self._process.pid if self._process else None

    def call(self, seconds: float, function: Callable[..., T], *arguments: object) -> T:
        """What `function` of a module's top level returns there; its UserErrors are raised here.

        Raises LostError where its process ends, CallError where it takes longer than `seconds` or raises anything else.
        """
        try:
            return self._call(seconds, function, arguments)
        except (UserError, CallError):
            raise
        except BaseException:  # interrupted: an answer that comes later must not be taken for that of another call
            self.close()
            raise

    def close(self) -> None:
        """End the process, whatever it does; the next call starts another."""
        with self._changing:
            if self._process is not None:
                self._process.kill()
                self._process.wait(_END)
                self._process.connection.close()
            self._process = None

    def end(self) -> None:
        """End the process for good, from any thread: a call under way raises LostError, and so does every later one."""
        with self._changing:
            self._over = True
            if self._process is not None:
                self._process.kill()
                self._process.wait(_END)

    def _call(self, seconds: float, function: Callable[..., T], arguments: tuple[object, ...]) -> T:
        process = self._begun(seconds, function, arguments)
        try:
            if not process.connection.poll(seconds):
                self.close()
                raise CallError(f"it took longer than {seconds:.0f} s; the page may be damaged or far too large")
            answer = hear(process.connection, self._landing)
        except EOFError as error:
            self.close()
            raise LostError("its process ended; the page may be damaged or too large") from error
        assert isinstance(answer, tuple)
        good, value = answer
        if good:
            result: T = value
            return result
        raise value

    def _begun(self, seconds: float, function: Callable[..., T], arguments: tuple[object, ...]) -> Process:
        """The process, which has begun what it was asked. One that had ended before is nobody's fault: a new one is
        asked once again."""
        for _ in range(2):
            try:
                process = self._running()
                process.connection.send((seconds, function, arguments))
                if process.connection.poll(_START):
                    hear(process.connection)
                    return process
            except (EOFError, OSError):
                pass
            self.close()
        raise LostError("its process did not start")

    def _running(self) -> Process:
        with self._changing:
            if self._over:
                raise LostError("it was ended")
            if self._process is None:
                self._process = Process(_serve, self._memory)
            return self._process


def _serve(line: Line, memory: int) -> None:
    """The other process: one call after the other, until the near end is gone."""
    limit_memory(memory)
    while True:
        request = line.wait()
        # Two answers to each call. Before the first, a dead process is nobody's fault and the call is made again;
        # behind it, the call may have killed it, and must not kill another.
        line.send(None)  # from here on the call may be what this process dies of
        line.send(_answer(request))


def _answer(request: bytes) -> tuple[bool, object]:
    try:
        call: Any = read(request)
        seconds, function, arguments = call
        # Twice: who calls gives up first and says so. This is for when nobody is there to give up.
        with limited_time(2 * seconds):
            return True, function(*arguments)
    except UserError as error:
        return False, error
    except MemoryError:
        return False, CallError("not enough memory for this page")
    except _FORESEEN as error:
        text = " ".join(str(error).split())
        return False, CallError(f"it cannot be read ({type(error).__name__}{': ' if text else ''}{text})"[:300])
