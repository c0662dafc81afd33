"""README names only what is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ocr2cli.app import READER_GONE
from pipeline.errors import ExitCode

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_it_is_short_enough_to_be_read():
    assert len(README.splitlines()) <= 200


def test_the_table_of_exit_codes_is_the_contract():
    codes = [int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)]
    assert codes == [*ExitCode, READER_GONE]


def test_every_option_exists():
    helps = "".join(
        subprocess.run(
            [sys.executable, "-m", "ocr2cli", command, "--help"],
            capture_output=True, text=True, check=True, env={"COLUMNS": "200", "PATH": "/usr/bin"},
        ).stdout
        for command in ("convert", "render", "watch", "doctor")
    )  # fmt: skip
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) - {"--index-url"}
    assert len(named) > 15
    assert {option for option in named if option not in helps} == set()


@pytest.mark.parametrize("folder", ["ocr2cli", "pipeline", "output"])
def test_the_tree_names_every_folder_and_no_other(folder):
    tree = re.search(rf"^{folder}/ .*\n((?:  .*\n)+)", README, re.MULTILINE)
    assert tree is not None
    there = {path.name for path in (ROOT / folder).iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert set(re.findall(r"(\w+)/", tree[1])) == there


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([\w./-]+)\)", README))))
def test_every_link_leads_somewhere(target):
    assert (ROOT / target).exists()


def test_the_session_shows_what_the_example_becomes(tmp_path):
    """The headings are those of the file, and end where the block does."""
    session = re.search(r"\$ ocr2 (convert \S+ -o out .*)\n[\s\S]*?grep '\^#' .* -n (\d)\n([\s\S]*?)```", README)
    assert session is not None
    words = session[1].replace("-o out", f"-o {tmp_path}").split()
    done = subprocess.run([sys.executable, "-m", "ocr2cli", *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    headings = [line for line in (tmp_path / "paper.md").read_text("utf-8").splitlines() if line.startswith("#")]
    assert headings[: int(session[2])] == session[3].splitlines()
