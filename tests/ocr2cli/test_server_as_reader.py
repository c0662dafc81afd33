"""`--model http://…`: without torch, and the same command goes on where a server has left it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fake_server import fake_server
from waiting import LONG

ROOT = Path(__file__).parents[2]
NOT_NEEDED = ("torch", "tokenizers", "safetensors", "huggingface_hub", "transformers", "triton")


@pytest.fixture
def bare(tmp_path, make_pdf):
    """Run ocr2 where none of the libraries of the network is installed, in its other processes, too."""
    for name in NOT_NEEDED:
        package = tmp_path / "blocked" / name
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(f"raise ImportError('{name} is not installed here')")
    make_pdf(tmp_path / "a.pdf", *(f"Page {number}" for number in range(1, 7)))

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "ocr2cli", *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=LONG,
            env=os.environ | {"PYTHONPATH": f"{tmp_path / 'blocked'}{os.pathsep}{ROOT}"},
        )  # fmt: skip

    run.folder = tmp_path  # type: ignore[attr-defined]
    return run


def test_pages_are_read_by_a_server_without_torch(bare):
    with fake_server() as server:
        done = bare("a.pdf", "-o", "out", "--model", server.base)
    assert done.returncode == 0, done.stderr
    assert "6 pages of 1 input (6 by org/model)" in done.stderr
    assert (bare.folder / "out/a.md").read_text().count("This page is") == 6


def test_own_text_comes_first_without_torch(bare):
    with fake_server() as server:
        done = bare("a.pdf", "-o", "out", "--model", f"text-layer+{server.base}")
    assert done.returncode == 0, done.stderr
    assert "(6 by text-layer)" in done.stderr
    assert not server.seen


def test_the_same_command_goes_on_with_another_server_of_the_model(bare):
    """The first one lets nobody in any more after two pages."""

    def close_down(handler, before):
        if handler.server_of.answered.total() >= 2:
            handler.server_of.key = "changed"
            return handler.json(401, {"error": {"message": "no such key"}})
        return False

    with fake_server(fault=close_down) as server:
        done = bare("a.pdf", "-o", "out", "--model", server.base)
        first = server.answered.total()
    assert done.returncode == 5
    assert "does not let us in (status 401); put its key into the variable OPENAI_API_KEY" in done.stderr
    assert not (bare.folder / "out/a.md").exists()
    with fake_server() as server:
        done = bare("a.pdf", "-o", "out", "--model", server.base)
        assert done.returncode == 0, done.stderr
        assert 0 < server.answered.total() < 6
        assert server.answered.total() + first >= 6
    assert (bare.folder / "out/a.md").read_text().count("This page is") == 6


def test_no_server_is_one_line_and_its_own_exit_code(bare):
    with fake_server() as server:
        pass
    done = bare("a.pdf", "-o", "out", "--model", server.base)
    assert done.returncode == 5
    assert done.stderr.startswith("ocr2: no server answers at http://127.0.0.1")
    assert done.stderr.count("\n") == 1
