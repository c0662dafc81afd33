"""A script that is called as one of our packages is told in one line, by the command and by the library."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import LONG

ROOT = Path(__file__).parents[2]


def run(folder, *arguments, path):
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, timeout=LONG,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, path))},
    )  # fmt: skip


@pytest.mark.parametrize("name", ["pipeline", "output", "language"])
@pytest.mark.parametrize("where", ["current folder", "PYTHONPATH"])
def test_a_stranger_is_told_in_one_line(tmp_path, name, where):
    stranger = tmp_path / f"{name}.py"
    stranger.write_text("raise SystemExit('the stranger ran')\n")
    (folder := tmp_path / "here").mkdir()
    if where == "PYTHONPATH":
        done = run(folder, "-m", "ocr2cli", "--version", path=[tmp_path, ROOT])
    else:
        done = run(tmp_path, "-m", "ocr2cli", "--version", path=[ROOT])
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"ocr2: {stranger} stands in the way of ocr2's own package '{name}': rename it")


def test_a_program_beside_one_is_told_too(tmp_path):
    (tmp_path / "output.py").write_text("")
    (tmp_path / "program.py").write_text("from ocr2cli import convert\n")
    done = run(tmp_path, "program.py", path=[ROOT])
    assert done.stderr.splitlines()[-1].startswith(f"ImportError: {tmp_path / 'output.py'} stands in the way of ocr2's")


def test_folders_without_python_are_in_nobodys_way(tmp_path):
    """An `output` folder of results."""
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "a.md").touch()
    done = run(tmp_path, "-m", "ocr2cli", "--version", path=[ROOT])
    assert (done.returncode, done.stderr) == (0, "")
