"""Pipes: a reader that goes away, an interruption, and a process that is killed."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from waiting import LONG

ROOT = Path(__file__).parents[3]
NOISY = """
import ctypes, os
import ocr2cli.batch.convert as convert
from pipeline.text_layer.reading import TextLayerTranscriber
from pipeline.readers.choice import Choice

class Noisy(TextLayerTranscriber):
    def read(self, ref):
        print("noise of Python", flush=True)
        os.write(1, b"noise of a descriptor")
        os.system("echo noise of a child")
        libc = ctypes.CDLL(None)
        libc.puts(b"noise of C")
        libc.fflush(None)
        return super().read(ref)

convert.open_transcriber = lambda options: (Noisy(), Choice("noisy", ""))
from ocr2cli.app import main
main()
"""
SHELL = f"{sys.executable} -m ocr2cli convert --model text-layer"


def sentences(count):
    """Texts that have nothing in common, so that none of them is a running head."""
    draw = random.Random(1)
    return [" ".join("".join(draw.sample("abcdefghilmnorstu", 6)) for _ in range(8)) + "." for _ in range(count)]


@pytest.mark.parametrize("whole", [(), ("--whole",)])
def test_stdout_is_data_whatever_libraries_print(ocr2, make_pdf, whole):
    make_pdf(ocr2.folder / "a.pdf", "one", "two")
    done = subprocess.run(
        [sys.executable, "-c", NOISY, "convert", "a.pdf", "-o", "-", *whole], cwd=ocr2.folder, capture_output=True,
        text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=LONG,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "one\n\ntwo\n")
    assert done.stderr.count("noise of") == 8


def test_a_closed_pipe_ends_quietly(ocr2, make_pdf):
    for number, text in enumerate(sentences(20)):
        make_pdf(ocr2.folder / f"{number:02}.pdf", text)
    script = f"{SHELL} -q . -o - | head -c 10; code=${{PIPESTATUS[0]}}; echo; echo $code"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=ocr2.folder, timeout=LONG)
    assert (done.stdout, done.stderr) == (f"{sentences(1)[0][:10]}\n141\n", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_behind_stdout_is_told(ocr2, make_pdf):
    make_pdf(ocr2.folder / "a.pdf", "text")
    script = f"{SHELL} -q a.pdf -o - > /dev/full"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=ocr2.folder, timeout=LONG)
    said = "ocr2: standard output cannot be written: No space left on device; free some space\n"
    assert (done.returncode, done.stderr) == (6, said)


@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGKILL])
def test_after_an_interruption_the_same_command_ends_with_the_same_files(ocr2, make_pdf, kill):
    make_pdf(ocr2.folder / "a.pdf", *sentences(300))
    assert ocr2("convert", "a.pdf", "-o", "whole", "--model", "text-layer").returncode == 0
    assert all(text in (ocr2.folder / "whole/a.md").read_text() for text in sentences(300))
    command = [*SHELL.split(), "a.pdf", "-o", "out"]
    process = subprocess.Popen(command, cwd=ocr2.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    log = ocr2.folder / "out/a/transcript.jsonl"
    while process.poll() is None and (not log.exists() or log.read_bytes().count(b"\n") < 5):
        time.sleep(0.001)
    process.send_signal(kill)
    _, said = process.communicate(timeout=LONG)
    if kill is signal.SIGINT and process.returncode:
        assert (process.returncode, said) == (130, "ocr2: interrupted; the same command goes on from here\n")
    assert ocr2("convert", "a.pdf", "-o", "out", "--model", "text-layer").returncode == 0
    for name in ("a.md", "a/transcript.jsonl"):
        assert (ocr2.folder / "out" / name).read_bytes() == (ocr2.folder / "whole" / name).read_bytes()
