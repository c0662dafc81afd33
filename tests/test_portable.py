"""What only POSIX has is not needed to import anything, nor to convert a document: as far as that can be seen here.

A process without the modules of POSIX, which calls itself Windows, imports every module of ours.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import LONG

ROOT = Path(__file__).parents[1]

IMPORT_ALL = """
import importlib, pkgutil, sys, types
# What is not ours may ask for the platform as it is imported: so it comes first.
import asyncio, multiprocessing.connection, concurrent.futures, subprocess, tempfile, webbrowser, http.server  # noqa
import numpy, torch, PIL.Image, pymupdf, typer, rich.live, watchfiles, huggingface_hub, tokenizers, safetensors.torch
import markdown_it, nh3
for name in ("fcntl", "pwd", "grp", "resource", "termios", "pty", "tty", "syslog", "crypt", "readline"):
    sys.modules[name] = None  # an import of it raises ModuleNotFoundError
fake = types.ModuleType("msvcrt")
fake.LK_NBLCK, fake.locking = 2, lambda *_: None
sys.modules["msvcrt"] = fake
sys.platform = "win32"
import ocr2cli, output, pipeline
failed = []
for package in (ocr2cli, output, pipeline):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if found.name == "ocr2cli.__main__" or found.name.startswith("pipeline.engine.kernels"):
            continue  # runs the command line; Triton's own language, which is there for Linux only
        try:
            importlib.import_module(found.name)
        except ModuleNotFoundError as error:
            if error.name in sys.modules or error.name.split(".")[0] in ("ocr2cli", "output", "pipeline", "language"):
                failed.append(f"{found.name}: {error}")
        except Exception as error:
            failed.append(f"{found.name}: {error!r}")
print(len([name for name in sys.modules if name.startswith(("ocr2cli.", "output.", "pipeline."))]), failed)
"""


def test_every_module_can_be_imported_without_posix():
    done = subprocess.run([sys.executable, "-c", IMPORT_ALL], cwd=ROOT, capture_output=True, text=True, timeout=LONG)
    count, _, failed = done.stdout.partition(" ")
    assert failed.strip() == "[]", done.stdout + done.stderr
    assert int(count) > 200


CONVERT = """
import signal, sys
for name in ("fcntl", "pwd", "grp", "resource", "termios", "pty", "tty"):
    if name != "fcntl":
        sys.modules[name] = None
for name in ("SIGHUP", "SIGALRM", "setitimer", "SIGKILL", "SIGSTOP"):  # Windows has none of them
    if hasattr(signal, name):
        delattr(signal, name)
sys.argv = ["ocr2", *sys.argv[1:]]
from ocr2cli.app import main
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="takes away what is not there")
def test_a_document_is_converted_without_signals_and_limits(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", CONVERT, "convert", ROOT / "examples/paper.pdf", "-o", tmp_path, "-m", "text-layer"],
        cwd=ROOT, capture_output=True, text=True, timeout=LONG,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "# Reading a Page in Causal Order" in (tmp_path / "paper.md").read_text(encoding="utf-8")


def test_files_are_opened_as_utf_8(tmp_path):
    """Windows has another encoding by default: text would not be the same there. A cache of its own and another
    temporary folder: what is remembered once on a machine is written here, too."""
    (tmp_path / "temporary").mkdir()
    machine = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "TMPDIR": str(tmp_path / "temporary")}
    script = (
        "import sys, warnings; sys.argv = ['ocr2', 'convert', sys.argv[1], '-o', sys.argv[2], '-m', 'text-layer', "
        "'--format', 'md,json,html,text,chunks', '--csv', '--preview', '--layout-pdf', '-q']; "
        "from ocr2cli.app import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-X", "warn_default_encoding", "-W", "error::EncodingWarning:ocr2cli", "-W",
         "error::EncodingWarning:output", "-W", "error::EncodingWarning:pipeline", "-c", script,
         ROOT / "examples/paper.pdf", tmp_path / "out"],
        cwd=ROOT, env=os.environ | machine, capture_output=True, text=True, timeout=LONG,
    )  # fmt: skip
    assert (done.returncode, [line for line in done.stderr.splitlines() if str(ROOT) in line]) == (0, []), done.stderr
    assert list((tmp_path / "cache").rglob("*.json"))
