"""A bucket as the inbox: what arrives is read once, by any number of watchers, over a bad network, and with kills."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from s3_server import every
from waiting import LONG, until

from ocr2cli.inbox import bucket as buckets
from ocr2cli.inbox.bucket import BucketInbox
from ocr2cli.inbox.inbox import AwayError
from pipeline.errors import UserError
from pipeline.record.shared import run as runs
from pipeline.stores.errors import StoreError
from pipeline.stores.urls import parse

pytest.importorskip("obstore", reason="the extra ocr2[stores] is not installed")

ROOT = Path(__file__).parents[3]
# Everything that waits is shorter, and each page takes a moment, or as long as there is a file `hold`. After so many
# seconds as $DEAD says a watcher is taken for dead.
PROGRAM = """
import os, sys, time
from datetime import timedelta
from pathlib import Path
import ocr2cli.inbox.bucket as bucket, ocr2cli.inbox.watch as watch
import pipeline.record.shared.bucket as results, pipeline.record.shared.run as runs, ocr2cli.batch.openings as openings
from pipeline.text_layer.reading import TextLayerTranscriber
from pipeline.readers.choice import Choice
bucket.POLL = bucket.SOON = bucket.BEAT = runs.BEAT = results.TICK = openings.PATIENCE = 0.2
runs.DEAD, watch.PAUSE, watch.ROUND = timedelta(seconds=float(os.environ["DEAD"])), 0.3, 3
class Slow(TextLayerTranscriber):
    def transcribe(self, pages):
        for transcript in super().transcribe(pages):
            time.sleep(0.05)
            print(f"read {transcript.ref.source.name} {transcript.ref.number}", file=sys.stderr, flush=True)
            Path(f"begun-{os.getpid()}").touch()
            while Path("hold").exists():
                time.sleep(0.05)
            yield transcript
watch.open_transcriber = lambda options: (Slow(), Choice("slow", ""))
from ocr2cli.app import main
main()
"""


@pytest.fixture
def base(s3, tmp_path, monkeypatch):
    """A prefix of the bucket for this test alone."""
    monkeypatch.chdir(tmp_path)
    return f"{tmp_path.name}-{random.randrange(1 << 30)}"


@pytest.fixture
def put(s3, base, make_pdf):
    """Let a document of these pages arrive."""

    def put(name, *texts):
        s3.write(f"{base}/in/{name}", make_pdf(Path("new.pdf"), *texts).read_bytes())

    return put


@pytest.fixture
def watching(base):
    """Start a watcher of the bucket; all are ended in the end."""
    running = []

    def start(*arguments, out=None, dead=LONG):
        url = f"s3://bucket/{base}"
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "watch", f"{url}/in", "-o", out or f"{url}/out", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT), "DEAD": str(dead)},
        )  # fmt: skip
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def ended(process, code=0):
    out, said = process.communicate(timeout=LONG)
    assert process.returncode == code, said
    return out.split(), [line.split(" ", 1)[1] for line in said.splitlines() if line.startswith("read ")], said


def names(s3, base, folder, suffix=""):
    prefix = f"{base}/{folder}/"
    keys = (key[len(prefix) :] for key in s3.keys(prefix))
    return sorted(key for key in keys if not key.startswith(".") and key.endswith(suffix))


def test_what_is_there_and_what_arrives_is_read_and_moved_and_nothing_is_replaced(s3, base, put, watching):
    url = f"s3://bucket/{base}"
    for name in ("a.pdf", "deep/b.pdf", "notes.txt", ".hidden.pdf"):
        put(name, f"This is {name}")
    s3.write(f"{base}/done/a.pdf", b"mine")
    process = watching("--done", f"{url}/done", "--failed", f"{url}/failed", "--recursive")
    until(lambda: names(s3, base, "done") == ["a-2.pdf", "a.pdf", "deep/b.pdf"])
    put("a.pdf", "Another one of that name")
    s3.write(f"{base}/in/bad.pdf", b"%PDF-1.7 no")
    until(lambda: names(s3, base, "in") == ["notes.txt"])
    process.send_signal(signal.SIGTERM)
    out, read, _ = ended(process)
    assert out[0] == f"{url}/out/a.md"
    assert len(read) == 3
    texts = {name: s3.read(f"{base}/out/{name}") for name in names(s3, base, "out", ".md")}
    assert texts == {
        "a.md": b"This is a.pdf\n", "a-2.md": b"Another one of that name\n", "deep/b.md": b"This is deep/b.pdf\n",
    }  # fmt: skip
    assert names(s3, base, "done") == ["a-2.pdf", "a-3.pdf", "a.pdf", "deep/b.pdf"]
    assert s3.read(f"{base}/done/a.pdf") == b"mine"
    assert names(s3, base, "failed") == ["bad.pdf", "bad.pdf.error.txt"]
    assert b"without readable pages" in s3.read(f"{base}/failed/bad.pdf.error.txt")
    assert s3.keys(f"{base}/in/.ocr2/") == []


def test_without_done_documents_stay_and_are_not_read_twice(s3, base, put, watching):
    put("a.pdf", "One")
    s3.write(f"{base}/in/bad.pdf", b"%PDF-1.7 no")
    assert ended(watching("--once"), 4)[1] == [f"s3://bucket/{base}/in/a.pdf 1"]
    assert names(s3, base, "out", ".txt") == ["bad.pdf.error.txt"]
    assert ended(watching("--once"))[:2] == ([], [])
    put("a.pdf", "Changed since")
    assert len(ended(watching("--once"))[1]) == 1
    assert names(s3, base, "out", ".md") == ["a-2.md", "a.md"]
    s3.client.delete_object(Bucket="bucket", Key=f"{base}/in/bad.pdf")
    ended(watching("--once"))
    assert len(s3.keys(f"{base}/in/.ocr2/")) == 1  # nothing is kept of what somebody has taken away


def test_from_a_bucket_to_folders_and_from_a_folder_to_buckets(s3, base, put, watching, ocr2, make_pdf):
    put("a.pdf", "From afar")
    s3.write(f"{base}/in/bad.pdf", b"%PDF-1.7 no")
    ended(watching("--once", "--done", "done", "--failed", "failed", out="out"), 4)
    assert Path("out/a.md").read_text() == "From afar\n"
    assert [path.name for path in Path("done").iterdir()] == ["a.pdf"]
    assert sorted(path.name for path in Path("failed").iterdir()) == ["bad.pdf", "bad.pdf.error.txt"]
    assert names(s3, base, "in") == []
    make_pdf(ocr2.folder / "here/b.pdf", "From here")
    (ocr2.folder / "here/bad.pdf").write_bytes(b"%PDF-1.7 no")
    url = f"s3://bucket/{base}"
    there = ("-o", f"{url}/there", "--done", f"{url}/kept", "--failed", f"{url}/lost")
    done = ocr2(
        "watch",
        "here",
        *there,
        "--once",
        "-m",
        "text-layer",
        "--settle",
        "0",
        "--patience",
        "0.1",
        **s3.environment,
    )
    assert done.returncode == 4
    assert s3.read(f"{base}/there/b.md") == b"From here\n"
    assert names(s3, base, "kept") == ["b.pdf"]
    assert names(s3, base, "lost") == ["bad.pdf", "bad.pdf.error.txt"]
    assert [path.name for path in (ocr2.folder / "here").glob("*.pdf")] == []


def test_two_watchers_share_the_inbox_over_a_bad_network_and_read_nothing_twice(s3, base, put, watching, monkeypatch):
    for number in range(12):
        put(f"{number:02}.pdf", f"Number {number}")
    monkeypatch.setattr(s3, "fault", every(13, "503", "cut", "lost"))
    Path("hold").touch()  # neither reads on before the other one has begun
    watchers = [watching("--once", "--done", f"s3://bucket/{base}/done") for _ in range(2)]
    until(lambda: len(list(Path().glob("begun-*"))) == 2 or any(process.poll() is not None for process in watchers))
    Path("hold").unlink()
    read = [ended(process)[1] for process in watchers]
    assert sorted(read[0] + read[1]) == [f"s3://bucket/{base}/in/{number:02}.pdf 1" for number in range(12)]
    assert min(map(len, read)) > 0
    assert names(s3, base, "done") == [f"{number:02}.pdf" for number in range(12)]
    assert names(s3, base, "out", ".md") == [f"{number:02}.md" for number in range(12)]
    assert names(s3, base, "in") == []


def test_watchers_that_are_killed_lose_nothing(s3, base, put, watching):
    """Kill -9 at any moment; whoever is there takes over what the dead had, and each document has one result."""
    chance = random.Random(7)
    for number in range(10):
        put(f"{number}.pdf", *(f"Paper {number} tells on sheet {page} of itself." for page in range(3)))
    arguments = ("--done", f"s3://bucket/{base}/done")
    watchers = [watching(*arguments, dead=4) for _ in range(2)]
    until(lambda: names(s3, base, "out", ".md"))
    for _ in range(3):
        time.sleep(chance.uniform(0.1, 0.6))
        watchers[0].kill()
        watchers = [*watchers[1:], watching(*arguments, dead=4)]
    until(lambda: names(s3, base, "in") == [])
    assert names(s3, base, "done") == [f"{number}.pdf" for number in range(10)]
    texts = [s3.read(f"{base}/out/{number}.md").decode() for number in range(10)]
    assert texts == [
        "\n\n".join(f"Paper {number} tells on sheet {page} of itself." for page in range(3)) + "\n"
        for number in range(10)
    ]
    assert len(names(s3, base, "out", ".md")) == 10


def test_an_upload_over_what_is_being_read_is_a_document_of_its_own(s3, base, put, watching):
    put("a.pdf", *(f"Old {number}" for number in range(20)))
    Path("hold").touch()
    process = watching("--once", "--done", f"s3://bucket/{base}/done")
    until(lambda: list(Path().glob("begun-*")) or process.poll() is not None)
    put("a.pdf", "New")
    Path("hold").unlink()
    _, _, said = ended(process)
    assert "a.pdf changed while it was read: it is read again when it is whole" in said
    assert b"New\n" in {s3.read(f"{base}/out/{name}") for name in names(s3, base, "out", ".md")}
    assert names(s3, base, "done") == ["a.pdf"]
    assert names(s3, base, "in") == []


def test_a_store_that_is_away_is_waited_for(s3, base, put, watching, monkeypatch):
    process = watching("--done", f"s3://bucket/{base}/done")
    until(lambda: s3.keys(f"{base}/in/.ocr2/runs/"))
    gone = {"until": time.monotonic() + 1.5}
    monkeypatch.setattr(s3, "fault", lambda method, path: "lost" if time.monotonic() < gone["until"] else None)
    put_later = time.monotonic() + 2
    until(lambda: time.monotonic() > put_later)
    put("a.pdf", "After all")
    until(lambda: names(s3, base, "done") == ["a.pdf"])
    assert process.poll() is None


def test_a_claim_is_of_one_watcher_until_it_is_silent(s3, base, put, monkeypatch):
    put("a.pdf", "One")
    url = parse(f"s3://bucket/{base}/in")
    first, second = BucketInbox(url, False, False), BucketInbox(url, False, False)
    (arrival,) = first.arrivals()
    with first.take([arrival]) as mine:
        with second.take(second.arrivals()) as others:
            assert (list(mine), list(others)) == ([arrival.path], [])
        assert second.waiting
        assert second.arrivals() == []  # not at once again
        monkeypatch.setattr(runs, "DEAD", runs.DEAD * 0)
        monkeypatch.setattr(buckets, "SOON", 0)
        second._later.clear()
        with second.take(second.arrivals()) as others:
            mine[arrival.path].settle()  # too late
            others[arrival.path].settle()
    assert not second.arrivals()
    assert not second.waiting
    first.close()
    second.close()


def test_an_upload_in_the_moment_of_a_deletion_stays(s3, base, put, monkeypatch):
    put("a.pdf", "Old")
    inbox = BucketInbox(parse(f"s3://bucket/{base}/in"), False, False)
    (arrival,) = inbox.arrivals()
    came = []

    def upload(method, path):
        if method == "DELETE" and path.endswith("a.pdf") and not came:
            came.append(path)
            s3.write(f"{base}/in/a.pdf", b"another")

    monkeypatch.setattr(s3, "fault", upload)
    inbox.remove(arrival)
    assert came
    assert s3.read(f"{base}/in/a.pdf") == b"another"
    (new,) = inbox.arrivals()
    inbox.remove(new)
    assert inbox.arrivals() == []
    inbox.close()


def test_what_was_claimed_when_the_store_went_away_is_taken_again(s3, base, put, monkeypatch):
    for name in "ab":
        put(f"{name}.pdf", name)
    inbox = BucketInbox(parse(f"s3://bucket/{base}/in"), False, False)
    head = inbox.store.head

    def away(key):
        if key.endswith("b.pdf"):
            raise StoreError("gone")
        return head(key)

    monkeypatch.setattr(inbox.store, "head", away)
    with pytest.raises(AwayError, match="gone"), inbox.take(inbox.arrivals()):
        pass
    monkeypatch.undo()
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    with inbox.take(inbox.arrivals()) as ours:
        assert [path.name for path in ours] == ["a.pdf", "b.pdf"]
    inbox.close()


def test_a_watcher_that_does_not_look_into_folders_forgets_no_claims_of_one_that_does(s3, base, put):
    put("deep/b.pdf", "One")
    url = parse(f"s3://bucket/{base}/in")
    deep, flat = BucketInbox(url, True, False), BucketInbox(url, False, False)
    with deep.take(deep.arrivals()) as ours:
        (claim,) = ours.values()
        claim.settle()
    assert flat.arrivals() == []
    assert len(s3.keys(f"{base}/in/.ocr2/claims/")) == 1
    for inbox in (deep, flat):
        inbox.close()


def test_an_inbox_without_the_right_to_write_is_told_at_once(s3, base, monkeypatch):
    monkeypatch.setattr(s3, "fault", lambda method, path: "403" if method == "PUT" else None)
    with pytest.raises(UserError, match=r"permission denied: .*; an inbox keeps its claims in itself") as error:
        BucketInbox(parse(f"s3://bucket/{base}/in"), False, False)
    assert error.value.exit_code == 6


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("https://example.org/in", "-o", "out"), "the web cannot be watched: give a folder, or s3://, gs:// or az://"),
        (("s3://b/in", "-o", "s3://b/in/out"), "-o s3://b/in/out is inside the inbox"),
        (("s3://b/in", "-o", "out", "--done", "s3://b/in"), "--done s3://b/in is inside the inbox"),
        (("s3://b/in", "-o", "out", "--done", "https://x/y"), "--done https://x/y: files can go to s3://, gs://"),
    ],
)
def test_wrong_urls(ocr2, arguments, said):
    done = ocr2("watch", *arguments, "--once", "-m", "text-layer")
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
