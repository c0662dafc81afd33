"""Documents that other projects had trouble with, in one batch: each does what the note on it says.

They are not ours to ship; the test looks for them in $OCR2_SHARED or the folder `shared` beside the repository.
"""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import LONG

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("OCR2_SHARED", ROOT.parent / "shared")) / "data"
INDEX = DATA / "INDEX.tsv"
PASSWORD = re.compile(r"password = (\S+)|user password: ([^\[]+?) *\[|user (?!password)(\w+)")
NOT_IN_THE_NOTES = ("usersecret", "S\u00aaSL\u00adprep")
DEVIATES = {
    # MuPDF would show the source of a file that is HTML by content; we say what it is.
    "gen__html_named.pdf",
}

pytestmark = pytest.mark.skipif(not (DATA / "nasty").is_dir(), reason="the documents are not there")


def notes():
    """(file name, kind, pages as told, note) of every nasty document."""
    if not INDEX.exists():
        return []
    with INDEX.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter="\t") if row and row[0].startswith("nasty/")]
    return [(row[0].removeprefix("nasty/"), row[6].removeprefix("nasty:"), row[5], row[-1]) for row in rows]


NOTES = notes()


def read_all(folder):
    """The rows of the JSON report, by name, of one batch over all of them, up to three pages each."""
    words = {word for *_, note in NOTES for found in PASSWORD.findall(note) for word in found if word}
    given = [part for word in sorted(words.union(NOT_IN_THE_NOTES)) for part in ("--password", word)]
    command = [sys.executable, "-m", "ocr2cli", "convert", *(str(DATA / "nasty" / name) for name, *_ in NOTES)]
    command += ["--pages", "-3", "-m", "text-layer", "-o", "out", "--json", *given]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, timeout=LONG)
    assert done.returncode == 4
    assert "Traceback" not in done.stderr and "internal error" not in done.stderr
    return {Path(row["input"]).name: row for row in map(json.loads, done.stdout.splitlines())}


def test_each_does_what_its_note_says(tmp_path):
    rows = read_all(tmp_path)
    there = sorted(path.name for path in (DATA / "nasty").iterdir())
    assert sorted(rows) == sorted(name for name, *_ in NOTES) == there
    found = {name: as_found(rows[name], kind, note, tmp_path) for name, kind, _, note in NOTES}
    told = {name: as_told(name, kind, pages, note) for name, kind, pages, note in NOTES}
    assert found == told


def as_told(name, kind, pages, note):
    """How many of its pages are read, what is in the text, and whether that is all of them."""
    if name in DEVIATES or "0 pages" in note or "does not open" in note:
        return "refused"
    count = re.search(r"(\d+) pages", note)
    told = min(int(pages or (count[1] if count else 0)), 3)
    return told or "read", "Hello, world!" if "Hello, world!" in note else "", kind == "long"


def as_found(row, kind, note, folder):
    if row["error"]:
        return "refused" if not row["files"] else row
    text = (folder / row["files"][0]).read_text(encoding="utf-8")
    marks = [int(number) for number in re.findall(r"^> \*\*Page (\d+) ", text, re.MULTILINE)]
    assert marks == [failed["page"] for failed in row["failed"]], row["input"]
    told = (marks, row["lost_pictures"], row["warnings"], row["unaccounted"])
    assert (row["status"] == "done") == (not any(told)), row["input"]
    known = re.search(r"\d+ pages", note) or next(n[2] for n in NOTES if n[0] == Path(row["input"]).name)
    greeting = "Hello, world!" if "Hello, world!" in text and "Hello, world!" in note else ""
    return row["pages"] if known else "read", greeting, kind == "long" and bool(text) and not marks
