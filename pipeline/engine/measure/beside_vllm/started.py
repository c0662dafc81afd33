"""A process that starts others, in a session of its own, so that all of them end together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

GONE = 10.0
"""Seconds for which ended processes are waited for: a driver may keep them for a while, but not us."""


@contextmanager
def started(
    arguments: list[str], device: str, log: Path, more: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """This Python with these arguments; at the end it and all that it started are killed, which gives the GPU's memory
    back. What they print goes to `log`; `more` is set in their environment where a user has not set it."""
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    environment = {**(more or {}), **os.environ, "PYTHONPATH": path, **visible(device)}
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-P", *arguments], stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT,
            env=environment, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        _end(process)


def visible(device: str) -> dict[str, str]:
    """The GPU that we read on, by its number among those that we see; none where we read on another device."""
    kind, _, number = device.partition(":")
    if kind != "cuda":
        return {"CUDA_VISIBLE_DEVICES": ""}
    seen = os.environ.get("CUDA_VISIBLE_DEVICES")
    index = int(number or 0)
    return {"CUDA_VISIBLE_DEVICES": seen.split(",")[index] if seen else str(index)}


def _end(process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + GONE
    with suppress(ProcessLookupError, subprocess.TimeoutExpired):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(GONE)
        while time.monotonic() < until:
            os.killpg(process.pid, 0)  # as long as one of them is there
            time.sleep(0.05)


def last_words(log: Path) -> str:
    """The last line in which an error is named, else the last one: vLLM says much after what went wrong."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    named = [line for line in lines if "Error" in line]
    return (named or lines or ["it ended without a word"])[-1][-300:]
