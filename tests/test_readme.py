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
def test_every_file_of_the_tree_exists(folder):
    tree = re.search(rf"^{folder}/ .*?(?=^\w|^```)", README, re.MULTILINE | re.DOTALL)
    assert tree is not None
    names = re.findall(r"^  (\w+/)|(\w+\.py)", tree[0], re.MULTILINE)
    assert len(names) > 4
    assert [name for name in map("".join, names) if not (ROOT / folder / name).exists()] == []
