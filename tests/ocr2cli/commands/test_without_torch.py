"""Where torch is not installed, or does not load, the rest works, and what needs it says so in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from waiting import LONG

ROOT = Path(__file__).parents[3]
NO_LIBRARY = "libcudnn.so.9: cannot open shared object file"
WAYS = {
    "missing": ("sitecustomize.py", "import sys; sys.modules['torch'] = None\n", "it is not installed"),
    "broken": ("torch/__init__.py", f"raise OSError({NO_LIBRARY!r})\n", NO_LIBRARY),
}


@pytest.fixture(params=WAYS)
def ocr2(tmp_path, request):
    """To run the command line in a folder with a scan, without torch in one of two ways, and what is wrong with it."""
    name, code, why = WAYS[request.param]
    stand_in = tmp_path / "path" / name
    stand_in.parent.mkdir(parents=True)
    stand_in.write_text(code)
    Image.new("L", (300, 300), 128).save(tmp_path / "scan.png")

    def run(*words):
        return subprocess.run(
            [sys.executable, "-m", "ocr2cli", *map(str, words)],
            cwd=tmp_path, capture_output=True, text=True, timeout=LONG,
            env=os.environ | {"PYTHONPATH": f"{tmp_path / 'path'}{os.pathsep}{ROOT}", "COLUMNS": "200"},
        )  # fmt: skip

    return run, why


def test_a_network_is_refused_with_the_remedy(ocr2):
    run, why = ocr2
    said = (
        f"ocr2: a network on this machine needs torch, which cannot be loaded ({why}): install it as "
        "docs/install.md says, or read with --model text-layer or a server's address\n"
    )
    for words in (("scan.png", "--model", "nano"), ("bench", "--model", "nano"), ("doctor", "--golden")):
        done = run(*words)
        assert (done.returncode, done.stderr.splitlines(keepends=True)[-1:]) == (5, [said]), words
        assert "Traceback" not in done.stderr


def test_doctor_says_so_among_the_rest(ocr2):
    run, why = ocr2
    done = run("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    told = dict(line.split(None, 1) for line in done.stdout.splitlines() if line.strip())
    assert told["no"] == f"network    torch cannot be loaded ({why}): install it as docs/install.md says"
    assert {"python", "pillow", "model"} <= told.keys()


def test_pages_with_text_of_their_own_need_none(ocr2):
    run, _ = ocr2
    done = run(ROOT / "examples/paper.pdf", "-o", "out", "-v")
    assert done.returncode == 0, done.stderr
