"""Messages between two processes of ours, with arrays beside them as they lie in memory."""

from __future__ import annotations

import os
import pickle
import socket
import struct
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection

import numpy as np

Landing = Callable[[int], memoryview]
"""Memory of so many bytes for an array that comes: writable, and kept by whoever holds the array."""

_COUNT = struct.Struct("!I")
_SIZE = struct.Struct("!Q")


def send(connection: Connection, message: object) -> None:
    """The pickled message, and each array of it on its own (pickle's protocol 5): nothing is copied on this side.

    For one thread at a time. Raises OSError where the other process has ended.
    """
    beside: list[pickle.PickleBuffer] = []
    data = pickle.dumps(message, 5, buffer_callback=beside.append)
    views = [buffer.raw() for buffer in beside]
    sizes = b"".join(_SIZE.pack(view.nbytes) for view in views)
    connection.send_bytes(_COUNT.pack(len(views)) + sizes + data)
    for view in views:
        if view.nbytes:
            _write(connection, view)


def anywhere(size: int) -> memoryview:
    """Memory of no special kind."""
    return np.empty(size, np.uint8).data  # not a bytearray, which would be filled with zeros first


def receive(connection: Connection, landing: Landing = anywhere) -> object:
    """What `send` sent, from another process of ours alone. Raises EOFError or OSError where that has ended.

    A page's views are 14 MB, some thirty times a second, while this process has steps to launch: they are read where
    they stay, which `landing` says, and other threads run meanwhile. `Connection.recv` copies each byte three times, a
    piece at a time.
    """
    head = connection.recv_bytes()
    count = _COUNT.unpack_from(head)[0]
    start = _COUNT.size + count * _SIZE.size
    arrays = []
    for number in range(count):
        size = _SIZE.unpack_from(head, _COUNT.size + number * _SIZE.size)[0]
        arrays.append(_read(connection, landing(size)))
    message: object = pickle.loads(memoryview(head)[start:], buffers=arrays)  # noqa: S301  from ourselves
    return message


if sys.platform == "win32":  # not tried

    def _write(connection: Connection, view: memoryview) -> None:
        connection.send_bytes(view)

    def _read(connection: Connection, memory: memoryview) -> memoryview:
        if memory:
            memory[:] = connection.recv_bytes()
        return memory

else:

    def _write(connection: Connection, view: memoryview) -> None:
        while view:
            view = view[os.write(connection.fileno(), view) :]

    def _read(connection: Connection, memory: memoryview) -> memoryview:
        # The kernel fills all of it in one call. Piece by piece, some two hundred times a page, this thread would ask
        # for the interpreter's lock, which the thread that launches steps would have to take back each time.
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=os.dup(connection.fileno())) as line:
            rest = memory
            while rest:
                count = line.recv_into(rest, len(rest), socket.MSG_WAITALL)
                if not count:
                    raise EOFError("the connection broke off")
                rest = rest[count:]
        return memory
