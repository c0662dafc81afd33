"""The way to a Ray cluster, and what is said where there is none."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pipeline.errors import ModelError, UserError

if TYPE_CHECKING:
    from collections.abc import Mapping

AUTO = "auto"
_SECONDS = 5.0  # to connect: a head that takes longer has other troubles
_TRIES = 3  # of a connection in a row that fail before a head counts as gone


class Connection:
    """This process as a driver of a cluster: `auto` is the one that runs on this machine, or RAY_ADDRESS.

    Raises ModelError where there is none, UserError where Ray is not installed.
    """

    def __init__(self, address: str) -> None:
        ray = ray_module()
        if address.startswith("ray://"):
            raise UserError(
                f"--ray {address} is Ray Client, which cannot say what became of a page: run the command on a machine "
                "of the cluster with --ray auto, or give the head's own address, like HOST:6379"
            )
        if address != AUTO:
            _check(address)
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            ray.init(address=address, log_to_driver=False, logging_level="error", configure_logging=True)
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            where = "on this machine" if address == AUTO else f"at {address}"
            raise ModelError(f"there is no Ray cluster {where} ({_line(error)}); {_START}") from error
        self.address = str(ray.get_runtime_context().gcs_address or address)
        self._failed = 0

    def resources(self) -> Mapping[str, float]:
        """What all nodes have together, in use or not: CPU, GPU, …"""
        found: Mapping[str, float] = ray_module().cluster_resources()
        return found

    def living(self) -> set[str]:
        """The nodes that are there."""
        return {node["NodeID"] for node in ray_module().nodes() if node["Alive"]}

    def check(self) -> None:
        """Raises ModelError where the head has gone: every result so far is kept."""
        try:
            _knock(self.address)
            self._failed = 0
        except OSError as error:
            self._failed += 1
            if self._failed >= _TRIES:
                raise ModelError(
                    f"the Ray cluster at {self.address} has gone; start it again and give the same command, which goes "
                    "on from here"
                ) from error

    def close(self) -> None:
        """Leave the cluster, if it still answers."""
        leaving = threading.Thread(target=ray_module().shutdown, daemon=True)
        leaving.start()
        leaving.join(_SECONDS)


_START = "start one with `ray start --head`, or give the address that it printed"


def ray_module() -> Any:  # noqa: ANN401 an extra, and most of what it gives is untyped
    """Raises UserError where it is not installed."""
    try:
        import ray
    except ImportError:
        raise UserError("--ray needs an extra, on every node: pip install '.[ray]'") from None
    return ray


def is_there(address: str) -> bool:
    """Whether somebody answers at the head's address; not asked of what is none."""
    try:
        _knock(address)
    except (OSError, ValueError):
        return False
    return True


def _check(address: str) -> None:
    """Ray itself tries for half a minute."""
    with suppress(ValueError):
        try:
            _knock(address)
        except OSError as error:
            raise ModelError(f"there is no Ray cluster at {address} ({error.strerror or error}); {_START}") from error


def _knock(address: str) -> None:
    """Raises ValueError for what is no host:port, OSError where nobody answers."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    socket.create_connection((host.strip("[]"), int(port)), _SECONDS).close()


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:160]


Tell = Callable[[str], None]
"""Takes a line for people."""
