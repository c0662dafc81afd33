"""`ocr2` as processes that are forked from one which has its modules: each is its own, and starts within milliseconds.

What Python does at the start and at the very end is not seen so: how modules find each other, what Python's own
variables say, what is taken down. Tests of these start Python, as those of signals do.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import pickle
import runpy
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import forked_workers

# In the order in which a command imports them; torch comes with the last but one, and Typer asks for pydantic where it
# is installed. What reads variables as it is imported, as the hub's client does, is left to the commands.
MODULES = ("ocr2cli.app", "ocr2cli.batch.convert", "pipeline.readers.opening", "pipeline.engine.load",
           "pydantic.fields")  # fmt: skip
# Here too, for it looks for its machine code where it is imported: in the user's home, not in each command's own one,
# where a page of nano's would wait eight seconds for it.
COMPILED = "pipeline.engine.compiled.step"


class Forks:
    """The near end of the process that forks; one command at a time."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._line, far = socket.socketpair()
        asking, asked = forked_workers.line()
        with far, asking, asked:
            self._processes = [
                _start(__file__, environment, far, asking), _start(forked_workers.__file__, environment, asked),
            ]  # fmt: skip

    def run(
        self, arguments: list[str], folder: Path, environment: dict[str, str], stdin: bytes, seconds: float
    ) -> subprocess.CompletedProcess[bytes]:
        """As `subprocess.run` of `python -m ocr2cli ARGUMENTS` in the folder, with pipes for all that is said."""
        (far_in, near_in), (near_out, far_out), (near_err, far_err) = os.pipe(), os.pipe(), os.pipe()
        far = (far_in, far_out, far_err)
        message = pickle.dumps((arguments, str(folder), environment))
        socket.send_fds(self._line, [len(message).to_bytes(4, "big")], far)
        self._line.sendall(message)
        for each in far:
            os.close(each)
        with ThreadPoolExecutor(3) as threads:
            threads.submit(_write, near_in, stdin)
            said = [threads.submit(_read, each) for each in (near_out, near_err)]
            pid = self._number(seconds)
            try:
                status = self._number(seconds)
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise
        return subprocess.CompletedProcess(arguments, status, *(each.result() for each in said))

    def close(self) -> None:
        self._line.close()
        for each in self._processes:
            each.wait()

    def _number(self, seconds: float) -> int:
        self._line.settimeout(seconds)
        return int.from_bytes(self._line.recv(4, socket.MSG_WAITALL), "big", signed=True)


def _start(program: str, environment: dict[str, str], *lines: socket.socket) -> subprocess.Popen[bytes]:
    numbers = [line.fileno() for line in lines]
    return subprocess.Popen([sys.executable, program, *map(str, numbers)], env=environment, pass_fds=numbers)


def _write(descriptor: int, data: bytes) -> None:
    with open(descriptor, "wb") as stream:
        stream.write(data)


def _read(descriptor: int) -> bytes:
    with open(descriptor, "rb") as stream:
        return stream.read()


@contextmanager
def forks(environment: dict[str, str]) -> Iterator[Forks]:
    forking = Forks(environment)
    try:
        yield forking
    finally:
        forking.close()


def _serve(line: socket.socket, workers: socket.socket) -> None:
    networks = _fork_networks(line, workers)
    while True:
        size, descriptors, _, _ = socket.recv_fds(line, 4, 3)
        if not size:
            return
        arguments, folder, environment = pickle.loads(line.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL))  # noqa: S301
        pid = os.fork()
        if not pid:
            line.close()
            forked_workers.use(workers, networks)
            _become(arguments, folder, environment, descriptors)
        for each in descriptors:
            os.close(each)
        line.sendall(pid.to_bytes(4, "big"))
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        line.sendall(status.to_bytes(4, "big", signed=True))


def _fork_networks(*lines: socket.socket) -> socket.socket:
    """A line to a process that forks those which read with a network: like this one it has torch."""
    asking, asked = forked_workers.line()
    if not os.fork():
        for each in (asking, *lines):
            each.close()
        forked_workers.serve(asked)
        os._exit(0)
    asked.close()
    return asking


def _become(arguments: list[str], folder: str, environment: dict[str, str], descriptors: list[int]) -> NoReturn:
    """`python -m ocr2cli`, with what a new process would have of its caller."""
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    forked_workers.stand_in(folder, environment)
    sys.argv[1:] = arguments
    sys.path.insert(0, folder)
    code = 1
    try:
        runpy.run_module("ocr2cli", run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    # As Python ends, but for the second that it takes torch down.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.path.pop(0)  # this folder, of which commands know nothing
    for name in MODULES:
        importlib.import_module(name)
    with suppress(ImportError):  # without Numba
        importlib.import_module(COMPILED)
    gc.freeze()  # else each child goes through them, and has its own copy of them all
    _serve(*(socket.socket(fileno=int(number)) for number in sys.argv[1:]))
