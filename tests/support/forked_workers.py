"""The processes that a forked command has beside it, forked as well: see `forked.py`.

Each command starts one at least, to read documents in, which imports for a second what the one before it has imported,
too. How they are started where nobody forks has tests of its own (`test_worker.py`, `test_guard.py`, `test_pool.py`).
"""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from pipeline.processes.process import Process

# What documents are read, drawn and written with, without torch: a worker's limit of memory counts what it has mapped.
MODULES = ("pipeline.processes.worker", "pipeline.text_layer.guarded", "pipeline.text_layer.reading",
           "ocr2cli.results.write", "pipeline.views.ahead")  # fmt: skip
_ASKED: ContextVar[socket.socket] = ContextVar("asked")
"""Where the process that is being started is to be forked, if not where all others are."""
_MOST = 1 << 17  # bytes of a message: the environment and the path


class Forked:
    """What `Process` uses of a Popen, of a child that is another's."""

    def __init__(self, line: socket.socket) -> None:
        self._line, self._asking = line, threading.Lock()
        self.pid = int.from_bytes(line.recv(4, socket.MSG_WAITALL), "big")
        self.returncode: int | None = None

    def poll(self) -> int | None:
        return self._end(0)

    def wait(self, timeout: float | None = None) -> int:
        if (code := self._end(timeout)) is None:
            raise subprocess.TimeoutExpired("a forked worker", timeout or 0)
        return code

    def kill(self) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def _end(self, timeout: float | None) -> int | None:
        with self._asking:
            if self.returncode is None and select.select([self._line], [], [], timeout)[0]:
                self.returncode = int.from_bytes(self._line.recv(4, socket.MSG_WAITALL), "big", signed=True)
            return self.returncode


def line() -> tuple[socket.socket, socket.socket]:
    """To ask, and to `serve`. Several processes ask there at once, so each message is whole or not there."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def use(workers: socket.socket, networks: socket.socket) -> None:
    """From here on this process asks there for its workers, and for what reads with a network; both do `serve`."""
    from pipeline.processes import process
    from pipeline.sharding import shard

    vars(process)["_start"] = partial(_start, workers)
    vars(shard)["Process"] = partial(_with_network, networks)


def _with_network(line: socket.socket, main: Callable[..., None], *arguments: object) -> Process:
    from pipeline.processes.process import Process

    before = _ASKED.set(line)
    try:
        return Process(main, *arguments)
    finally:
        _ASKED.reset(before)


def _start(line: socket.socket, command: list[str], far: Connection) -> Forked:
    line = _ASKED.get(line)
    near, end = socket.socketpair()
    path = command[command.index(str(far.fileno())) + 1 :]
    with end, Path(os.devnull).open("wb") as nothing:
        try:
            os.fstat(2)
            loud = 2
        except OSError:  # it is closed
            loud = nothing.fileno()
        message = pickle.dumps((str(Path.cwd()), dict(os.environ), path))
        socket.send_fds(line, [message], [far.fileno(), loud, end.fileno()])
    return Forked(near)


def stand_in(folder: str, environment: dict[str, str]) -> None:
    """Be where the caller is, with its variables and no others."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)


def serve(line: socket.socket) -> None:
    """Fork what is asked for, until nobody is there to ask."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who forked a worker waits for it
    while True:
        message, descriptors, _, _ = socket.recv_fds(line, _MOST, 3)
        if not message:
            return
        if not os.fork():
            line.close()
            _keep(message, *descriptors)
        for each in descriptors:
            os.close(each)


def _keep(message: bytes, far: int, loud: int, end: int) -> NoReturn:
    """Fork the worker, and tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if not pid:
        os.close(end)
        _become(message, far, loud)
    for each in (far, loud):
        os.close(each)
    with socket.socket(fileno=end) as told, suppress(OSError):
        told.sendall(pid.to_bytes(4, "big"))
        told.sendall(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]).to_bytes(4, "big", signed=True))
    os._exit(0)


def _become(message: bytes, far: int, loud: int) -> NoReturn:
    """What `Process` would have started, with what it would have of its caller."""
    from pipeline.processes.far import run

    folder, environment, path = pickle.loads(message)  # noqa: S301
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(loud, 1)
    os.dup2(loud, 2)
    stand_in(folder, environment)
    sys.path[:] = path
    code = 1
    try:
        run(far)
        code = 0
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.path.pop(0)  # this folder, of which workers know nothing
    for name in MODULES:
        importlib.import_module(name)
    gc.freeze()
    serve(socket.socket(fileno=int(sys.argv[1])))
