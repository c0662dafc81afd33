"""A server in a process of its own, with the small checkpoint that ships, as somebody would start it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from waiting import LONG

ROOT = Path(__file__).parents[3]


@contextmanager
def started(*arguments: str, folder: Path, **environment: str) -> Iterator[Any]:
    """The running server; `base` is its address."""
    for name in ("fastapi", "uvicorn", "multipart", "prometheus_client"):
        pytest.importorskip(name)
    running: Any = subprocess.Popen(
        [sys.executable, "-m", "ocr2cli", "serve", "--port", "0", *arguments], cwd=folder, stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""} | environment, text=True,
    )  # fmt: skip
    try:
        line = running.stderr.readline()
        found = re.search(r"(http://127\.0\.0\.1:\d+)/v1", line)
        assert found, line + running.stderr.read()
        running.root, running.base, running.said = found[1], f"{found[1]}/v1", line
        yield running
        running.send_signal(signal.SIGTERM)
        assert running.wait(LONG) == 0
    finally:
        running.kill()
        running.wait()
        running.stderr.close()


@pytest.fixture(scope="module")
def tiny(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One server for the tests of a file: a checkpoint whose text is noise, with answers of 40 tokens.

    Servers that lived through the whole session, tests of Ray's clusters among it, were once found ended by signal 9.
    """
    folder = tmp_path_factory.mktemp("server")
    with started("-m", str(tiny_checkpoint), "--device", "cpu", "--max-tokens", "40", folder=folder) as server:
        server.model = str(tiny_checkpoint)
        yield server


@pytest.fixture(scope="module")
def nano(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One server for the tests of a file: own text first, and the checkpoint that ships."""
    with started("-m", "text-layer+nano", "--device", "cpu", folder=tmp_path_factory.mktemp("nano")) as server:
        yield server


@pytest.fixture
def serving(tmp_path: Path) -> Callable[..., Any]:
    """Starts a server of a test's own, to be used in a `with`."""
    return partial(started, folder=tmp_path)
