"""Ray nodes on this machine as people start them: `ray start`, each with its own processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
STORE = 80_000_000  # bytes: Ray takes no less than 75 MB


def environment() -> dict[str, str]:
    """Of a process that finds this code, as a node or as a command."""
    paths = [str(ROOT), str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, paths)), "RAY_USAGE_STATS_ENABLED": "0", "CUDA_VISIBLE_DEVICES": "",
    }  # fmt: skip


class Started:
    """The head reads nothing itself."""

    def __init__(self, workers: int, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self._environment = environment()
        self._folder = folder
        port = self.address.rpartition(":")[2]
        self.head = self._start("--head", "--port", port, "--num-cpus", "0", "--include-dashboard", "false")
        self._await_head()
        self.workers = [self._start("--address", self.address, "--num-cpus", "1") for _ in range(workers)]

    def kill_head(self) -> None:
        """With all that belongs to it, at once."""
        kill(self.head)

    def close(self) -> None:
        for process in (*self.workers, self.head):
            kill(process)

    def _start(self, *arguments: str) -> Any:
        command = ["start", "--block", "--node-ip-address", "127.0.0.1", "--object-store-memory", str(STORE)]
        if "--head" in arguments:
            command += ["--temp-dir", str(self._folder)]
        return subprocess.Popen(
            [sys.executable, "-m", "ray.scripts.scripts", *command, *arguments], env=self._environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def _await_head(self) -> None:
        host, port = self.address.split(":")
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with suppress(OSError):
                socket.create_connection((host, int(port)), 1).close()
                return
            time.sleep(0.1)
        raise TimeoutError("the head does not start")


def kill(process: Any) -> None:
    """A node: what `ray start` has started, and itself."""
    import psutil

    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.send_signal(signal.SIGKILL)
    process.kill()
    process.wait()


@contextmanager
def ray_started(workers: int) -> Iterator[Started]:
    """Raises ImportError where Ray is not installed."""
    import tempfile

    import ray  # noqa: F401

    # Short: Ray's sockets lie in it, and a socket's path has 107 bytes.
    with tempfile.TemporaryDirectory(prefix="r", dir="/tmp", ignore_cleanup_errors=True) as folder:
        nodes = Started(workers, Path(folder))
        try:
            yield nodes
        finally:
            nodes.close()
