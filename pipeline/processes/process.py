"""Another Python process of ours and the connection to it."""

from __future__ import annotations

import os
import subprocess
import sys
import weakref
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

from pipeline.processes import wire

_PROGRAM = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); sys.path[:] = sys.argv[2:]; "
    "from pipeline.processes.far import run; run(int(sys.argv[1]))"
)
"""Ctrl-C is for whoever started the process, from its first moment on."""


class Process:
    """Runs `main(line, *arguments)` in a new interpreter, where `line` is the other end of `connection`.

    `main` is a function of a module's top level. Unlike `multiprocessing`, this never runs the program's main module
    again, so it works from a notebook, a thread, and a script without `if __name__ == "__main__"`; and it is no fork,
    which would not be safe beside threads or a GPU. The process ends when this object or its own process does.
    Raises OSError where it cannot be started.
    """

    def __init__(self, main: Callable[..., None], *arguments: object) -> None:
        near, far = Pipe()
        path = [entry or str(Path.cwd()) for entry in sys.path if isinstance(entry, str)]
        # -P: nothing in the current folder can stand for a module of Python's own before `sys.path` is set.
        command = [sys.executable, "-P", "-u", "-c", _PROGRAM, str(far.fileno()), *path]
        try:
            self._running = _start(command, far)
        except BaseException:
            near.close()
            raise
        finally:
            far.close()
        self.connection = near
        weakref.finalize(self, _end, self._running, os.getpid())
        with suppress(OSError):  # it has ended already, which the first answer will tell
            near.send((main, arguments))

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._running.pid

    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._running.poll() is None

    def wait(self, seconds: float) -> int | None:
        """How it ended: 0, another code, or minus the number of a signal; None where it is still running then."""
        with suppress(subprocess.TimeoutExpired):
            return self._running.wait(seconds)
        return None

    def kill(self) -> None:
        """End it, whatever it does; may be called twice. The connection stays open for whoever still reads from it."""
        self._running.kill()


def _start(command: list[str], far: Connection) -> subprocess.Popen[bytes]:
    """What a library prints there goes to stderr: standard output is the data of whoever called us."""
    try:
        os.fstat(2)
        loud = 2
    except OSError:  # it is closed
        loud = subprocess.DEVNULL
    if sys.platform == "win32":  # not tried
        os.set_handle_inheritable(far.fileno(), True)
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=loud, close_fds=False)
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=loud, pass_fds=[far.fileno()])


def _end(process: subprocess.Popen[bytes], owner: int) -> None:
    if os.getpid() == owner:  # a fork of the owner has a copy of this object, and no say in the matter
        process.kill()
        with suppress(subprocess.TimeoutExpired):  # a driver may keep it for a while, but not us
            process.wait(5)


def hear(connection: Connection, landing: wire.Landing = wire.anywhere) -> object:
    """The next message; EOFError where the other process has ended, also in the middle of one."""
    try:
        return wire.receive(connection, landing)
    except OSError as error:
        raise EOFError("the connection broke off") from error
