"""A task of a job array that is given again: beside the one that still runs, and after one that was killed."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from waiting import until

from ocr2cli.batch.convert import convert
from ocr2cli.options import Options, Talk
from pipeline.reader_options import ReaderOptions

ROOT = Path(__file__).parents[3]
PAGES = {"a": 5, "b/a": 3, "c": 4, "d": 1}
# The command line, with a pause before each page, and a list of the pages that were begun. All wait while there are as
# many of them as a file `hold N` says.
PROGRAM = """
import os, sys, time
import ocr2cli.batch.openings as openings
from pipeline.text_layer.guarded import GuardedTextLayer

openings.PATIENCE, read = 0.2, GuardedTextLayer.transcribe

def slow(self, pages):
    def seen():
        for ref in pages:
            with open("begun", "a") as file:
                file.write(f"{os.getpid()} {ref.source.name} {ref.number}\\n")
            time.sleep(0.15)
            while os.path.exists(f"hold {len(open('begun').readlines())}"):
                time.sleep(0.01)
            yield ref
    return read(self, seen())

GuardedTextLayer.transcribe = slow
from ocr2cli.app import main
sys.exit(main())
"""
SLURM = {
    "SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_MIN": "7", "SLURM_ARRAY_TASK_MAX": "7", "SLURM_ARRAY_TASK_COUNT": "1"
}  # fmt: skip
KUBERNETES = {"JOB_COMPLETION_INDEX": "0", "JOB_COMPLETIONS": "1"}


@pytest.fixture
def start(tmp_path, make_pdf, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, pages in PAGES.items():
        make_pdf(tmp_path / f"archive/{name}.pdf", *(f"Page {number} of {name}." for number in range(1, pages + 1)))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SLURM", "JOB_"))}

    def start(job):
        arguments = ["convert", "archive", "-r", "-m", "text-layer", "-q", "--shard", "auto", "-o", "texts"]
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *arguments], cwd=tmp_path, text=True, stderr=subprocess.PIPE,
            env=environment | {"PYTHONPATH": str(ROOT)} | job,
        )  # fmt: skip

    return start


def begun(folder):
    """(process, document, page) of every page that somebody began to read."""
    there = folder / "begun"
    lines = there.read_text().splitlines() if there.exists() else []
    return [tuple(line.split()) for line in lines]


def tree(folder):
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".place.json")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def all_read(folder, killed):
    """Everything is there as a plain run leaves it; nothing was read twice but the last page of the killed task."""
    pages = Counter((name, page) for _, name, page in begun(folder))
    assert len(pages) == sum(PAGES.values())
    last = [(name, page) for process, name, page in begun(folder) if process == str(killed)][-1]
    assert {page for page, count in pages.items() if count > 1} <= {last}
    reading = ReaderOptions(model="text-layer")
    options = Options(recursive=True, reading=reading, talk=Talk.QUIET, output=Path("plain"))
    assert convert(["archive"], options) == 0
    assert tree(folder / "texts") == tree(folder / "plain")


def test_a_task_beside_its_twin_and_once_more_after_a_kill(start, tmp_path):
    (tmp_path / "hold 2").touch()  # until the twin has begun, too
    first = start(SLURM)
    until(lambda: len(begun(tmp_path)) >= 2)
    twin = start(SLURM)
    until(lambda: len(begun(tmp_path)) >= 7)
    first.kill()
    first.communicate()
    requeued = start(SLURM | {"SLURM_RESTART_COUNT": "1"})
    for task in (twin, requeued):
        assert (task.communicate()[1], task.returncode) == ("", 0)
    all_read(tmp_path, first.pid)


def test_a_pod_that_is_drained_and_made_anew(start, tmp_path):
    (tmp_path / "hold 7").touch()
    first = start(KUBERNETES)
    until(lambda: len(begun(tmp_path)) >= 7)
    first.terminate()
    again = start(KUBERNETES)  # while the first one may still be ending
    assert (first.communicate()[1], first.returncode) == ("", 128 + signal.SIGTERM)
    assert (again.communicate()[1], again.returncode) == ("", 0)
    all_read(tmp_path, first.pid)
