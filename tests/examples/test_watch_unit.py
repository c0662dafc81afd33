"""The systemd unit is one that systemd takes, and its command line one that ocr2 takes."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "examples/watch/ocr2-watch.service"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_takes_it(tmp_path):
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("%h/.local/bin/ocr2", shutil.which("true")))  # where ocr2 may not be
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", str(unit)], env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_ocr2_takes_its_command_line(tmp_path):
    (command,) = re.findall(r"^ExecStart=\S+/ocr2 (.+)$", UNIT.read_text(), re.MULTILINE)
    (before,) = re.findall(r"^ExecStartPre=\+(.+)$", UNIT.read_text(), re.MULTILINE)
    home = tmp_path / "home"  # which is empty: the unit makes its own folders
    subprocess.run(shlex.split(before.replace("%h", str(home))), check=True)
    words = shlex.split(command.replace("%h", str(home)))
    done = subprocess.run(
        [sys.executable, "-m", "ocr2cli", *words, "--once", "-m", "text-layer"], cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(UNIT.parents[2])}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"watching {home}/Scans/in; results go to {home}/Scans/text" in done.stderr
    assert sorted(path.name for path in (home / "Scans").iterdir()) == ["done", "failed", "in", "text"]
