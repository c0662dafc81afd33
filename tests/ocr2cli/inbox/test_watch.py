"""The watch folder, as processes: what is there, what arrives, what is broken, and two watchers at once."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pymupdf
import pytest
from waiting import LONG, until

ROOT = Path(__file__).parents[3]
FAST = ("-m", "text-layer", "-o", "out", "--settle", "0.2", "--patience", "1")


@pytest.fixture
def here(ocr2, monkeypatch):
    monkeypatch.chdir(ocr2.folder)
    Path("in").mkdir()
    return ocr2.folder


@pytest.fixture
def once(here, ocr2):
    """`ocr2 watch in … --once`: its exit code, the files that it lists, and what it says."""

    def run(*arguments):
        done = ocr2("watch", "in", *FAST, "--once", *arguments)
        return done.returncode, done.stdout.split(), done.stderr

    return run


@pytest.fixture
def watching(here):
    """Start `ocr2 watch in …`; all are stopped in the end."""
    running = []

    def start(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", "ocr2cli", "watch", "in", *FAST, *arguments], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}, errors="surrogateescape",
        )  # fmt: skip
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_half_a_file_that_opens_is_no_whole_document(once, make_pdf):
    """Of a copy that was broken off a repair makes a shorter document: it is read, and told."""
    data = make_pdf(Path("a.pdf"), *(f"Sentence {word}." for word in ("one", "other", "third"))).read_bytes()
    Path("in/half.pdf").write_bytes(data[: data.rindex(b"xref\n0 ")])
    code, files, said = once("--failed", "failed")
    assert (code, files[0]) == (4, "out/half.md")
    told = "the file ends too early, so pages may be missing: fetch or copy it again\n"
    assert f"half.pdf: {told}" in said
    assert Path("failed/half.pdf.error.txt").read_text().endswith(told)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\xef\xbb\xbf\n<!DOCTYPE html><title>404</title>", "HTML or XML"),
        (b"PK\x03\x04" + bytes(90), "a zip archive or an office document"),
        (b"Not found.\n", "neither a PDF nor an image"),
    ],
)
def test_a_file_of_another_format_is_not_waited_for(once, make_pdf, data, what):
    """A download that failed leaves a web page under the name of a PDF; patience is for copies that go on."""
    Path("in/a.pdf").write_bytes(data)
    make_pdf(Path("in/b.pdf"), "one")
    code, files, said = once("--failed", "failed", "--patience", "300")
    assert (code, files[0]) == (4, "out/b.md")
    line = f"a.pdf is {what}: ocr2 reads PDF, PNG, JPEG, TIFF and WebP, so convert it first\n"
    assert said.count(line) == 1
    assert Path("failed/a.pdf").read_bytes() == data
    assert Path("failed/a.pdf.error.txt").read_text().endswith(line)


def test_what_is_there_is_read_and_moved(once, make_pdf):
    make_pdf(Path("in/a.pdf"), "one")
    make_pdf(Path("in/deep/b.pdf"), "two")
    make_pdf(Path("in/deep/.hidden.pdf"), "three")
    code, files, _ = once("--recursive", "--done", "done", "--failed", "failed")
    assert code == 0
    assert files == ["out/a.md", "out/a/transcript.jsonl", "out/deep/b.md", "out/deep/b/transcript.jsonl"]
    assert Path("out/deep/b.md").read_text() == "two\n"
    assert sorted(str(path) for path in Path("done").rglob("*.pdf")) == ["done/a.pdf", "done/deep/b.pdf"]
    assert [path.name for path in Path("in").rglob("*.pdf")] == [".hidden.pdf"]
    assert not Path("failed").exists()


def test_no_bad_file_stops_it(watching, make_pdf):
    make_pdf(Path("in/a.pdf"), "good")
    make_pdf(Path("in/locked.pdf"), "x", encryption=5, user_pw="secret")
    Path("in/empty.pdf").touch()
    Path("in/half.pdf").write_bytes(Path("in/a.pdf").read_bytes()[:300])
    Path("in/lies.png").write_text("<html>no picture")
    make_pdf(Path("in/scan.pdf"), "text", None)
    odd = Path(os.fsdecode(b"in/odd\xff\n.pdf"))
    make_pdf(Path("z.pdf"), "odd name").rename(odd)
    os.mkfifo("in/pipe.pdf")
    Path("in/gone.pdf").symlink_to("nowhere.pdf")
    process = watching("--once", "--done", "done", "--failed", "failed")  # a name that is no UTF-8 is listed so
    _, said = process.communicate(timeout=LONG)
    assert process.returncode == 4
    done = sorted(os.fsencode(path.name) for path in Path("done").iterdir())
    assert done == [b"a.pdf", b"odd\xff\n.pdf"]
    failed = {path.name for path in Path("failed").iterdir()}
    bad = {"locked.pdf", "empty.pdf", "half.pdf", "lies.png", "scan.pdf"}
    assert failed == bad | {f"{name}.error.txt" for name in bad}
    assert "give its password with --password" in Path("failed/locked.pdf.error.txt").read_text()
    assert "is empty: 0 bytes" in Path("failed/empty.pdf.error.txt").read_text()
    assert "without readable pages" in Path("failed/half.pdf.error.txt").read_text()
    assert "page 2: the file has no usable text" in Path("failed/scan.pdf.error.txt").read_text()
    assert Path("out/scan.md").read_text().startswith("text\n")
    assert Path(os.fsdecode(b"out/odd\xff\n.md")).read_text() == "odd name\n"
    assert "Traceback" not in said


def test_files_are_read_as_they_arrive_and_when_they_are_whole(watching, make_pdf):
    process = watching("--done", "done", "--patience", "300")
    assert process.stderr.readline().startswith("watching in; ")
    make_pdf(Path("a.pdf"), "slowly copied")
    data = Path("a.pdf").read_bytes()
    with Path("in/a.pdf").open("wb") as file:
        for start in range(0, len(data), len(data) // 6 + 1):
            file.write(data[start : start + len(data) // 6 + 1])
            file.flush()
            time.sleep(0.1)
            assert not Path("out/a.md").exists()
    until(Path("done/a.pdf").exists)
    assert Path("out/a.md").read_text() == "slowly copied\n"
    make_pdf(Path("b.pdf"), "locked by its writer")
    with Path("b.pdf").open("rb") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        Path("b.pdf").rename("in/b.pdf")
        time.sleep(1.5)
        assert not Path("out/b.md").exists()
    until(Path("done/b.pdf").exists)
    make_pdf(Path("a.pdf"), "another of that name").rename("in/a.pdf")
    until(Path("done/a-2.pdf").exists)
    assert Path("out/a.md").read_text() == "slowly copied\n"
    assert Path("out/a-2.md").read_text() == "another of that name\n"
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=LONG)
    assert process.returncode == 0
    assert said.splitlines()[-1].startswith("3 pages of 3 inputs")


def test_without_done_files_stay_and_are_not_read_twice(once, make_pdf):
    make_pdf(Path("in/a.pdf"), "one")
    Path("in/bad.pdf").write_bytes(b"%PDF-1.7 no")
    assert once()[:2] == (4, ["out/a.md", "out/a/transcript.jsonl"])
    assert Path("out/bad.pdf.error.txt").exists()
    assert once()[:2] == (0, [])
    make_pdf(Path("in/a.pdf"), "changed since")
    assert once()[:2] == (0, ["out/a-2.md", "out/a-2/transcript.jsonl"])
    assert sorted(path.name for path in Path("in").glob("*.pdf")) == ["a.pdf", "bad.pdf"]


def test_two_watchers_never_read_a_file_twice(watching, make_pdf):
    for number in range(40):
        make_pdf(Path(f"in/{number:02}.pdf"), f"number {number}")
    watchers = [watching("--once", "--done", "done", "--poll", *extra) for extra in ((), ())]
    listed = [line for process in watchers for line in process.communicate(timeout=LONG)[0].split()]
    assert sorted(listed) == sorted(f"out/{n:02}{end}" for n in range(40) for end in (".md", "/transcript.jsonl"))
    assert len(list(Path("done").iterdir())) == 40
    assert list(Path("in").glob("*.pdf")) == []


SLOW = """
import sys, time
from pathlib import Path
import ocr2cli.inbox.watch as watch
from pipeline.text_layer.reading import TextLayerTranscriber
from pipeline.readers.choice import Choice

class Slow(TextLayerTranscriber):
    def transcribe(self, pages):
        for transcript in super().transcribe(pages):
            time.sleep(0.25)
            if b"break" in transcript.ref.source.path.read_bytes():
                raise RuntimeError("nobody foresaw this")
            Path("asked").open("a").write(f"{transcript.ref.number}\\n")
            while Path("hold").exists() and len(Path("asked").read_text().split()) >= 2:
                time.sleep(0.01)
            yield transcript

watch.open_transcriber = lambda options: (Slow(), Choice("slow", ""))
from ocr2cli.app import main
main()
"""


def slow(*arguments):
    return subprocess.Popen(
        [sys.executable, "-c", SLOW, "watch", "in", "-o", "out", "--settle", "0.1", "--patience", "1", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def pages_asked():
    return Path("asked").read_text().split() if Path("asked").exists() else []


def test_sigterm_ends_it_after_the_page_and_the_next_one_goes_on(here, make_pdf):
    make_pdf(Path("in/a.pdf"), *map(str, range(12)))
    Path("hold").touch()
    process = slow("--done", "done")
    until(lambda: len(pages_asked()) >= 2)
    process.terminate()
    Path("hold").unlink()
    _, said = process.communicate(timeout=LONG)
    assert process.returncode == 0, said
    assert 2 <= len(pages_asked()) <= 5
    assert not Path("out/a.md").exists()
    assert Path("in/a.pdf").exists()
    assert slow("--once", "--done", "done").wait(LONG) == 0
    assert pages_asked() == [str(number) for number in range(1, 13)]
    assert Path("done/a.pdf").exists()


def test_one_that_breaks_the_reader_fails_alone(here, make_pdf):
    make_pdf(Path("in/a.pdf"), "good")
    make_pdf(Path("in/b.pdf"), "bad")
    with Path("in/b.pdf").open("ab") as file:
        file.write(b"% break")
    make_pdf(Path("in/c.pdf"), "good too")
    process = slow("--once", "--done", "done", "--failed", "failed")
    _, said = process.communicate(timeout=LONG)
    assert process.returncode == 4, said
    assert sorted(path.name for path in Path("done").iterdir()) == ["a.pdf", "c.pdf"]
    assert "RuntimeError: nobody foresaw this" in Path("failed/b.pdf.error.txt").read_text()


def replaced(here, make_pdf, in_place):
    """Put another document in the place of the one that is being read."""
    new = make_pdf(Path("new.pdf"), *(f"new {number}" for number in range(3)))
    Path("in/a.pdf").write_bytes(new.read_bytes()) if in_place else new.rename("in/a.pdf")


@pytest.mark.parametrize("in_place", [True, False])
def test_a_file_that_is_replaced_while_it_is_read_is_read_as_it_is_then(here, make_pdf, in_place):
    make_pdf(Path("in/a.pdf"), *(f"old {number}" for number in range(6)))
    Path("hold").touch()
    process = slow("--once", "--done", "done", "--failed", "failed")
    until(lambda: len(pages_asked()) >= 2)
    replaced(here, make_pdf, in_place)
    Path("hold").unlink()
    out, said = process.communicate(timeout=LONG)
    assert process.returncode == 0, said
    assert "in/a.pdf changed while it was read: it is read again when it is whole\n" in said
    assert out.split() == ["out/a.md", "out/a/transcript.jsonl"]
    assert Path("out/a.md").read_text() == "new 0\n\nnew 1\n\nnew 2\n"
    with pymupdf.open("done/a.pdf") as moved:
        assert moved[2].get_text() == "new 2\n"
    assert not Path("failed").exists()
    assert "old" not in Path("out/a/transcript.jsonl").read_text()


def test_a_file_that_is_replaced_after_its_last_page_is_not_moved_unread(here, make_pdf):
    make_pdf(Path("in/a.pdf"), "old")
    program = SLOW.replace(
        "from ocr2cli.app",
        f"""
import ocr2cli.batch.writers as batch
import shutil
write = batch.write_results
def late(*arguments):
    done = write(*arguments)
    if Path("{here}/new.pdf").exists():
        Path("{here}/new.pdf").rename("in/a.pdf")
    return done
batch.write_results = late
from ocr2cli.app""",
    )
    make_pdf(Path("new.pdf"), "new")
    done = subprocess.run(
        [sys.executable, "-c", program, "watch", "in", "-o", "out", "--settle", "0.1", "--once", "--done", "done"],
        capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=LONG,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {path.read_text() for path in Path("out").glob("*.md")} == {"old\n", "new\n"}
    assert [path.name for path in Path("done").iterdir()] == ["a.pdf"]


def test_a_file_that_is_taken_away_while_it_is_read(here, make_pdf):
    make_pdf(Path("in/a.pdf"), *map(str, range(6)))
    Path("hold").touch()
    process = slow("--once", "--done", "done", "--failed", "failed")
    until(lambda: len(pages_asked()) >= 2)
    Path("in/a.pdf").unlink()
    Path("hold").unlink()
    _, said = process.communicate(timeout=LONG)
    assert "Traceback" not in said
    assert process.returncode in (0, 4)
    assert Path("out/a.md").exists() or Path("failed/a.pdf.error.txt").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none", "-o", "out"), "ocr2: none is not a folder: give the folder that documents arrive in"),
        (("in",), "ocr2: watch writes files: give a folder for them with -o DIR"),
        (("in", "-o", "in/out"), "ocr2: -o in/out is inside the inbox, so results would be read again: choose another"),
        (("in", "-o", "o", "--done", "in/d"), "ocr2: --done in/d is inside the inbox"),
    ],
)
def test_wrong_folders(here, ocr2, arguments, said):
    done = ocr2("watch", *arguments)
    assert done.returncode in (2, 3)
    assert done.stderr.startswith(said)


def test_two_watchers_and_two_documents_of_one_name_lose_neither(here, make_pdf):
    """The first one's round is long, and its last file has the name of one that the other has claimed meanwhile."""
    for number in range(6):
        make_pdf(Path(f"in/a{number}.pdf"), f"letter {number}")
    make_pdf(Path("in/report.pdf"), "the first report")
    make_pdf(Path("x.pdf"), "the other report").rename("in/report.tif")  # a PDF by content, whatever the suffix says
    rounds = SLOW.replace("from ocr2cli.app", "watch.ROUND = 7\nfrom ocr2cli.app")
    start = [sys.executable, "-c", rounds, "watch", "in", "-o", "out", "--settle", "0.1", "--poll", "--once"]
    watchers = [
        subprocess.Popen([*start, "--done", "done", "--failed", "failed"], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
        for _ in range(2)
    ]  # fmt: skip
    said = [process.communicate(timeout=LONG)[1] for process in watchers]
    assert [process.returncode for process in watchers] == [0, 0], said
    reports = {path.read_text() for path in Path("out").glob("report*.md")}
    assert reports == {"the first report\n", "the other report\n"}
    assert len(list(Path("out").glob("*.md"))) == len(list(Path("done").iterdir())) == 8
    assert not Path("failed").exists()


def test_nothing_is_kept_of_files_that_somebody_has_taken_away(once, make_pdf):
    for number in range(3):
        make_pdf(Path(f"in/{number}.pdf"), f"number {number}")
    assert once()[0] == 0
    assert len(list(Path("in/.ocr2").iterdir())) == 3
    Path("in/1.pdf").unlink()
    assert once()[:2] == (0, [])
    assert len(list(Path("in/.ocr2").iterdir())) == 2
    assert once()[:2] == (0, [])


def test_a_model_that_cannot_be_had_ends_the_service_and_leaves_the_files(here, make_pdf):
    for name in "ab":
        make_pdf(Path(f"in/{name}.pdf"), name)
    program = SLOW.replace("time.sleep(0.25)", "raise ModelError('there are no weights')")
    program = program.replace("import sys, time", "import sys, time\nfrom pipeline.errors import ModelError")
    done = subprocess.run(
        [sys.executable, "-c", program, "watch", "in", "-o", "out", "--settle", "0.1", "--json", "--failed", "failed"],
        capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=LONG,
    )  # fmt: skip
    assert done.returncode == 5
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["input"], row["status"]) for row in rows] == [("in/a.pdf", "failed"), ("in/b.pdf", "failed")]
    *_, summary, last = done.stderr.splitlines()
    assert summary.startswith("0 pages of 2 inputs; 2 inputs not converted")
    assert last == "ocr2: there are no weights"
    assert sorted(path.name for path in Path("in").glob("*.pdf")) == ["a.pdf", "b.pdf"]


def test_a_markdown_of_somebody_else_is_passed_over(once, make_pdf):
    make_pdf(Path("in/notes.pdf"), "the scan")
    Path("out").mkdir()
    Path("out/notes.md").write_text("mine")
    code, files, _ = once("--done", "done")
    assert (code, files[0]) == (0, "out/notes-2.md")
    assert Path("out/notes.md").read_text() == "mine"
