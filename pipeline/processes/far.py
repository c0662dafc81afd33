"""The far end: what runs first in a process that `Process` has started."""

from __future__ import annotations

import os
import sys
import threading
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from queue import SimpleQueue

from pipeline.processes import wire


class Line:
    """The connection to the near end. A thread receives, so this process ends with the other one whatever it does."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._received: SimpleQueue[bytes] = SimpleQueue()
        self._sending = threading.Lock()
        threading.Thread(target=self._receive, daemon=True).start()

    def wait(self) -> bytes:
        """The next message as it came, see `read`."""
        return self._received.get()

    def ready(self) -> bool:
        """Whether `wait` has something at once."""
        return not self._received.empty()

    def send(self, message: object) -> None:
        """From any thread."""
        try:
            with self._sending:
                wire.send(self._connection, message)
        except OSError:
            # Not `sys.exit`: this may be any thread, and the main one may sit in a C library that never comes back.
            os._exit(1)  # nobody is there to work for

    def _receive(self) -> None:
        try:
            while True:
                self._received.put(self._connection.recv_bytes())
        except (EOFError, OSError, MemoryError):
            os._exit(1)


def read(message: bytes) -> object:
    """What was sent. It comes from our own near end only; a document's content travels in it as plain bytes."""
    sent: object = ForkingPickler.loads(message)
    return sent


def run(descriptor: int) -> None:
    """Do what the near end asks for first: call a function with this end of the line."""
    line = Line(_connection(descriptor))
    main, arguments = ForkingPickler.loads(line.wait())
    main(line, *arguments)


def _connection(descriptor: int) -> Connection:
    if sys.platform == "win32":
        from multiprocessing.connection import PipeConnection

        return PipeConnection(descriptor)
    return Connection(descriptor)
