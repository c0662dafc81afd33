"""The lines of the recipes for a shell, each run in a shell as it stands there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RECIPES = (ROOT / "docs/recipes.md").read_text(encoding="utf-8")
SECTION = RECIPES[RECIPES.index("## Shell") :]
LINES = SECTION[SECTION.index("```sh\n") + 6 : SECTION.index("\n```\n")].splitlines()

DRY = "scans/b.pdf: 1 page -> texts/b.md\nscans/deep/c.pdf: 1 page -> texts/deep/c.md\n"
FILES = {  # what each line writes to stdout, and the files that it makes
    "cat a.pdf | ocr2 convert - > a.md": ("", {"a.md": "First page.\n\nThe total is 12.\n\nThe third page says so.\n"}),
    "ocr2 convert a.pdf -o - --pages 3 | less": ("The third page says so.\n", {}),
    "ocr2 convert a.pdf -o - --pages 2- | grep -n -i total": ("1:The total is 12.\n", {}),
    "find scans -name '*.pdf' -size -20M -print0 | ocr2 convert --files-from - --null -o texts": (
        None, {"texts/b.md": "Total: 99 in b\n", "texts/c.md": "Text of c\n"}
    ),
    "ocr2 convert scans -r -o texts --dry-run": (DRY, {}),
    """ocr2 convert scans -r -o texts --json -q | jq -r 'select(.status != "done") | .input'""": (
        "scans/broken.pdf\n", {"texts/b.md": "Total: 99 in b\n", "texts/deep/c.md": "Text of c\n"}
    ),
    "ocr2 convert @list.txt --preview -o texts && grep -l -i total texts/*.md": (
        "texts/a.md\ntexts/a/preview.html\ntexts/a/transcript.jsonl\ntexts/c.md\ntexts/c/preview.html\n"
        "texts/c/transcript.jsonl\ntexts/a.md\n", {}
    ),
    'ocr2 convert scans/*.pdf -o texts -q || echo "not all of it: exit code $?"': (
        "not all of it: exit code 4\n", {"texts/b.md": "Total: 99 in b\n"}
    ),
    "ocr2 watch inbox -o texts --done read --failed failed --once": (
        "texts/new.md\ntexts/new/transcript.jsonl\n", {"texts/new.md": "It came.\n"}
    ),
}  # fmt: skip
NOT_WHOLE = {"ocr2 convert scans -r -o texts --dry-run": 4}


@pytest.fixture
def shell(tmp_path, make_pdf):
    """Run a line in a folder with the documents that the recipes name; `ocr2` is this one, and reads text layers."""
    here = tmp_path / "here"
    make_pdf(here / "a.pdf", "First page.", "The total is 12.", "The third page says so.")
    make_pdf(here / "scans/b.pdf", "Total: 99 in b")
    make_pdf(here / "scans/deep/c.pdf", "Text of c")
    make_pdf(here / "inbox/new.pdf", "It came.")
    (here / "list.txt").write_text("a.pdf\nscans/deep/c.pdf\n")
    program = tmp_path / "bin/ocr2"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m ocr2cli "$@"\n')
    program.chmod(0o755)
    environment = os.environ | {
        "PATH": f"{program.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "OCR2_MODEL": "text-layer",
        "HOME": str(tmp_path), "LESS": "", "OCR2_SETTLE": "0.2",
    }  # fmt: skip

    def run(line):
        return subprocess.run(["bash", "-c", line], cwd=here, env=environment, capture_output=True, text=True)

    run.here = here  # type: ignore[attr-defined]
    return run


def test_every_line_is_tested():
    assert list(FILES) == LINES


@pytest.mark.parametrize("line", LINES)
def test_it_does_what_it_is_there_for(shell, line):
    missing = [tool for tool in ("less", "jq", "find") if re.search(rf"\b{tool}\b", line) and not shutil.which(tool)]
    if missing:
        pytest.skip(f"{missing} is not here")
    if "exit code" in line or "--json" in line or "--dry-run" in line:
        (shell.here / "scans/broken.pdf").write_text("not a PDF")
    done = shell(line)
    stdout, files = FILES[line]
    assert done.returncode == NOT_WHOLE.get(line, 0), done.stderr
    assert stdout is None or done.stdout == stdout
    assert {name: (shell.here / name).read_text() for name in files} == files
