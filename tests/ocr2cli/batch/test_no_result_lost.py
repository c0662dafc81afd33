"""No result is replaced by another one, and no document's failure is another's: in turn, and as processes at once."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import LONG

from ocr2cli.batch.convert import convert
from ocr2cli.options import Options, Talk
from pipeline.errors import ExitCode, ModelError
from pipeline.reader_options import ReaderOptions
from pipeline.readers.choice import Choice
from pipeline.record.writing import NoRoomError

ROOT = Path(__file__).parents[3]
READ = ("-m", "text-layer")


def test_another_document_of_the_name_gets_the_next_one_and_is_told(ocr2, make_pdf):
    for name in ("x", "y"):
        make_pdf(ocr2.folder / name / "letter.pdf", f"The letter of {name}.")
    said = [ocr2("convert", f"{name}/letter.pdf", "-o", "out", *READ) for name in ("x", "y", "x", "y")]
    assert [done.stdout.split()[0] for done in said] == ["out/letter.md", "out/letter-2.md"] * 2
    assert "y/letter.pdf: out/letter is another document's; this one goes to out/letter-2\n" in said[1].stderr
    assert "another document's" not in said[2].stderr
    assert (ocr2.folder / "out/letter.md").read_text() == "The letter of x.\n"
    assert (ocr2.folder / "out/letter-2.md").read_text() == "The letter of y.\n"


def test_standard_input_is_another_document_each_time(ocr2, make_pdf):
    first, second = (make_pdf(ocr2.folder / f"{n}.pdf", f"Number {n}.").read_bytes() for n in (1, 2))
    for data in (first, second, first):
        assert ocr2("convert", "-", "-o", "out", *READ, stdin=data).returncode == 0
    assert (ocr2.folder / "out/stdin.md").read_text() == "Number 1.\n"
    assert (ocr2.folder / "out/stdin-2.md").read_text() == "Number 2.\n"


def test_side_by_side_no_result_is_lost(ocr2, make_pdf):
    """`find … | parallel ocr2 convert {} -o out`, where four documents have one name."""
    for name in "abcd":
        make_pdf(ocr2.folder / name / "letter.pdf", *(f"Page {n} of {name}." for n in range(5)))
    start = [sys.executable, "-m", "ocr2cli", "convert", "-o", "out", *READ]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    runs = [subprocess.Popen([*start, f"{n}/letter.pdf"], cwd=ocr2.folder, env=environment, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE) for n in "abcd"]  # fmt: skip
    ends = [(*run.communicate(timeout=LONG), run.returncode) for run in runs]
    assert [(err.splitlines()[-1].split(";")[0], code) for _, err, code in ends] == [
        ("5 pages of 1 input (5 by text-layer)", 0)
    ] * 4
    assert len({out for out, _, _ in ends}) == 4
    found = sorted(path.read_text() for path in (ocr2.folder / "out").glob("*.md"))
    assert found == ["\n\n".join(f"Page {n} of {name}." for n in range(5)) + "\n" for name in "abcd"]
    assert list((ocr2.folder / "out").rglob("*.tmp")) == []


def test_a_markdown_that_was_corrected_stays_until_asked(ocr2, make_pdf):
    make_pdf(ocr2.folder / "a.pdf", "One mistke.")
    run = ("convert", "a.pdf", "-o", "out", *READ)
    ocr2(*run)
    markdown = ocr2.folder / "out/a.md"
    markdown.write_text("One mistake.\n")
    refused = "ocr2: out/a.md was changed since ocr2 wrote it; --force writes it anew, or use another folder with -o\n"
    for command in (run, ("render", "out/a")):
        done = ocr2(*command)
        assert (done.returncode, done.stdout) == (6, "")
        assert done.stderr.startswith(refused)
        assert markdown.read_text() == "One mistake.\n"
    assert ocr2("render", "out/a", "--force").returncode == 0
    assert markdown.read_text() == "One mistke.\n"
    assert ocr2(*run).returncode == ocr2("render", "out/a", "--tables", "markdown").returncode == 0
    markdown.write_text("One mistake.\n")
    assert ocr2(*run, "--force").returncode == 0
    assert markdown.read_text() == "One mistke.\n"


@pytest.fixture
def three(tmp_path, monkeypatch, make_pdf):
    monkeypatch.chdir(tmp_path)
    return [str(make_pdf(Path(f"{name}.pdf"), f"One of {name}.", f"Two of {name}.")) for name in "abc"]


@pytest.fixture
def reads(monkeypatch, recorded_reader):
    """Let convert read with this stand-in, and give its exit code or what it raises, with the JSON lines."""

    def use(reader, *names, capfd):
        monkeypatch.setattr("ocr2cli.batch.convert.open_transcriber", lambda _: (reader, Choice(False, "x")))
        capfd.readouterr()
        options = Options(output=Path("out"), as_json=True, talk=Talk.NORMAL, reading=ReaderOptions("nano"))
        try:
            end = convert(list(names), options)
        except (ModelError, NoRoomError) as error:
            end = error
        out, err = capfd.readouterr()
        return end, {row["input"]: row for row in map(json.loads, out.splitlines())}, err

    return use


def texts():
    return {path.name: path.read_text() for path in sorted(Path("out").glob("*.md")) if path.is_file()}


def test_a_touched_record_fails_alone(three, reads, recorded_reader, capfd):
    class Touching(recorded_reader):
        def read(self, ref):
            if (ref.source.name, ref.number) == ("b.pdf", 2):
                Path("out/b/transcript.jsonl").write_bytes(b"")
            return super().read(ref)

    end, rows, _ = reads(Touching({1: "One.", 2: "Two."}), *three, capfd=capfd)
    assert end is ExitCode.PARTLY
    assert [row["status"] for row in rows.values()] == ["done", "failed", "done"]
    assert "was changed by another program" in rows["b.pdf"]["error"]
    assert list(texts()) == ["a.md", "c.md"]
    assert reads(recorded_reader({1: "One.", 2: "Two."}), *three, capfd=capfd)[0] is ExitCode.DONE
    assert len(texts()) == 3


def test_an_obstacle_at_one_place_fails_alone(three, reads, recorded_reader, capfd):
    Path("out/a.md").mkdir(parents=True)
    end, rows, _ = reads(recorded_reader({1: "One.", 2: "Two."}), *three, capfd=capfd)
    assert end is ExitCode.PARTLY
    assert rows["a.pdf"]["error"].startswith("out/a.md is there already and was not written by ocr2")
    assert list(texts()) == ["b.md", "c.md"]


def test_an_obstacle_that_comes_meanwhile_fails_alone(three, reads, recorded_reader, capfd):
    class Building(recorded_reader):
        def read(self, ref):
            if ref.source.name == "b.pdf":
                Path("out/b.md").mkdir(exist_ok=True)
            return super().read(ref)

    end, rows, _ = reads(Building({1: "One.", 2: "Two."}), *three, capfd=capfd)
    assert end is ExitCode.PARTLY
    assert "out/b.md: a folder of that name is in the way" in rows["b.pdf"]["error"]
    assert list(texts()) == ["a.md", "c.md"]


def test_an_input_that_cannot_be_read_to_its_end_fails_alone(three, reads, recorded_reader, capfd, monkeypatch):
    """A bad sector, or a network share that went away: no error of the place for results, though it has its number."""
    from pipeline.record import work

    digest = work.digest

    def broken(path):
        if path.name == "a.pdf":
            raise OSError(errno.EIO, "Input/output error")
        return digest(path)

    monkeypatch.setattr(work, "digest", broken)
    end, rows, _ = reads(recorded_reader({1: "One.", 2: "Two."}), *three, capfd=capfd)
    assert end is ExitCode.PARTLY
    assert rows["a.pdf"]["error"] == "a.pdf cannot be read: input/output error"
    assert list(texts()) == ["b.md", "c.md"]


def test_a_document_that_is_replaced_meanwhile_fails_alone(three, reads, recorded_reader, capfd, make_pdf):
    class Replacing(recorded_reader):
        def read(self, ref):
            if (ref.source.name, ref.number) == ("b.pdf", 2):
                make_pdf(Path("new.pdf"), "Another one.").replace("b.pdf")
            return super().read(ref)

    end, rows, _ = reads(Replacing({1: "One.", 2: "Two."}), *three, capfd=capfd)
    assert end is ExitCode.PARTLY
    assert rows["b.pdf"]["error"] == "b.pdf changed while it was read: give the command again"
    assert list(texts()) == ["a.md", "c.md"]
    assert reads(recorded_reader({1: "New."}), "b.pdf", capfd=capfd)[0] is ExitCode.DONE
    assert texts()["b.md"] == "New.\n"
    assert len(Path("out/b/transcript.jsonl").read_bytes().splitlines()) == 1


def test_answers_that_nobody_asked_for_are_left_out(three, reads, recorded_reader, capfd):
    from dataclasses import replace

    class Chatty(recorded_reader):
        def transcribe(self, pages):
            for page in super().transcribe(pages):
                strange = replace(page.ref, source=replace(page.ref.source, name="another"))
                yield from (page, replace(page, text="again"), replace(page, ref=strange))

    assert reads(Chatty({1: "One.", 2: "Two."}), *three, capfd=capfd)[0] is ExitCode.DONE
    assert texts()["c.md"] == "One.\n\nTwo.\n"


def test_stopped_before_the_first_page_of_another_model_the_record_is_as_it_was(
    three, reads, recorded_reader, crashing_reader, capfd
):
    reads(recorded_reader({1: "One.", 2: "Two."}), "a.pdf", capfd=capfd)
    before = Path("out/a/transcript.jsonl").read_bytes(), Path("out/a.md").read_bytes()
    with pytest.raises(RuntimeError):
        reads(crashing_reader({}, name="other", settings="other/1", at=1), "a.pdf", capfd=capfd)
    assert (Path("out/a/transcript.jsonl").read_bytes(), Path("out/a.md").read_bytes()) == before


@pytest.mark.parametrize("kind", [ModelError, NoRoomError])
def test_what_ends_the_run_is_told_of_every_input(three, reads, recorded_reader, capfd, kind):
    class Ending(recorded_reader):
        def read(self, ref):
            if ref.source.name == "b.pdf":
                raise kind("there is nothing to go on with")
            return super().read(ref)

    end, rows, said = reads(Ending({1: "One.", 2: "Two."}), *three, capfd=capfd)
    assert isinstance(end, kind)
    assert [rows[name]["status"] for name in three] == ["done", "failed", "failed"]
    assert rows["c.pdf"]["error"] == "c.pdf was not converted: there is nothing to go on with"
    *_, named, summary = said.splitlines()
    assert named == "ocr2: not converted: b.pdf, c.pdf"
    assert summary.startswith("2 pages of 3 inputs (2 by recorded); 2 inputs not converted")
    assert "nothing to go on with" not in said, "the process says it, as its last line"
    assert list(texts()) == ["a.md"]


def test_halves_of_files_of_a_killed_run_are_removed(three, reads, recorded_reader, capfd):
    Path("out/a").mkdir(parents=True)
    Path("out/a/.0123456789abcdef.tmp").write_text("half a picture")
    assert reads(recorded_reader({1: "One.", 2: "Two."}), "a.pdf", capfd=capfd)[0] is ExitCode.DONE
    assert sorted(path.name for path in Path("out/a").iterdir()) == [".place.json", "transcript.jsonl"]


def test_files_are_the_same_however_python_hashes(ocr2, examples):
    """Each process iterates over sets in an order of its own."""
    for seed in "12":
        formats = ("--format", "md,json,html")
        done = ocr2("convert", examples / "paper.pdf", "-o", f"out{seed}", *formats, *READ, PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stderr
    first, second = (
        {path.name: path.read_bytes() for path in (ocr2.folder / f"out{seed}").rglob("[!.]*") if path.is_file()}
        for seed in "12"
    )
    assert first == second
    assert {"paper.md", "transcript.jsonl", "document.html"} <= first.keys()
