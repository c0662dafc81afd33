"""A process that is killed at any moment: the same command goes on, and in the end nobody can tell."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from waiting import until

from pipeline.record.log import read

ROOT = Path(__file__).parents[3]
KILLS = 50
PROGRAM = """
import os, sys, time
from ocr2cli.batch.batch import Batch
from ocr2cli.options import Options, Talk
from ocr2cli.inputs.plan import plan
from ocr2cli.telling.report import Report
from ocr2cli.telling.stdout import protected_stdout
from ocr2cli.record.target import Target
from pathlib import Path
from pipeline.text_layer.reading import TextLayerTranscriber

class Slow(TextLayerTranscriber):  # so that there are moments between the pages
    def transcribe(self, pages):
        for transcript in super().transcribe(pages):
            time.sleep(0.004)
            with open("asked", "a") as file:
                file.write(f"{transcript.ref.source.name} {transcript.ref.number}\\n")
            yield transcript
            while os.path.exists("hold") and len(open("asked").readlines()) >= 8:
                time.sleep(0.004)

def run(output):
    options = Options(output=Path(output), talk=Talk.QUIET)
    batch = plan(["in"], True)
    with protected_stdout() as out, Target(options.output) as target:
        report = Report(out, batch.inputs, options.talk)
        Batch(batch.jobs, options, Slow(), target, report).run()
        os._exit(report.exit_code)

for line in sys.stdin:  # each run is a process of its own, which has its imports from the start
    if not (child := os.fork()):
        os.dup2(2, 1)
        run(line.strip())
    print(child, flush=True)
    sys.stdin.readline()  # until it is asked for, one that has ended is there as a zombie, and can be killed
    print(os.waitpid(child, 0)[1], flush=True)
"""


class Runs:
    """Starts one process after the other; `end` waits for its exit status."""

    def __init__(self):
        self._parent = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], env=os.environ | {"PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def start(self, output):
        self._parent.stdin.write(f"{output}\n")
        self._parent.stdin.flush()
        return int(self._parent.stdout.readline())

    def end(self):
        self._parent.stdin.write("\n")
        self._parent.stdin.flush()
        return int(self._parent.stdout.readline())

    def close(self):
        self._parent.communicate()


@pytest.fixture
def runs(inputs):
    runs = Runs()
    yield runs
    runs.close()


@pytest.fixture
def inputs(tmp_path, make_pdf, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, pages in (("a", 6), ("deep/b", 9), ("c", 1), ("deep/a", 4)):
        make_pdf(Path(f"in/{name}.pdf"), *(f"Page {number} of {name}." for number in range(1, pages + 1)))
    make_pdf(Path("in/scan.pdf"), None, "", "text")
    return 6 + 9 + 1 + 4 + 3


def files(folder):
    found = {str(path.relative_to(folder)): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}
    return {name: data for name, data in found.items() if not Path(name).name.startswith(".")}


def test_killed_at_fifty_moments_and_in_the_end_the_same_files(runs):
    runs.start("whole")
    assert os.waitstatus_to_exitcode(runs.end()) == 4  # the scan has a page without text
    expected = files("whole")
    assert len(expected) == 10
    chance = random.Random(7)
    killed = tried = 0
    while killed < KILLS:
        tried += 1
        child = runs.start("out")
        time.sleep(chance.uniform(0, 0.12))
        os.kill(child, signal.SIGKILL)
        killed += runs.end() == signal.SIGKILL
        logs = sorted(Path("out").rglob("transcript.jsonl"))
        if tried % 2 and logs:  # else all would be done soon; also what a power cut may leave
            log = chance.choice(logs)
            data = log.read_bytes()
            log.write_bytes(data[: chance.randrange(len(data) + 1)] + b"\0" * chance.choice((0, 0, 40)))
        if tried % 9 == 0:
            shutil.rmtree("out", ignore_errors=True)
    runs.start("out")
    assert os.waitstatus_to_exitcode(runs.end()) == 4
    assert files("out") == expected
    assert list(Path("out").rglob("*.tmp")) == []  # of half files nothing is left, either


def test_no_page_that_is_in_the_record_is_read_again(runs, inputs):
    Path("hold").touch()
    child = runs.start("out")
    until(lambda: Path("asked").exists() and len(Path("asked").read_text().splitlines()) >= 8)
    os.kill(child, signal.SIGKILL)
    runs.end()
    Path("hold").unlink()
    kept = {
        f"{record.name} {number}"
        for log in Path("out").rglob("transcript.jsonl")
        if (record := read(log))
        for number in record.readings
    }
    assert len(kept) >= 7
    Path("asked").unlink()
    runs.start("out")
    runs.end()
    again = set(Path("asked").read_text().splitlines())
    assert len(again) + len(kept) == inputs
    assert not again & kept


def test_a_full_disk_ends_with_6_and_the_same_command_goes_on(ocr2, make_pdf, inputs):
    make_pdf(ocr2.folder / "long.pdf", *(f"{'A line of text. ' * 5} {n}" for n in range(60)))

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000))

    command = [sys.executable, "-m", "ocr2cli", "convert", "long.pdf", "-m", "text-layer", "-o", "out"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    full = subprocess.run(command, cwd=ocr2.folder, env=environment, preexec_fn=limit, capture_output=True, text=True)
    assert full.returncode == 6
    assert "ocr2: out/long/transcript.jsonl cannot be written: File too large; free it or choose" in full.stderr
    kept = read(ocr2.folder / "out/long/transcript.jsonl")
    assert kept is not None and 10 < len(kept.readings) < 60
    assert ocr2("convert", "long.pdf", "-m", "text-layer", "-o", "out").returncode == 0
    assert ocr2("convert", "long.pdf", "-m", "text-layer", "-o", "whole").returncode == 0
    assert files(ocr2.folder / "out") == files(ocr2.folder / "whole")
    lines = (ocr2.folder / "out/long/transcript.jsonl").read_text().splitlines()
    assert [json.loads(line)["page"] for line in lines] == list(range(1, 61))
