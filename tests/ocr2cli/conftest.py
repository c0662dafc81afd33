"""The command line as people meet it: a process with its own stdout, stderr and exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pymupdf
import pytest
from forked import Forks, forks
from waiting import LONG

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def examples() -> Path:
    return ROOT / "examples"


# OCR2_SHARED is the tests' own: where documents lie that are not ours to ship.
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "OCR2_SHARED"} | {
    "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "", "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb",
}  # fmt: skip


@pytest.fixture(scope="session")
def _forks() -> Iterator[Forks]:
    with forks(_ENVIRONMENT) as forking:
        yield forking


@pytest.fixture
def ocr2(tmp_path, _forks) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `ocr2 ARGUMENTS` in an empty folder of its own, with an empty model cache and no network."""
    home = str(tmp_path / "home")
    folder = tmp_path / "here"
    folder.mkdir()

    def run(*arguments: object, stdin: bytes = b"", **changes: str) -> subprocess.CompletedProcess[str]:
        words, environment = [*map(str, arguments)], _ENVIRONMENT | {"HOME": home, "HF_HOME": home} | changes
        if any(name.startswith("PYTHON") for name in changes):
            command = [sys.executable, "-m", "ocr2cli", *words]
            done = subprocess.run(command, cwd=folder, env=environment, input=stdin, capture_output=True, timeout=LONG)
        else:
            done = _forks.run(words, folder, environment, stdin, seconds=LONG)
        return subprocess.CompletedProcess(words, done.returncode, done.stdout.decode(), done.stderr.decode())

    run.folder = folder  # type: ignore[attr-defined]
    return run


@pytest.fixture
def make_pdf() -> Callable[..., Path]:
    """Write a PDF with one line of text a page; an empty text is a blank page, None a page with a picture only."""

    def make(path: Path, *texts: str | None, **options: object) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        with pymupdf.open() as document:
            for text in texts:
                page = document.new_page()
                if text is None:
                    page.draw_circle((200, 200), 80, fill=(0, 0, 0))
                elif text:
                    page.insert_text((72, 100), text, fontsize=12)
            document.save(path, **options)
        return path

    return make
