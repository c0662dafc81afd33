"""vLLM's server in `ocr2 bench --against vllm`, with a stand-in that refuses what 0.26 refuses, over loopback."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from ocr2cli.evaluate.bench import line_of, options_of
from pipeline.engine.measure.beside_vllm import runs, server, started
from pipeline.engine.measure.beside_vllm.found import VllmRun, counted
from pipeline.transcript import PageRef, Source


@pytest.fixture
def job(pages, tmp_path):
    """Pages, lengths and weights at released shapes, as a run has them; answers of 60, 100 and 80 tokens."""
    asked = runs.Asked(None, "cpu", (2,), (60, 100, 80), 0.9, 1.0, 0)
    model = runs.write_folder(tmp_path, runs.BUILT_IN)
    return runs._job(asked, model, runs._images(tmp_path, pages))


def measured(job, tmp_path, under_way=(4, 2), front_ends=2, patience=60.0):
    return list(server.measure_server(job, front_ends, under_way, "cpu", tmp_path, patience))


def test_all_numbers_under_way_by_one_server(fake, job, tmp_path):
    """The most first, and from then on nothing is filled anew; twice as many pages under way are twice the pages."""
    four, two = measured(job, tmp_path, (2, 4))
    for run, under_way in ((four, 4), (two, 2)):
        assert (run.failure, run.sequences, run.ban, run.front_ends) == ("", under_way, True, 2)
        assert (run.version, run.weights) == ("0.26.0", "random")
        assert 0 < run.rate <= under_way / 0.080 * 1.1, "a page takes 80 ms at least"
        assert run.mean == pytest.approx(80, rel=0.1)
        assert 0 < run.preparing < 0.08
        assert run.started > 0
    assert four.rate > 1.3 * two.rate
    assert four.pages - four.steady_pages == 4, "the first filling"
    assert two.pages == two.steady_pages
    assert four.started == two.started


def test_without_the_ban_nothing_of_it_is_loaded(fake, job, tmp_path):
    (run,) = measured(replace(job, ngrams=None), tmp_path, (2,), 1)
    assert (run.failure, run.ban) == ("", False)
    arguments = server.command(replace(job, ngrams=None), 1, 2, 80, tmp_path)
    assert "--logits-processors" not in arguments
    assert server.command(job, 1, 2, 80, tmp_path)[-2:] == ["--logits-processors", server.NGRAMS]


def test_weights_at_hand_are_left_as_they_are(fake, job, tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"")
    (run,) = measured(replace(job, random=False), tmp_path, (2,), 1)
    assert (run.failure, run.weights) == ("", "as they are")


def test_all_front_ends_are_waited_for(fake, job, tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_VLLM", "one front end late")
    measured(job, tmp_path, (2,), 2)
    assert (tmp_path / "server.txt").read_text().count(server.READY) == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("no start without the ban", "it did not start within 3 s"),
        ("an end of its own", "vLLM ended an answer after 1 of "),
        ("death while reading", "RuntimeError: Engine core died"),
    ],
)
def test_what_fails_says_why_once_for_each_number(fake, job, tmp_path, monkeypatch, wrong, said):
    monkeypatch.setenv("FAKE_VLLM", wrong)
    patience = 3.0 if wrong.startswith("no start") else 60.0
    found = measured(replace(job, ngrams=None), tmp_path, patience=patience)
    assert [run.sequences for run in found] == [4, 2]
    for run in found:
        assert said in run.failure
        assert run.rate == 0
    assert line_of(found[0]).startswith("vLLM server, 4 at once, n-gram ban off: FAILED, ")


def test_an_argument_that_is_none_ends_in_a_line(fake, job, tmp_path, monkeypatch):
    command = server.command
    monkeypatch.setattr(server, "command", lambda *given: [*command(*given), "--front-end-count", "2"])
    (run,) = measured(job, tmp_path, (2,))
    assert "unrecognized arguments: --front-end-count" in run.failure


def test_a_page_that_is_refused_says_why(fake, job, tmp_path):
    (run,) = measured(replace(job, images=[*job.images, str(tmp_path / "none.png")]), tmp_path, (2,), 1)
    assert run.failure.startswith("vLLM's server refused a page (400)")


def test_nothing_is_left_of_it(fake, job, tmp_path, monkeypatch):
    """Its front ends are processes of its process."""
    groups, begin = [], started.subprocess.Popen

    def popen(*given, **more):
        groups.append(begin(*given, **more))
        return groups[-1]

    monkeypatch.setattr(started.subprocess, "Popen", popen)
    measured(job, tmp_path, (2,))
    with pytest.raises(ProcessLookupError):
        os.killpg(groups[0].pid, 0)


def test_the_run_has_offline_and_server(fake, monkeypatch, job, tmp_path):
    monkeypatch.setattr(runs, "_run", lambda job, device, folder: VllmRun(job.sequences, job.ngrams is not None))
    monkeypatch.setattr(
        runs,
        "measure_server",
        lambda job, ends, some, *_: [VllmRun(n, job.ngrams is not None, front_ends=ends) for n in some],
    )
    asked = runs.Asked(None, "cpu", (2, 3), (3,), 0.9, 1.0, 0, front_ends=4)
    pages = [PageRef(Source(Path(job.images[0]), "page.png"), 1)]
    kinds = [(run.front_ends, run.sequences, run.ban) for run in runs.measure_vllm(asked, pages)]
    assert kinds == [
        (0, 2, True), (0, 2, False), (0, 3, True), (0, 3, False),
        (4, 2, True), (4, 3, True), (4, 2, False), (4, 3, False),
    ]  # fmt: skip
    assert len(list(runs.measure_vllm(replace(asked, front_ends=0), pages))) == 4


def test_its_line_and_option():
    done = [(11.0, 10), (12.0, 20), (13.0, 30)]
    run = counted(2, True, done, 10.0, 14.0, 0, front_ends=4, preparing=0.25, started=3.0)
    assert (run.steady_pages, run.steady_seconds, run.rate) == (3, 4.0, 0.75)
    assert line_of(run).startswith("vLLM server, 2 at once, n-gram ban on, version ")
    assert line_of(run).endswith("; 4 front ends, 250 ms a page in them")
    options = options_of([], "random", "cpu", None, 0.9, None, 4, 1, 0, False, "vllm", front_ends=8)
    assert options.front_ends == 8
    assert json.loads(json.dumps(options.sequences)) == [128, 256, 384]
