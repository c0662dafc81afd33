"""Several documents are written at once, in processes of their own, with the same bytes in the same order."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from waiting import LONG

from ocr2cli.batch import writers as module
from ocr2cli.batch.convert import convert
from ocr2cli.options import Extras, Format, Options
from ocr2cli.results.write import write_results
from pipeline.errors import ExitCode
from pipeline.reader_options import ReaderOptions

NAMES = [f"{number}.pdf" for number in range(5)]
BEFORE = Extras(frozenset({Format.MD, Format.JSON, Format.HTML}), preview=True)


@pytest.fixture
def documents(tmp_path, monkeypatch, make_pdf):
    monkeypatch.chdir(tmp_path)
    for number, name in enumerate(NAMES):
        make_pdf(Path(name), f"The page of document {number}", "and another")


def run(output, capfd):
    options = Options(output=Path(output), reading=ReaderOptions("text-layer"), extras=BEFORE)
    assert convert(NAMES, options) == ExitCode.DONE
    return [line.split("/", 1)[1] for line in capfd.readouterr().out.splitlines() if "/" in line]


def files(output):
    """All but the record, which has times."""
    found = {path.relative_to(output): path.read_bytes() for path in Path(output).rglob("*") if path.is_file()}
    return {path: data for path, data in found.items() if path.name not in ("transcript.jsonl", ".place.json")}


@pytest.fixture
def busy_here(monkeypatch):
    """What is written here takes until four others were written elsewhere."""
    written, submit = threading.Semaphore(0), module.Pool.submit

    def count(pool, function, *arguments):
        future = submit(pool, function, *arguments)
        future.add_done_callback(lambda _: written.release())
        return future

    def slow(place, *rest):
        for _ in range(4):
            assert written.acquire(timeout=LONG)
        return write_results(place, *rest)

    monkeypatch.setattr(module.Pool, "submit", count)
    monkeypatch.setattr(module, "write_results", slow)
    monkeypatch.setattr("ocr2cli.batch.batch.WRITERS", 3)


def test_the_files_are_those_of_one_writer(documents, capfd, monkeypatch, request):
    monkeypatch.setattr("ocr2cli.batch.batch.WRITERS", 1)
    expected = run("one", capfd)
    request.getfixturevalue("busy_here")
    assert run("three", capfd) == expected
    assert files("three") == files("one")
    assert len(files("one")) == 5 * 4


def test_a_document_whose_process_is_killed_is_written_here(documents, capfd, monkeypatch):
    monkeypatch.setattr("ocr2cli.batch.batch.WRITERS", 2)
    lost = threading.Event()

    submit = module.Pool.submit

    def kill(pool, function, *arguments):
        future = submit(pool, os._exit, 9)
        future.add_done_callback(lambda _: lost.set())
        return future

    def slow(place, *rest):
        assert lost.wait(LONG)
        return write_results(place, *rest)

    monkeypatch.setattr(module.Pool, "submit", kill)
    monkeypatch.setattr(module, "write_results", slow)
    run("out", capfd)
    assert all("The page of document" in Path(f"out/{number}.md").read_text() for number in range(5))
