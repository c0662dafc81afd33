"""What a shell may close, fill or end: descriptors, the folder for temporary files, the process itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from waiting import LONG

ROOT = Path(__file__).parents[2]
CONVERT = f"{sys.executable} -m ocr2cli convert -m text-layer"
SLOW = """
import time
import ocr2cli.batch.convert as batch
from pathlib import Path
from pipeline.text_layer.reading import TextLayerTranscriber
from pipeline.readers.choice import Choice

class Slow(TextLayerTranscriber):
    def transcribe(self, pages):
        for transcript in super().transcribe(pages):
            Path("asked").touch()
            time.sleep(60)
            yield transcript

batch.open_transcriber = lambda options: (Slow(), Choice(True, None))
from ocr2cli.app import main
if __name__ == "__main__":
    main()
"""


@pytest.fixture
def shell(ocr2, make_pdf):
    make_pdf(ocr2.folder / "a.pdf", "Some text.")

    def shell(command):
        return subprocess.run(
            ["bash", "-c", command], cwd=ocr2.folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=LONG,
            capture_output=True, text=True,
        )  # fmt: skip

    return shell


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_files_are_written_whatever_is_closed(shell, ocr2, closed):
    done = shell(f"{CONVERT} a.pdf -o out {closed}")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ("" if ">&- " in f"{closed} ".replace("2>&-", "") else "out/a.md\nout/a/transcript.jsonl\n")
    assert (ocr2.folder / "out/a.md").read_text() == "Some text.\n"
    assert sorted(path.name for path in (ocr2.folder / "out/a").iterdir()) == [".place.json", "transcript.jsonl"]


def test_text_for_a_closed_stdout_is_an_error(shell):
    done = shell(f"{CONVERT} a.pdf -o - >&-")
    assert done.returncode == 6
    assert done.stderr.splitlines()[-1] == "ocr2: standard output is closed: name a folder with -o, or open it"


def test_messages_do_not_go_to_stdout_where_stderr_is_closed(shell):
    done = shell(f"{CONVERT} a.pdf gone.pdf -o - 2>&-")
    assert (done.returncode, done.stdout) == (4, "Some text.\n")


def test_nothing_is_on_a_closed_stdin(shell):
    done = shell(f"{CONVERT} - -o out <&-")
    assert done.returncode == 3
    assert done.stderr.startswith("ocr2: standard input is empty: 0 bytes")


def test_standard_input_that_cannot_be_kept(shell, ocr2):
    done = shell(f"ulimit -f 1; trap '' XFSZ; head -c 5000 /dev/zero | {CONVERT} - -o -")
    assert done.returncode == 3
    assert "ocr2: standard input cannot be copied to /" in done.stderr
    assert "File too large; free some space there, or name another folder with TMPDIR\n" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_no_copy_of_the_document(ocr2, make_pdf, number):
    folder = ocr2.folder
    (folder / "tmp").mkdir()
    (folder / "slow.py").write_text(SLOW)
    with make_pdf(folder / "a.pdf", "Some text.").open("rb") as document:
        process = subprocess.Popen(
            [sys.executable, "slow.py", "convert", "-", "-o", "-"], cwd=folder, stdin=document,
            env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder / "tmp")}, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )  # fmt: skip
    while not (folder / "asked").exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    assert len(list((folder / "tmp").glob("ocr2-*.stdin"))) == 1
    process.send_signal(number)
    out, said = process.communicate(timeout=LONG)
    assert (process.returncode, out, said) == (128 + number, b"", b"")
    assert list((folder / "tmp").glob("*ocr2*")) == []
