"""Documents and results in a bucket: what holds on a disk holds there, with a bad network, kills, and other runs."""

from __future__ import annotations

import base64
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from s3_server import every
from waiting import LONG, until

from ocr2cli import api
from ocr2cli.batch.batch import Batch
from ocr2cli.inputs.plan import plan
from ocr2cli.options import Extras, Options
from ocr2cli.record.target import Target
from pipeline.errors import UserError
from pipeline.record.shared import bucket as buckets
from pipeline.record.shared import run as runs
from pipeline.record.writing import OutputError
from pipeline.stores.urls import shown
from pipeline.text_layer.reading import TextLayerTranscriber

pytest.importorskip("obstore", reason="the extra ocr2[stores] is not installed")

from tests.support.drawn import pictured_page

ROOT = Path(__file__).parents[3]
KILLS = 6
PAGES = {"a": 6, "deep/b": 9, "c": 1, "deep/a": 4}


@pytest.fixture
def documents(s3, make_pdf, tmp_path, monkeypatch):
    """A tree of documents, on disk as `in` and in the bucket below a prefix of its own."""
    monkeypatch.chdir(tmp_path)
    base = f"{tmp_path.name}-{random.randrange(1 << 30)}"
    for name, pages in PAGES.items():
        texts = [f"Page {number} of {name}." for number in range(1, pages + 1)]
        s3.write(f"{base}/in/{name}.pdf", make_pdf(Path(f"in/{name}.pdf"), *texts, None).read_bytes())
    s3.write(f"{base}/in/notes.txt", b"no document")
    return base


class Told:
    """Hears everything, and remembers it."""

    def __init__(self):
        self.notes, self.outcomes = [], {}

    def note(self, text):
        self.notes.append(text)

    def begun(self, name, missing, wanted):
        pass

    def writing(self, name):
        pass

    def step(self, pages):
        pass

    def page(self, page):
        pass

    def finished(self, outcome, text=None, kind="markdown"):
        self.outcomes[outcome.name] = outcome


class Reader(TextLayerTranscriber):
    """Remembers what it was asked for; `met`, if given, is called when it has read its first page."""

    def __init__(self, met=None):
        super().__init__()
        self.asked, self.met = [], met

    def transcribe(self, pages):
        for transcript in super().transcribe(pages):
            self.asked.append((transcript.ref.source.name, transcript.ref.number))
            if self.met and len(self.asked) == 1:
                self.met()
            yield transcript


def read(base, output, reader, inputs="in", **options):
    told = Told()
    with Target(Path(output)) as target:
        jobs = plan([f"s3://bucket/{base}/{inputs}" if base else inputs], True).jobs
        Batch(jobs, Options(extras=Extras(frozenset({"md", "json"})), **options), reader, target, told).run()
    return told


def without_names(files, base):
    """Records say where a document came from; that is the one difference there may be."""
    lie, lay = '"name": "in/', f'"name": "s3://bucket/{base}/in/'
    # An address, the way from the record to the document, or, of what a machine has put into a bucket, from its input.
    lies = re.compile(r'"source": "(?:(?:[^"]*/)?in/)?')
    return {
        name: lies.sub('"source": "in/', data.decode().replace(lay, lie)).encode() if name.endswith("jsonl") else data
        for name, data in files.items()
    }


def on_disk(folder):
    found = {path.relative_to(folder).as_posix(): path for path in Path(folder).rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not path.name.startswith(".")}


def test_a_bucket_gets_what_a_disk_gets_over_a_bad_network(s3, documents, monkeypatch):
    read(None, "out", Reader())
    monkeypatch.setattr(s3, "fault", every(9, "503", "cut", "lost"))
    first = Reader()
    told = read(documents, f"s3://bucket/{documents}/out", first)
    assert {what for what, count in s3.faults.items() if count} >= {"503", "cut", "lost"}
    assert without_names(s3.files(f"{documents}/out/"), documents) == without_names(on_disk("out"), documents)
    assert {outcome.error for outcome in told.outcomes.values()} == {None}
    markdown, *_ = told.outcomes[f"s3://bucket/{documents}/in/a.pdf"].files
    assert shown(markdown) == f"s3://bucket/{documents}/out/a.md"
    again = Reader()
    read(documents, f"s3://bucket/{documents}/out", again)
    assert (len(first.asked), again.asked) == (24, [])
    assert s3.keys(f"{documents}/out/.ocr2/") == []


def test_from_a_bucket_to_a_disk_and_the_other_way(s3, documents):
    read(documents, "out", Reader())
    read(None, f"s3://bucket/{documents}/out", Reader())
    assert without_names(on_disk("out"), documents) == without_names(s3.files(f"{documents}/out/"), documents)


def test_a_machine_that_has_the_same_documents_elsewhere_goes_on_and_waits(s3, documents, make_pdf, monkeypatch):
    """Another mount, the same bytes: nothing is read twice, no second place is made, and no folder is named."""
    monkeypatch.setattr("ocr2cli.batch.openings.PATIENCE", 0.05)
    out, deep = f"s3://bucket/{documents}/out", f"s3://bucket/{documents}/deep"
    read(None, deep, Reader(), "in/deep")
    Path("elsewhere/mount").mkdir(parents=True)
    Path("in").rename("elsewhere/mount/in")
    other = Reader()
    read(None, deep, other, str(Path("elsewhere/mount/in/deep").absolute()))
    assert other.asked == []
    record = json.loads(s3.read(f"{documents}/deep/b/transcript.jsonl").splitlines()[0])
    state = json.loads(s3.read(f"{documents}/deep/b/.place.json"))
    assert (record["source"], state["source"]) == ("b.pdf", "b.pdf")
    target, work = claimed(documents, inputs=["elsewhere/mount/in/a.pdf"])
    Path("third/in").mkdir(parents=True)
    Path("elsewhere/mount/in/a.pdf").rename("third/in/a.pdf")
    reading = threading.Thread(target=read, args=(None, out, other, "third/in"))
    reading.start()
    time.sleep(0.5)
    assert (reading.is_alive(), other.asked) == (True, [])
    work.close()
    reading.join()
    assert len(other.asked) == 7
    target.ground.close()
    assert [key for key in s3.keys(f"{documents}/out/") if key.endswith(".md")] == [f"{documents}/out/a.md"]
    make_pdf(Path("third/in/a.pdf"), "Another machine's document of that name.")
    told = read(None, out, Reader(), "third/in")
    assert told.notes == []  # where this machine had it before, it is a new version
    Path("third").rename("fourth")
    make_pdf(Path("fourth/in/a.pdf"), "A fourth machine's document of that name.")
    told = read(None, out, Reader(), "fourth/in")
    assert f"this one goes to {out}/a-2" in told.notes[0]


def test_two_runs_share_the_work_and_both_have_all_of_it(s3, documents, monkeypatch):
    monkeypatch.setattr("ocr2cli.batch.openings.PATIENCE", 0.1)
    monkeypatch.setattr("ocr2cli.batch.openings.AHEAD", 1)  # with four, one run would have them all
    both = threading.Barrier(2)  # neither reads on before the other one has begun
    readers, told = [Reader(lambda: both.wait(LONG)) for _ in range(2)], []

    def work(reader):
        told.append(read(documents, f"s3://bucket/{documents}/out", reader))

    threads = [threading.Thread(target=work, args=(reader,)) for reader in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asked = [page for reader in readers for page in reader.asked]
    assert (len(asked), len(set(asked))) == (24, 24)
    assert min(len(reader.asked) for reader in readers) > 0
    for each in told:
        assert [(len(each.outcomes), outcome.error) for outcome in each.outcomes.values()] == [(4, None)] * 4
    read(None, "out", Reader())
    assert without_names(s3.files(f"{documents}/out/"), documents) == without_names(on_disk("out"), documents)


# The command line on a machine of the name in the first argument, with a pause behind each page. Behind the first it
# waits for the file `go`; it says which pages it has read.
MACHINE = """
import socket, sys, time
from pathlib import Path
import ocr2cli.batch.openings as openings
from pipeline.text_layer.guarded import GuardedTextLayer

name = sys.argv.pop(1)
socket.gethostname = lambda: name
openings.PATIENCE, openings.AHEAD, read = 0.1, 1, GuardedTextLayer.transcribe

def slow(self, pages):
    for page in read(self, pages):
        time.sleep(0.03)
        print("read", page.ref.source.name, page.ref.number, file=sys.stderr)
        Path(f"begun-{name}").touch()
        while not Path("go").exists():
            time.sleep(0.03)
        yield page

GuardedTextLayer.transcribe = slow
from ocr2cli.app import main
sys.exit(main())
"""


def test_the_same_command_on_two_machines_is_one_run(s3, documents):
    """Processes of their own, with host names of their own: they know of each other what the bucket says."""
    url = f"s3://bucket/{documents}"
    command = ["convert", f"{url}/in", "-r", "-m", "text-layer", "--format", "md,json", "-o", f"{url}/out", "-q"]
    machines = [
        subprocess.Popen(
            [sys.executable, "-c", MACHINE, name, *command], env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True,
            stderr=subprocess.PIPE,
        )
        for name in ("left", "right")
    ]  # fmt: skip
    until(lambda: len(list(Path().glob("begun-*"))) == 2 or any(machine.poll() is not None for machine in machines))
    hosts = {json.loads(s3.read(key))["host"] for key in s3.keys(f"{documents}/out/.ocr2/runs/")}
    Path("go").touch()
    said = [machine.communicate()[1].splitlines() for machine in machines]
    assert [machine.returncode for machine in machines] == [4, 4], said  # the last page of each has no text
    asked = [[line for line in lines if line.startswith("read ")] for lines in said]
    assert hosts == {"left", "right"}
    assert (len(asked[0] + asked[1]), len({*asked[0], *asked[1]})) == (24, 24)
    assert all(asked)
    assert s3.keys(f"{documents}/out/.ocr2/") == []
    read(None, "out", Reader())
    assert without_names(s3.files(f"{documents}/out/"), documents) == without_names(on_disk("out"), documents)


def test_killed_at_any_moment_and_in_the_end_the_same_files(s3, documents):
    """Kill -9, also while it puts; the next run finds what is whole, and reads the rest."""
    program = (
        "import sys, time; from datetime import timedelta; from pathlib import Path\n"
        "import pipeline.record.shared.bucket as b, pipeline.record.shared.run as r, ocr2cli.batch.openings as o\n"
        "import os; import obstore, pymupdf\n"
        "b.TICK, r.BEAT, r.DEAD, o.PATIENCE = 0.05, 0.2, timedelta(seconds=1.5), 0.2\n"
        "from ocr2cli.batch.convert import convert; from ocr2cli.options import Options, Talk\n"
        "from pipeline.reader_options import ReaderOptions\n"
        "from pipeline.text_layer.guarded import GuardedTextLayer as G\n"
        "read = G.transcribe\n"
        "def slow(self, pages):\n"
        "    for page in read(self, pages):\n"
        "        time.sleep(0.03); yield page\n"
        "G.transcribe = slow\n"
        "options = Options(output=Path(sys.argv[2]), recursive=True, talk=Talk.QUIET,"
        " reading=ReaderOptions('text-layer'))\n"
        "for line in sys.stdin:\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        os._exit(convert([sys.argv[1]], options))\n"
        "    print(child, flush=True)\n"
        "    sys.stdin.readline()  # until asked for, one that has ended is a zombie, and can be killed\n"
        "    print(os.waitpid(child, 0)[1], flush=True)\n"
    )
    url = f"s3://bucket/{documents}"
    parent = subprocess.Popen(
        [sys.executable, "-c", program, f"{url}/in", f"{url}/out"], env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    chance, killed = random.Random(5), 0
    while killed < KILLS:
        parent.stdin.write("\n")
        parent.stdin.flush()
        child = int(parent.stdout.readline())
        time.sleep(chance.uniform(0.1, 0.7))
        os.kill(child, signal.SIGKILL)
        parent.stdin.write("\n")
        parent.stdin.flush()
        status = int(parent.stdout.readline())
        killed += status == signal.SIGKILL
        if status != signal.SIGKILL:
            for key in chance.sample(s3.keys(f"{documents}/out/"), 3):
                s3.client.delete_object(Bucket="bucket", Key=key)
    parent.stdin.write("\n\n")
    parent.stdin.flush()
    parent.stdout.readline()
    assert os.waitstatus_to_exitcode(int(parent.stdout.readline())) == 4  # the last page of each has no text
    parent.communicate()
    read(None, "out", Reader())
    found = without_names(s3.files(f"{documents}/out/"), documents)
    wanted = {
        name: data
        for name, data in without_names(on_disk("out"), documents).items()
        if not name.endswith("blocks.json")
    }
    assert found == wanted


def claimed(documents, reader=None, inputs=None):
    """A run that has claimed a document, and its ground."""
    from ocr2cli.batch.openings import Openings
    from pipeline.record.places import Manner

    target = Target(Path(f"s3://bucket/{documents}/out"))
    jobs = plan(inputs or [f"s3://bucket/{documents}/in/a.pdf"]).jobs
    openings = Openings(iter(jobs), Options(), target, reader or Reader(), Manner())
    ((_, opening),) = list(openings)
    vars(target)["openings"] = openings  # whose copies are there as long as it is
    return target, opening()


def test_a_run_that_was_silent_cannot_touch_what_another_has_made(s3, documents, monkeypatch):
    """It slept, as a laptop does; meanwhile another run took over and finished."""
    target, work = claimed(documents)
    monkeypatch.setattr(runs, "DEAD", runs.DEAD * 0)
    read(documents, f"s3://bucket/{documents}/out", Reader(), "in/a.pdf")
    before = {key: s3.read(key) for key in s3.keys(f"{documents}/out/a")}
    for transcript in Reader().transcribe(work.refs()):
        work.take(transcript)
    with pytest.raises(OutputError, match="was taken over by another run"):
        work.finish()
    work.close()
    target.ground.close()
    assert {key: s3.read(key) for key in s3.keys(f"{documents}/out/a")} == before


def test_a_run_that_is_slow_keeps_what_it_has(s3, documents, monkeypatch):
    monkeypatch.setattr("ocr2cli.batch.openings.PATIENCE", 0.05)
    target, work = claimed(documents)
    other = Reader()
    reading = threading.Thread(target=read, args=(documents, f"s3://bucket/{documents}/out", other, "in/a.pdf"))
    reading.start()
    time.sleep(0.5)
    assert (reading.is_alive(), other.asked) == (True, [])
    work.close()
    reading.join()
    assert len(other.asked) == 7
    target.ground.close()


def test_pages_are_in_the_bucket_before_the_document_is_whole(s3, documents, monkeypatch):
    monkeypatch.setattr(buckets, "TICK", 0.02)
    target, work = claimed(documents)
    refs = list(work.refs())
    for transcript in Reader().transcribe(refs[:3]):
        work.take(transcript)
    record = f"{documents}/out/a/transcript.jsonl"
    until(lambda: record in s3.keys(record) and s3.read(record).count(b"\n") >= 3)
    assert [json.loads(line)["page"] for line in s3.read(record).splitlines()] == [1, 2, 3]
    target.ground._run._store.delete(f"{documents}/out/.ocr2/runs/{target.ground._run.token}")  # as if it had died
    other = Reader()
    read(documents, f"s3://bucket/{documents}/out", other, "in/a.pdf")
    assert [number for _, number in other.asked] == [4, 5, 6, 7]
    work.close()
    target.ground.close()


def test_what_somebody_else_has_written_stays(s3, documents):
    out = f"s3://bucket/{documents}/out"
    s3.write(f"{documents}/out/a.md", b"mine")
    told = read(documents, out, Reader(), "in/a.pdf")
    (outcome,) = told.outcomes.values()
    assert str(outcome.error) == (
        f"{out}/a.md is there already and was not written by ocr2; use another folder with -o, or --force"
    )
    assert s3.read(f"{documents}/out/a.md") == b"mine"
    read(documents, out, Reader(), "in/a.pdf", force=True)
    assert b"Page 1 of a." in s3.read(f"{documents}/out/a.md")
    s3.write(f"{documents}/out/a.md", b"corrected")
    (outcome,) = read(documents, out, Reader(), "in/a.pdf").outcomes.values()
    assert "a.md was changed since ocr2 wrote it" in str(outcome.error)


def test_another_document_of_the_name_gets_the_next_place(s3, documents):
    out = f"s3://bucket/{documents}/out"
    read(documents, out, Reader(), "in/a.pdf")
    told = read(documents, out, Reader(), "in/deep/a.pdf")
    assert f"{out}/a is another document's; this one goes to {out}/a-2" in told.notes[0]
    assert b"Page 1 of deep/a." in s3.read(f"{documents}/out/a-2.md")


def test_the_command_line_names_urls_and_what_is_wrong_with_them(s3, documents, ocr2):
    url = f"s3://bucket/{documents}"
    there = s3.environment
    done = ocr2("convert", f"{url}/in/*.pdf", "-m", "text-layer", "-o", f"{url}/out", "-n", **there)
    assert done.stdout.splitlines() == [
        f"{url}/in/a.pdf: 7 pages -> {url}/out/a.md", f"{url}/in/c.pdf: 2 pages -> {url}/out/c.md",
    ]  # fmt: skip
    assert s3.keys(f"{documents}/out") == []
    done = ocr2("convert", f"{url}/in/c.pdf", "-m", "text-layer", "-o", f"{url}/out", "--pages", "1", **there)
    assert (done.returncode, done.stdout) == (0, f"{url}/out/c.md\n{url}/out/c/transcript.jsonl\n")
    done = ocr2("convert", "s3://bucket/none.pdf", "-m", "text-layer", **there)
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        3, "ocr2: s3://bucket/none.pdf does not exist: check the address",
    )  # fmt: skip
    done = ocr2("convert", f"{url}/in", "-r", "-m", "text-layer", "-o", f"{url}/in/out", **there)
    assert (done.returncode, "is inside the input" in done.stderr) == (2, True)


def test_a_bucket_without_permission_ends_the_run_before_a_page_is_read(s3, documents, monkeypatch):
    monkeypatch.setattr(s3, "fault", lambda method, path: "403" if method == "PUT" else None)
    reader = Reader()
    with pytest.raises(UserError, match="permission denied: give the account the right to it") as error:
        read(documents, f"s3://bucket/{documents}/out", reader)
    assert (error.value.exit_code, reader.asked) == (6, [])


def test_a_document_from_the_web(s3, documents, monkeypatch):
    monkeypatch.setattr("pipeline.stores.web.PAUSES", (0.01, 0.01, 0.01))
    address = f"http://127.0.0.1:{s3.port}/bucket/{documents}/in/c.pdf"
    faults = iter(["503", "lost"])
    s3.client.put_object_acl(Bucket="bucket", Key=f"{documents}/in/c.pdf", ACL="public-read")
    monkeypatch.setattr(s3, "fault", lambda method, path: next(faults, None))
    told = read(None, "out", Reader(), f"{address}?token=secret")
    assert [(name, outcome.error) for name, outcome in told.outcomes.items()] == [(address, None)]
    assert "secret" not in Path("out/c/transcript.jsonl").read_text()
    monkeypatch.setattr(s3, "fault", lambda method, path: "403")
    (outcome,) = read(None, "out", Reader(), f"{address}x?token=secret").outcomes.values()
    assert "the server says 403" in str(outcome.error)
    assert "secret" not in str(outcome.error)


@pytest.fixture
def pictured(s3, documents):
    """A document with a picture, in the bucket."""
    s3.write(f"{documents}/pictured/p.pdf", pictured_page())
    return f"s3://bucket/{documents}/pictured/p.pdf"


def test_a_result_in_a_bucket_is_rendered_from_its_record(s3, documents, pictured, ocr2):
    url, there = f"s3://bucket/{documents}/out", s3.environment
    assert ocr2("convert", pictured, "-m", "text-layer", "-o", url, **there).returncode == 0
    before = s3.files(f"{documents}/out/")
    s3.client.delete_object(Bucket="bucket", Key=f"{documents}/out/p/p001-1.png")
    for result in (f"{url}/p", f"{url}/p/", f"{url}/p.md", f"{url}/p/transcript.jsonl"):
        done = ocr2("render", result, **there)
        assert (done.returncode, done.stdout) == (0, f"{url}/p.md\n{url}/p/p001-1.png\n"), done.stderr
        assert s3.files(f"{documents}/out/") == before
    s3.client.delete_object(Bucket="bucket", Key=f"{documents}/pictured/p.pdf")
    (ocr2.folder / "mended").write_text(
        '{"page": 1, "block": 1, "was": "A heading of some size", "text": "Another heading"}\n'
    )
    done = ocr2("render", f"{url}/p", "--corrections", "mended", "--format", "md,html", **there)
    assert done.returncode == 0
    assert f"{pictured} is gone or has changed: pictures stay as they are" in done.stderr
    after = s3.files(f"{documents}/out/")
    assert b"Another heading" in after["p.md"]
    assert base64.b64encode(before["p/p001-1.png"]) in after["p/document.html"]  # pictures are there with their bytes
    assert after["p/p001-1.png"] == before["p/p001-1.png"]
    s3.write(f"{documents}/out/p.md", b"mine")
    done = ocr2("render", f"{url}/p", **there)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        6, f"ocr2: {url}/p.md was changed since ocr2 wrote it; --force writes it anew, or use another folder with -o",
    )  # fmt: skip
    assert s3.read(f"{documents}/out/p.md") == b"mine"
    done = ocr2("render", f"{url}/none", **there)
    assert (done.returncode, done.stderr) == (
        3, f"ocr2: {url}/none is not a result of ocr2: it has no transcript.jsonl with pages in it\n",
    )  # fmt: skip
    assert s3.keys(f"{documents}/out/none") == []


def test_a_result_here_whose_document_is_in_a_bucket_gets_its_pictures_again(s3, documents, pictured, ocr2):
    assert ocr2("convert", pictured, "-m", "text-layer", "-o", "out", **s3.environment).returncode == 0
    picture = ocr2.folder / "out/p/p001-1.png"
    before = picture.read_bytes()
    picture.unlink()
    assert ocr2("render", "out/p", **s3.environment).returncode == 0
    assert picture.read_bytes() == before
    picture.unlink()
    (ocr2.folder / "out/p/.place.json").unlink()
    assert ocr2("render", "out/p", "--source", pictured, **s3.environment).returncode == 0
    assert picture.read_bytes() == before
    other = f"s3://bucket/{documents}/in/a.pdf"
    done = ocr2("render", "out/p", "--source", other, **s3.environment)
    assert (done.returncode, f"{other} is not the document that was read" in done.stderr) == (3, True)


def test_corrections_in_a_bucket_are_in_what_is_converted_again(s3, documents, pictured, monkeypatch):
    out = f"s3://bucket/{documents}/out"
    read(documents, out, Reader(), "pictured/p.pdf")
    line = b'{"page": 1, "block": 1, "was": "A heading of some size", "text": "Another heading"}\n'
    s3.write(f"{documents}/out/p/corrections.jsonl", line)
    read(documents, out, Reader(), "pictured/p.pdf")
    assert b"Another heading" in s3.read(f"{documents}/out/p.md")
    assert s3.read(f"{documents}/out/p/corrections.jsonl") == line


def test_programs_give_urls_too(s3, documents, pictured):
    out = f"s3://bucket/{documents}/api"
    here = api.convert(pictured, model="text-layer")
    there = api.convert(pictured, model="text-layer", output=out)
    assert here.markdown == there.markdown == s3.read(f"{documents}/api/p.md").decode()
    assert here.pictures == there.pictures != {}
    assert (here.files, there.name) == ((), pictured)
    assert there.files[0] == f"{out}/p.md"
    sources = [f"s3://bucket/{documents}/in/{name}.pdf" for name in ("a", "none", "c")]
    found = list(api.convert_many(sources, model="text-layer", output="here"))
    assert [result.name for result in found] == sources
    assert "does not exist: check the address" in str(found[1].error)
    assert Path("here/c.md").read_text() == found[2].markdown
    assert api.convert(Path("in/c.pdf").absolute().as_uri(), model="text-layer").markdown == found[2].markdown


def test_show_says_what_to_do_with_a_result_in_a_bucket(ocr2):
    done = ocr2("show", "s3://bucket/out/a")
    assert (done.returncode, "show needs results on this machine" in done.stderr) == (2, True)
