"""What a person sees on a terminal: the live line while it reads, and nothing of it afterwards."""

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from waiting import LONG

pty = pytest.importorskip("pty")  # Windows has none
fcntl, struct, termios = (pytest.importorskip(name) for name in ("fcntl", "struct", "termios"))

ROOT = Path(__file__).parents[3]
CODE = re.compile(r"\x1b\[(\??)(\d*)(?:;\d+)*([A-Za-z])")


class Terminal:
    """A process on a terminal with so many columns; `frames` are all the lines that it ever drew."""

    def __init__(self, folder, *arguments, columns=80, **environment):
        self._near, far = pty.openpty()
        fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        home = {"HOME": str(folder), "HF_HOME": str(folder), "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}
        base = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS", "LINES")}
        environment = base | home | {"TERM": "xterm", "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"} | environment
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ocr2cli", *arguments], cwd=folder, env=environment, start_new_session=True,
            stdin=far, stdout=far, stderr=far,
        )  # fmt: skip
        os.close(far)
        self.text = ""

    def read(self, until=None):
        """To the end, or until a pattern has come."""
        end = time.monotonic() + LONG
        while time.monotonic() < end and not (until and re.search(until, self.text)):
            if select.select([self._near], [], [], 0.2)[0]:
                data = b""
                with contextlib.suppress(OSError):  # the far end is closed
                    data = os.read(self._near, 1 << 16)
                if not data:
                    break
                self.text += data.decode()
        if until is None:
            self.process.wait(LONG)

    @property
    def frames(self):
        return [line for line in re.split(r"\r|\n", CODE.sub("", self.text)) if line]

    @property
    def screen(self):
        """The lines as they stand in the end; the cursor is at the end of the last one."""
        lines, row, column = [""], 0, 0
        for part in re.split(r"(\x1b\[\??[\d;]*[A-Za-z]|\r|\n)", self.text):
            if part == "\r":
                column = 0
            elif part == "\n":
                row += 1
                lines += [""] * (row + 1 - len(lines))
            elif found := CODE.fullmatch(part):
                if found[3] == "K":
                    lines[row] = ""
                elif found[3] == "A":
                    row -= int(found[2] or 1)
            elif part:
                lines[row] = lines[row][:column] + part + lines[row][column + len(part) :]
                column += len(part)
        return lines


@pytest.fixture
def pages(tmp_path, make_pdf):
    make_pdf(tmp_path / "a.pdf", *(f"This is page {number} of the document." for number in range(1, 31)))
    return tmp_path


def test_pages_are_counted_and_the_line_goes(pages):
    seen = Terminal(pages, "convert", "a.pdf", "-o", "out", "--model", "text-layer")
    seen.read()
    assert any(re.search(r"of 30 pages.*a\.pdf", frame) for frame in seen.frames)
    assert not [frame for frame in seen.frames if frame.rstrip().endswith(",")]
    *_, listed, summary, rest = seen.screen
    assert listed == "out/a.md"  # one line per document: people do not read lists of crops
    assert re.fullmatch(r"30 pages of 1 input \(30 by text-layer\); \d+\.\d s", summary)
    assert rest == ""


@pytest.mark.parametrize("columns", [20, 33])
def test_a_narrow_terminal_breaks_no_line(pages, columns):
    seen = Terminal(pages, "convert", "a.pdf", "-o", "out", "-q", "--model", "text-layer", "--password", "x")
    seen.read()
    assert seen.screen == [""]
    seen = Terminal(pages, "convert", "a.pdf", "-o", "new", "--model", "text-layer", columns=columns)
    seen.read()
    drawn = [frame for frame in seen.frames if "━" in frame or "╌" in frame or frame[0] in "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"]
    assert drawn
    assert max(map(len, drawn)) <= columns


def test_no_colours_where_none_are_wanted(pages):
    seen = Terminal(pages, "convert", "a.pdf", "-o", "out", "--model", "text-layer", NO_COLOR="1")
    seen.read()
    assert not [code for code in CODE.finditer(seen.text) if code[3] == "m" and code[2] not in ("", "0")]
    assert any("╌" in frame for frame in seen.frames)  # an empty bar can be seen


def test_a_dumb_terminal_gets_lines(pages):
    (pages / "a.pdf").rename(pages / "a\n\x1b[31m.pdf")  # nor does what a file is called get any further
    seen = Terminal(pages, "convert", ".", "-o", "out", "--model", "text-layer", TERM="dumb")
    seen.read()
    assert "\x1b" not in seen.text
    assert "out/a\\n\\x1b[31m.md\r\n" in seen.text


def test_watching_leaves_no_torn_prompt(pages):
    inbox = pages / "in"
    inbox.mkdir()
    (pages / "a.pdf").rename(inbox / "a.pdf")
    seen = Terminal(pages, "watch", "in", "-o", "out", "--settle", "0", "--model", "text-layer")
    seen.read(until=r"out/a\.md")
    time.sleep(0.5)
    before = len(seen.frames)
    seen.process.send_signal(signal.SIGINT)
    seen.read()
    assert not [frame for frame in seen.frames[before:] if frame[0] in "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"]
    *_, summary, rest = seen.screen
    assert summary.startswith("30 pages of 1 input (30 by text-layer); ")
    assert rest == ""
