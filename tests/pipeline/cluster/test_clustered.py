"""Pages over real Ray nodes on this machine: nothing is lost with a node, and what cannot read says why."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pymupdf
import pytest

pytest.importorskip("ray", reason="the extra ocr2[ray] is not installed")
from ray_nodes import ray_nodes
from ray_started import environment, ray_started
from sleeping_reader import OpenSleeping, ShortLivedReader, UninstalledReader, open_deadly
from waiting import LONG, until

from ocr2cli.batch.convert import convert
from ocr2cli.options import Options, Talk
from pipeline.cluster import clustered, staff
from pipeline.cluster import reader as far
from pipeline.cluster.clustered import ClusterTranscriber
from pipeline.cluster.connection import Connection
from pipeline.cluster.staff import Share
from pipeline.errors import ExitCode, ModelError, UserError
from pipeline.reader_options import ReaderOptions
from pipeline.readers.elsewhere.driver import Driven
from pipeline.transcript import Finish, PageRef, Source

# The command line, with a pause behind each page from the first result on, so that it is met before the last one.
PACED = """
import sys, time
from pathlib import Path
from pipeline.readers.elsewhere.driver import Driven

take = Driven._take

def paced(self, shard, message):
    for page in take(self, shard, message):
        time.sleep(0.05 * any(Path("out").glob("*.md")))
        yield page

Driven._take = paced
from ocr2cli.start import main
sys.exit(main())
"""


@pytest.fixture(scope="module")
def nodes():
    with ray_nodes(3) as running:
        yield running


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF- which nobody opens")
    return Source(path, "a.pdf")


@pytest.fixture
def opened(nodes):
    """Open a reader on the cluster, and leave the cluster afterwards."""
    readers = []

    def open_one(opener, **options):
        readers.append(ClusterTranscriber(nodes.address, opener, **options))
        return readers[-1]

    yield open_one
    for reader in readers:
        reader.close()


def read(reader, refs):
    pages = sorted(reader.transcribe(refs), key=lambda page: (page.ref.source.name, page.ref.number))
    return [(page.ref, page.finish) for page in pages]


def test_a_node_that_dies_costs_no_page(nodes, opened, source, tmp_path, monkeypatch):
    """By the command line's own way: text and record are those of one machine."""
    monkeypatch.chdir(tmp_path)
    for name in ("in/a", "in/deep/b", "in/c"):
        Path(f"{name}.pdf").parent.mkdir(parents=True, exist_ok=True)
        with pymupdf.open() as document:
            for number in range(12):
                document.new_page().insert_text((72, 100), f"Page {number} of {name}.", fontsize=12)
            document.save(f"{name}.pdf")
    options = Options(output=Path("out"), recursive=True, talk=Talk.QUIET, reading=ReaderOptions("text-layer"))
    assert convert(["in"], options) is ExitCode.DONE
    take, taken = Driven._take, []

    def taking(self, shard, message):
        for page in take(self, shard, message):
            taken.append(page)
            if len(taken) == 9:
                nodes.kill(0)
            yield page

    monkeypatch.setattr(Driven, "_take", taking)
    on_ray = replace(options, output=Path("out-ray"), reading=replace(options.reading, ray=nodes.address))
    assert convert(["in"], on_ray) is ExitCode.DONE
    files = {path.relative_to("out") for path in Path("out").rglob("*") if path.is_file()}
    for path in [path for path in files if path.name != ".place.json"]:
        assert (Path("out-ray") / path).read_bytes() == (Path("out") / path).read_bytes()
    assert len(taken) == 36
    nodes.add()


def test_only_so_many_pages_are_under_way(opened, source):
    """The window of a reader is what it reads, and a little more."""
    reader = opened(OpenSleeping(slots=20, seconds=0.2))
    pulled, most = [], []

    def refs():
        for number in range(1, 400):
            pulled.append(number)
            yield PageRef(source, number)

    for done, _ in enumerate(reader.transcribe(refs())):
        most.append(len(pulled) - done)
    assert len(pulled) == done + 1 == 399
    assert 20 < max(most) <= 3 * (20 + 2 * clustered.Share().stock)
    assert reader._documents == {}


def test_pages_that_are_asked_for_again_while_they_are_read(opened, source):
    """Each as often as it was asked for; a window that counted them once was never full, and was filled without end."""
    reader = opened(OpenSleeping(slots=20, seconds=0.01))
    asked = [PageRef(source, number) for number in (1, 2, 3)] * 7
    assert sorted(page.ref.number for page in reader.transcribe(asked)) == sorted(ref.number for ref in asked)
    assert reader.most_under_way <= 3


def test_a_page_that_ends_its_reader_again_and_again_is_an_error(opened, source):
    pages = read(opened(open_deadly), [PageRef(source, number) for number in range(1, 41)])
    assert [ref.number for ref, _ in pages] == list(range(1, 41))
    assert [ref.number for ref, finish in pages if finish is Finish.ERROR] == [13]


def test_a_document_that_has_gone_is_an_error_of_its_pages(opened, source):
    gone = replace(source, path=source.path.with_name("gone.pdf"), name="gone.pdf")
    pages = read(opened(OpenSleeping()), [PageRef(source, 1), PageRef(gone, 1), PageRef(source, 2)])
    assert [finish for _, finish in pages] == [Finish.STOP, Finish.STOP, Finish.ERROR]


def test_weights_that_are_missing_on_every_node(opened, monkeypatch):
    monkeypatch.setattr(clustered, "LATE", 1.0)
    with pytest.raises(ModelError, match=r"node [\d.]+ cannot read: the checkpoint /models/x has no .*on that node"):
        opened(OpenSleeping(missing=True))


def test_another_ocr2_on_the_nodes(opened, monkeypatch):
    monkeypatch.setattr(clustered, "LATE", 1.0)
    far.build.cache_clear()
    monkeypatch.setattr(far, "version", lambda name: "9.9")
    with pytest.raises(ModelError, match=r"node [\d.]+ has ocr2 0\..* and this machine 9\.9 .*: install the same"):
        opened(OpenSleeping())
    far.build.cache_clear()


@pytest.fixture
def only_here(tmp_path, monkeypatch):
    """A reader of a module that the nodes have not."""
    (tmp_path / "only_here.py").write_text("from pipeline.cluster.reader import Reader\nclass Here(Reader): pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return importlib.import_module("only_here").Here


def test_a_node_where_ocr2_is_not_installed_says_so_without_a_traceback(opened, monkeypatch):
    _cannot_start(opened, monkeypatch, UninstalledReader, "PackageNotFoundError: No package metadata was found for nil")


def test_a_node_without_the_code_says_so_without_a_traceback(opened, monkeypatch, only_here):
    _cannot_start(opened, monkeypatch, only_here, "ModuleNotFoundError: No module named 'only_here'")


def _cannot_start(opened, monkeypatch, actor, cause):
    monkeypatch.setattr(staff, "Reader", actor)
    with pytest.raises(ModelError) as told:
        opened(OpenSleeping())
    assert str(told.value) == f"node cannot start a reader ({cause}): install the same ocr2[ray] on all nodes"


def test_readers_that_end_while_they_start_are_given_up(opened, monkeypatch):
    monkeypatch.setattr(staff, "Reader", ShortLivedReader)
    monkeypatch.setattr(clustered, "LOSSES", 4)
    died = r"The actor died unexpectedly before finishing this task\. The actor is dead because its worker process .*…"
    with pytest.raises(ModelError, match=rf"the readers end before they have read a page \({died}\); see `ray logs`"):
        opened(OpenSleeping())


def test_what_no_node_has_to_spare_is_told_once_and_a_node_that_comes_is_used(nodes, opened, monkeypatch):
    monkeypatch.setattr(clustered, "WAIT", 1.5)
    said = []

    def tell(line):
        said.append(line)
        nodes.add(cpus=2)

    assert opened(OpenSleeping(), share=Share(cpus=2), tell=tell).readers == 1
    assert said == ["no node has started a reader yet: one needs 2 CPU to spare (see `ray status`)"]
    nodes.leave(-1)


def test_a_reader_that_takes_long_to_load_has_its_node(opened, monkeypatch):
    monkeypatch.setattr(clustered, "WAIT", 0.0)
    monkeypatch.setattr(clustered, "BEAT", 30.0)  # it looks up when a reader says where it is, and when it has loaded
    said = []
    assert opened(OpenSleeping(loading=2.0), most=1, tell=said.append).readers == 1
    assert said == []


def test_an_address_without_a_cluster():
    with pytest.raises(ModelError, match=r"there is no Ray cluster at 127.0.0.1:1 \(.*\); start one with `ray start"):
        Connection("127.0.0.1:1")


def test_ray_client_is_refused_with_the_remedy():
    with pytest.raises(UserError, match=r"ray://head:10001 is Ray Client, .*: run the command on a machine of the cl"):
        Connection("ray://head:10001")


def test_ctrl_c_keeps_the_record_and_the_same_command_goes_on(nodes, tmp_path, monkeypatch):
    """As in a terminal: the signal goes to all processes of the command. The cluster stays."""
    monkeypatch.chdir(tmp_path)
    _papers(16)
    command = ["convert", "*.pdf", "-m", "text-layer", "-o", "out", "-q", "--ray", nodes.address]
    run = subprocess.Popen(
        [sys.executable, "-c", PACED, *command], stderr=subprocess.PIPE, text=True, env=environment(),
        start_new_session=True,
    )  # fmt: skip
    _await_first_result(run)
    os.killpg(run.pid, signal.SIGINT)
    said = run.communicate(timeout=LONG)[1]
    assert (run.returncode, _but_late(said)) == (130, ["ocr2: interrupted; the same command goes on from here"])
    records = {path: path.stat().st_mtime_ns for path in Path("out").glob("*/transcript.jsonl")}
    assert 0 < len(list(Path("out").glob("*.md"))) < 16
    plain = [sys.executable, "-m", "ocr2cli", *command]
    again = subprocess.run(plain, stderr=subprocess.PIPE, text=True, env=environment())
    assert (again.returncode, _but_late(again.stderr)) == (0, [])
    texts = [path.read_text() for path in sorted(Path("out").glob("*.md"))]
    assert [text.count("tells on sheet") for text in texts] == [25] * 16
    assert any(path.stat().st_mtime_ns == time for path, time in records.items())  # what was whole is not read again


def _but_late(said):
    """What was said, but for readers that start late, as they may where the machine has other work."""
    return [line for line in said.splitlines() if not line.startswith("no node has started a reader yet")]


def _papers(count):
    for number in range(count):
        with pymupdf.open() as document:
            for page in range(25):
                document.new_page().insert_text((72, 100), f"Paper {number} tells on sheet {page} of itself.")
            document.save(f"{number:02}.pdf")


def _await_first_result(run):
    until(lambda: list(Path("out").glob("*.md")) or run.poll() is not None)


def test_the_heads_death_ends_the_command_in_order_and_it_goes_on_from_there(tmp_path, monkeypatch):
    """Nodes as `ray start` starts them. Ray ends its drivers without a word; the command says what to do."""
    monkeypatch.chdir(tmp_path)
    _papers(16)
    command = [sys.executable, "-c", PACED, "convert", "*.pdf", "-m", "text-layer", "-o", "out", "-q", "--ray"]
    with ray_started(1) as nodes:
        run = subprocess.Popen([*command, nodes.address], stderr=subprocess.PIPE, text=True, env=environment())
        _await_first_result(run)
        nodes.kill_head()
        said = run.communicate(timeout=LONG)[1]
    assert run.returncode == 5, said
    gone = f"the Ray cluster at {nodes.address} has gone; start it again and give the same command, which goes on"
    assert said.splitlines()[-1] == f"ocr2: {gone} from here"
    done = {path: path.stat().st_mtime_ns for path in Path("out").glob("*/transcript.jsonl")}
    assert 0 < len(list(Path("out").glob("*.md"))) < 16
    reading = ReaderOptions("text-layer")
    assert convert(["*.pdf"], Options(output=Path("out"), talk=Talk.QUIET, reading=reading)) is ExitCode.DONE
    texts = [path.read_text() for path in sorted(Path("out").glob("*.md"))]
    assert [text.count("tells on sheet") for text in texts] == [25] * 16
    assert any(path.stat().st_mtime_ns == time for path, time in done.items())  # what was whole was not written again
