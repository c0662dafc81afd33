"""`--shard`: any number of parts, any number of times, into one output, which is then that of one plain run."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ocr2cli.batch.convert import convert
from ocr2cli.options import Options, Talk
from pipeline.errors import UserError
from pipeline.reader_options import ReaderOptions

OPTIONS = Options(
    recursive=True, reading=ReaderOptions(model="text-layer"), as_json=True, talk=Talk.QUIET, output=Path("plain")
)


@pytest.fixture
def archive(tmp_path, monkeypatch, make_pdf):
    monkeypatch.chdir(tmp_path)
    for number in range(9):
        make_pdf(tmp_path / f"archive/{number % 3}/d{number}.pdf", f"Document {number}")
    make_pdf(tmp_path / "archive/0/d0 copy.pdf", "Document 0")
    return tmp_path


@pytest.fixture
def read(capfd):
    """Read the archive, and name the documents that were read."""

    def run(**changes):
        capfd.readouterr()
        assert convert(["archive"], replace(OPTIONS, **changes)) == 0
        return [json.loads(line)["input"] for line in capfd.readouterr().out.splitlines()]

    return run


def tree(folder):
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".place.json")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_parts_in_any_number_and_order_make_the_whole(archive, read):
    everything = read()
    listed = [read(output=Path("parts"), shard=shard) for shard in ("2/3", "2/3", "1/3", "3/3")]
    assert tree(archive / "parts") == tree(archive / "plain")
    assert listed[0] == listed[1]
    assert sorted(listed[1] + listed[2] + listed[3]) == sorted(everything)
    before = tree(archive / "parts")
    read(output=Path("parts"), shard="1/2")
    assert tree(archive / "parts") == before


def test_parts_at_once(archive, read):
    read()
    command = [sys.executable, "-m", "ocr2cli", "archive", "-r", "-m", "text-layer", "-q", "-o", "parts"]
    running = [
        subprocess.Popen(
            [*command, "--shard", "auto"], cwd=archive, stderr=subprocess.PIPE,
            env=os.environ | {"JOB_COMPLETION_INDEX": str(index), "JOB_COMPLETIONS": "2"},
        )
        for index in range(2)
    ]  # fmt: skip
    assert [(each.communicate()[1], each.returncode) for each in running] == [(b"", 0)] * 2
    assert tree(archive / "parts") == tree(archive / "plain")


def test_a_part_without_documents_is_done(archive, read):
    listed = [read(output=Path("parts"), shard=f"{index}/60") for index in range(1, 61)]
    assert [] in listed
    assert len([name for names in listed for name in names]) == 10


def test_a_dry_run_tells_of_the_part_only(archive, read):
    found = [name for index in (1, 2, 3) for name in read(dry_run=True, shard=f"{index}/3")]
    assert len(found) == len(set(found)) == 10


def test_a_mistake_is_told_before_anything_is_looked_for():
    with pytest.raises(UserError, match="--shard 17/16: give a part"):
        convert(["nothing.pdf"], replace(OPTIONS, shard="17/16"))
