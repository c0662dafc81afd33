"""Every `ocr2` command in README and on the site is run, in the order of its page, in a folder as its page imagines it.

What is not to be had where tests run (a GPU, the hub, a cluster) is named in `ELSEWHERE`, with the line that says so.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pymupdf
import pytest
from fake_server import FakeServer
from s3_server import BUCKET
from waiting import LONG

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMAND = re.compile(r"(?:^|[|&;] *)ocr2 ")
WAITS = re.compile(r"ocr2 (show|serve|watch)\b(?!.*--once)|--open\b")
NAMES = ("paper.pdf", "a.pdf", "book.pdf", "scan.pdf", "searchable.pdf", "examples/paper.pdf", "scans/one.pdf",
         "scans/2/two.pdf", "archive/one.pdf", "archive/2/two.pdf", "inbox/new.pdf")  # fmt: skip
ELSEWHERE = {
    r"bench --model random|--ray ": (None, ""),
    r"--shard auto": (2, "--shard auto"),
    r"set-thresholds": (2, "thresholds need 50 and 10 at least"),
    r"eval truth": (4, "have no prediction"),
    r"--gpus all": (5, "there is no CUDA device here"),
    r"(--model|pull) (text-layer\+)?(deepseek-ai|baidu)/": (5, "could not be downloaded"),
    r"pull model\.tar": (3, "model.tar does not exist"),
    r"--model DeepSeek-OCR-2": (5, "there is no model 'DeepSeek-OCR-2'"),
    r"https://example\.org": (4, "https://example.org/paper.pdf"),
}
"""What a command ends with and says where it cannot be had; None: it is not run, as it takes minutes, or waits for a
cluster."""


def commands(path: Path) -> list[str]:
    """The lines of a page's code blocks in which ocr2 is run, without prompts."""
    blocks = re.findall(r"```(?:console|sh)\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
    lines = (line.strip().removeprefix("$ ") for block in blocks for line in block.replace("\\\n", " ").splitlines())
    return [line for line in lines if COMMAND.search(line) and not line.startswith(("pip ", "docker "))]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The documents that the pages speak of, and `ocr2` on the path."""
    program = tmp_path / "bin/ocr2"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m ocr2cli "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    for name, value in {
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1",
        "HOME": str(tmp_path), "HF_HOME": str(tmp_path), "TMPDIR": str(tmp_path), "CUDA_VISIBLE_DEVICES": "",
        "BROWSER": "true", "INPUT": "a.pdf", "OUTPUT": "texts", "SLURM_ARRAY_TASK_ID": "0", "NO_COLOR": "1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    here = tmp_path / "here"
    for name in NAMES:
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        with pymupdf.open() as document:
            for number in (1, 2, 3):
                document.new_page().insert_text((72, 100), f"Page {number} of {name}, total 3.", fontsize=12)
            document.save(here / name)
    (here / "list.txt").write_text("a.pdf\n", encoding="utf-8")
    (here / "truth").mkdir()
    (here / "truth/one.md").write_text("Page 1 of one.\n", encoding="utf-8")
    shutil.copytree(here / "scans", here / "images")
    return here


@pytest.fixture
def server():
    """What `gpu-host` stands for."""
    running = FakeServer()
    yield running
    running.die()


def run(line: str, folder: Path) -> tuple[int, str]:
    """Exit code and what was said; one that waits for somebody is interrupted when it is ready."""
    feed = b"a.pdf\0" if "--files-from" in line else (folder / "a.pdf").read_bytes()
    (folder / "stdin").write_bytes(feed)
    with (folder / "stdin").open("rb") as stdin, (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            ["bash", "-c", f"set -o pipefail; {line}"], cwd=folder, stdin=stdin, stdout=said, stderr=said,
            start_new_session=True,
        )  # fmt: skip
        waits = WAITS.search(line) is not None
        end = time.monotonic() + LONG
        while process.poll() is None and time.monotonic() < end:
            if waits and re.search(rb"https?://127|watching|waiting", (folder / "said").read_bytes()):
                os.killpg(process.pid, signal.SIGINT)
                waits = False
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None
        process.wait()
    return process.returncode, (folder / "said").read_text(encoding="utf-8")


def unique() -> dict[Path, list[str]]:
    """Of each page the commands that no page before it has and `test_shell.py` does not run with its own files."""
    elsewhere = (ROOT / "tests/ocr2cli/test_shell.py").read_text(encoding="utf-8")
    seen = {line for path in PAGES for line in commands(path) if line in elsewhere}
    found: dict[Path, list[str]] = {}
    for path in PAGES:
        lines = [re.sub(r"\s+#.*", "", line) for line in commands(path)]
        found[path] = [line for line in dict.fromkeys(lines) if line not in seen]
        seen.update(lines)
    return {path: lines for path, lines in found.items() if lines}


LINES = unique()


@pytest.mark.skipif(shutil.which("bash") is None, reason="the commands are for a shell")
@pytest.mark.parametrize("path", LINES, ids=lambda path: path.stem)
def test_every_command_runs(path, folder, request):
    for line in LINES[path]:
        code, said = next((end for words, end in ELSEWHERE.items() if re.search(words, line)), (0, ""))
        if code is None:
            continue
        if "s3://" in line:
            server = request.getfixturevalue("s3")
            for name in ("scans/one.pdf", "2024-01/one.pdf", "inbox/one.pdf"):
                server.write(name, (folder / "a.pdf").read_bytes())
            line = line.replace("s3://archive", f"s3://{BUCKET}")
        if "gpu-host:8000" in line:
            line = line.replace("http://gpu-host:8000/v1", request.getfixturevalue("server").base)
        if missing := [tool for tool in ("jq", "pandoc", "rsync", "less") if tool in line and not shutil.which(tool)]:
            line = re.split(rf" *(?:&& |\|).*{missing[0]}", line)[0]
        end, told = run(line, folder)
        ended = (code, 130) if WAITS.search(line) else (code,)  # 130: it was interrupted
        assert end in ended and said in told, f"{line}\n{end}: {told}"
        assert "internal error" not in told and "Traceback" not in told, told
