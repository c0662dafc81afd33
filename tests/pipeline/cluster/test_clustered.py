"""Pages over real Ray nodes on this machine: nothing is lost with a node, and what cannot read says why."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pymupdf
import pytest

pytest.importorskip("ray", reason="the extra ocr2[ray] is not installed")
from ray_nodes import ray_nodes
from ray_started import environment, ray_started
from sleeping_reader import OpenSleeping, open_deadly

from ocr2cli.batch.convert import convert
from ocr2cli.options import Options, Talk
from pipeline.cluster import clustered
from pipeline.cluster import reader as far
from pipeline.cluster.clustered import ClusterTranscriber
from pipeline.cluster.connection import Connection
from pipeline.cluster.driver import Driven
from pipeline.errors import ExitCode, ModelError, UserError
from pipeline.reader_options import ReaderOptions
from pipeline.transcript import Finish, PageRef, Source


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


def test_an_address_without_a_cluster():
    with pytest.raises(ModelError, match=r"there is no Ray cluster at 127.0.0.1:1 \(.*\); start one with `ray start"):
        Connection("127.0.0.1:1")


def test_ray_client_is_refused_with_the_remedy():
    with pytest.raises(UserError, match=r"ray://head:10001 is Ray Client, .*: run the command on a machine of the cl"):
        Connection("ray://head:10001")


def test_the_heads_death_ends_the_command_in_order_and_the_same_one_goes_on(tmp_path):
    """Nodes as `ray start` starts them. Ray ends its drivers without a word; the command says what to do."""
    for number in range(40):
        with pymupdf.open() as document:
            for page in range(25):
                document.new_page().insert_text((72, 100), f"Page {page} of {number}.", fontsize=12)
            document.save(tmp_path / f"{number:02}.pdf")
    command = [sys.executable, "-m", "ocr2cli", "convert", "*.pdf", "-m", "text-layer", "-o", "out", "-q", "--ray"]
    run = partial(subprocess.Popen, cwd=tmp_path, stderr=subprocess.PIPE, text=True, env=environment())
    with ray_started(1) as nodes:
        first = run([*command, nodes.address])
        end = time.monotonic() + 60
        while not list((tmp_path / "out").glob("*.md")) and first.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        nodes.kill_head()
        said = first.communicate(timeout=60)[1]
    assert first.returncode == 5, said
    gone = f"the Ray cluster at {nodes.address} has gone; start it again and give the same command, which goes on"
    assert said.splitlines()[-1] == f"ocr2: {gone} from here"
    done = {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.md")}
    assert 0 < len(done) < 40
    with ray_started(1) as nodes:
        second = run([*command, nodes.address])
        said = second.communicate(timeout=120)[1]
    assert second.returncode == 0, said
    texts = {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.md")}
    assert sorted(texts) == [f"{number:02}.md" for number in range(40)]
    assert texts.items() >= done.items()
    assert texts["39.md"].count(b"Page ") == 25
