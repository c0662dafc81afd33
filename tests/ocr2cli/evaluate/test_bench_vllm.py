"""`ocr2 bench --against vllm`, with a stand-in that refuses what vLLM 0.26 refuses, in a real process of its own."""

import itertools
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from tokenizers import Tokenizer

from ocr2cli.evaluate.bench import line_of, options_of, report
from pipeline.engine.measure.bench import asked_of_vllm, run
from pipeline.engine.measure.beside_vllm import far, runs, started
from pipeline.engine.measure.beside_vllm.folder import vllm_config, write_folder
from pipeline.engine.measure.beside_vllm.found import VllmRun, counted
from pipeline.engine.measure.measured import BenchOptions, Beside, Whole
from pipeline.engine.measure.stand_ins import output_lengths
from pipeline.errors import InputError, ModelError, UserError
from pipeline.model.checkpoints.config_reader import read_config
from pipeline.model.config import NetworkConfig
from pipeline.transcript import PageRef, Source

FAKE = Path(__file__).parents[2] / "support" / "fake_vllm"
HERE = Path(__file__).parents[3]


def asked(**changes):
    given = runs.Asked(None, "cpu", (2,), (3, 5, 4), 0.9, 0.4, 0)
    return replace(given, **changes)


def test_each_number_of_sequences_runs_with_the_ban_and_without(fake, pages, tiny_checkpoint):
    found = list(runs.measure_vllm(asked(model=str(tiny_checkpoint), sequences=(2, 3)), pages))
    assert [(each.sequences, each.ban) for each in found] == [(2, True), (2, False), (3, True), (3, False)]
    for each in found:
        assert (each.failure, each.version, each.weights) == ("", "0.26.0", "as they are")
        assert each.steady_pages and each.pages >= each.sequences + each.steady_pages
        assert 0 < each.steady_seconds < 0.4
        assert each.rate == each.steady_pages / each.steady_seconds
        assert 3 <= each.mean <= 5
        assert each.preparing > 0


def test_random_weights_are_drawn_as_ours(fake, pages):
    """In vLLM's own process, by a function that travels there."""
    found = next(runs.measure_vllm(asked(), pages))
    assert (found.failure, found.weights) == ("", "random")


def test_one_table_has_ours_beside_theirs(fake, pages, tiny_checkpoint, monkeypatch):
    """Weights at hand, and one set of pages and lengths for both."""
    monkeypatch.setattr(runs, "BUILT_IN", read_config(tiny_checkpoint))
    options = BenchOptions(
        str(tiny_checkpoint), "cpu", pages=tuple(pages), tokens=4, seconds=1, slots=2, parts=False, against="vllm",
        sequences=(2,), front_ends=0,
    )  # fmt: skip
    on, off, *between, whole, table = (json.loads(line) for line in report(options, as_json=True))
    kinds = [row["measured"] for row in (on, off, *between, whole, table)]
    assert kinds == ["vllmrun", "vllmrun", "machine", "alone", "whole", "beside"]
    assert (on["ban"], off["ban"], on["failure"]) == (True, False, "")
    assert (table["slots"], table["cache_bits"], len(table["runs"])) == (2, 32, 2)
    assert table["ours"]["pages"] == whole["pages"]
    assert table["ratio"] == whole["pages_per_second"] / max(on["pages_per_second"], off["pages_per_second"])


def test_the_command_says_it_line_by_line(ocr2, tiny_checkpoint):
    """A network that vLLM's class cannot hold is refused before anything is loaded, and so is vLLM where it is not."""
    said = ocr2("bench", "--against", "vllm", "--model", tiny_checkpoint)
    assert (said.returncode, said.stdout) == (2, "")
    assert "install it with pip install 'vllm>=0.26'" in said.stderr
    assert len(said.stderr.strip().splitlines()) == 1
    path = os.pathsep.join((str(FAKE), str(HERE)))
    said = ocr2("bench", "--against", "vllm", "--model", tiny_checkpoint, PYTHONPATH=path)
    assert (said.returncode, said.stdout) == (2, "")
    assert "give --model random, or the released weights" in said.stderr


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"drafts": (0.5,)}, "without --drafts"),
        ({"gpus": "0,1"}, "for one device"),
        ({"model": "random:Unlimited-OCR"}, "is for DeepSeek-OCR 2: give --model random"),
        ({"drafts": (0.5,), "against": "transformers"}, "--against transformers is for one device without --drafts"),
    ],
)
def test_what_cannot_be_compared_is_refused(fake, changes, said, monkeypatch):
    monkeypatch.setattr("pipeline.engine.measure.bench.devices_of", lambda gpus, device: tuple(gpus.split(",")))
    options = replace(BenchOptions(against="vllm"), **changes)
    with pytest.raises(UserError, match=said):
        next(run(options))


def test_writing_is_a_benchmark_of_its_own():
    with pytest.raises(UserError, match="--write and --against vllm are benchmarks of their own"):
        next(report(BenchOptions(against="vllm"), False, write=True))


@pytest.mark.parametrize("listed", ["", "0", "12,x", "1.5"])
def test_numbers_of_sequences_are_whole(listed):
    with pytest.raises(UserError, match="give whole numbers from 1 on"):
        options_of([], "random", "cpu", None, 0.9, None, 4, 1, 0, False, "vllm", sequences=listed)
    taken = options_of([], "random", "cpu", None, 0.9, None, 4, 1, 0, False, "vllm", sequences="128, 384")
    assert taken.sequences == (128, 384)


def test_a_start_that_hangs_costs_one_line(fake, pages, tiny_checkpoint, monkeypatch):
    """What it has started ends with it: nothing is left on the GPU."""
    monkeypatch.setenv("FAKE_VLLM", "no start without the ban")
    monkeypatch.setattr(runs, "PATIENCE", 4.0)
    on, off = runs.measure_vllm(asked(model=str(tiny_checkpoint)), pages)
    assert on.failure == "" and on.rate > 0
    assert off.failure == "it did not start within 4 s"
    assert off.rate == 0
    assert line_of(off) == "vLLM, 2 sequences, n-gram ban off: FAILED, it did not start within 4 s"


def test_a_slow_front_end_gets_the_time_to_fill_all_sequences(monkeypatch):
    """By a clock that goes on by a second whenever it is looked at."""
    clock, waiting = itertools.count(), []
    monkeypatch.setattr(far.time, "monotonic", lambda: float(next(clock)))

    def step():
        answer = SimpleNamespace(token_ids=[1], finish_reason="length")
        return [SimpleNamespace(finished=True, metrics=None, outputs=[answer])] if waiting and waiting.pop() else []

    engine = SimpleNamespace(step=step, has_unfinished_requests=lambda: bool(waiting))
    llm = SimpleNamespace(enqueue=lambda *_, **__: waiting.append(True), llm_engine=engine)
    pages = SimpleNamespace(prompt=lambda number: {}, params=lambda tokens: None, length=lambda number: 1)
    job = far.Job("", True, "", [], [1], 8, None, 0.9, 100, 30.0, 0)
    found = far._read(llm, pages, job)  # type: ignore[arg-type]
    run = counted(8, False, found["done"], found["begun"], found["until"])
    assert run.steady_pages and run.steady_seconds >= 10
    assert found["until"] - found["begun"] <= 5 * 30 + 10


def test_answers_that_end_by_themselves_are_no_comparison(fake, pages, tiny_checkpoint, monkeypatch):
    monkeypatch.setenv("FAKE_VLLM", "an end of its own")
    with pytest.raises(ModelError, match="ended an answer after 1 tokens: stop"):
        list(runs.measure_vllm(asked(model=str(tiny_checkpoint)), pages))


def test_long_answers_fit_beside_their_prompt(fake, pages):
    """Lengths that no window would hold are cut, as ours are."""
    job = runs._job(asked(lengths=(3, 8000)), write_folder(Path(pages[0].source.path).parent, runs.BUILT_IN), [])
    assert job.longest == 8192
    assert job.lengths == [3, 8192 - runs.PROMPT]
    assert job.ngrams == {"ngram_size": 20, "window_size": 50, "whitelist_token_ids": [128821, 128822]}


def test_pages_that_cannot_be_read(pages, tmp_path):
    """One is left out; none at all is the user's mistake."""
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.4 nothing")
    bad = PageRef(Source(broken, "broken.pdf"), 1)
    assert len(runs._images(tmp_path, [bad, *pages])) == 2
    with pytest.raises(InputError):
        runs._images(tmp_path, [bad])


def test_the_folder_for_random_weights(tmp_path):
    """Released sizes, and the special tokens where the released vocabulary has them."""
    config = NetworkConfig.released()
    inner = Tokenizer.from_file(str(write_folder(tmp_path, config) / "tokenizer.json"))
    assert inner.get_vocab_size() == 129_280
    ids = inner.encode("<image>\n<|grounding|>a", add_special_tokens=False).ids
    assert (ids[0], ids[2]) == (128_815, 128_820)
    assert [inner.token_to_id(text) for text in ("<td>", "</td>", "<｜▁pad▁｜>")] == [128_821, 128_822, 2]
    stated = vllm_config(config)
    assert stated["architectures"] == ["DeepseekOCR2ForCausalLM"]
    assert stated["language_config"]["n_routed_experts"] == stated["n_routed_experts"] == 64
    assert (stated["language_config"]["qk_nope_head_dim"], stated["language_config"]["kv_lora_rank"]) == (0, None)
    assert read_config(tmp_path) == config, "as our own reader sees it"


def test_the_lengths_are_ours():
    options = BenchOptions(tokens=700, seed=3)
    given = asked_of_vllm(options, torch.device("cpu")).lengths
    ours = output_lengths(3, 700)
    assert list(given[:200]) == [next(ours) for _ in range(200)]


def test_the_gpu_is_the_one_that_we_read_on(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert started.visible("cpu") == {"CUDA_VISIBLE_DEVICES": ""}
    assert started.visible("cuda") == {"CUDA_VISIBLE_DEVICES": "0"}
    assert started.visible("cuda:1") == {"CUDA_VISIBLE_DEVICES": "1"}
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,6")
    assert started.visible("cuda:1") == {"CUDA_VISIBLE_DEVICES": "6"}


def test_a_process_ends_with_what_it_has_started(tmp_path, monkeypatch):
    """vLLM's engine is a process of its process, and holds the GPU's memory."""
    child = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"
    program = f"{child}; print('ready', flush=True); time.sleep(600)"
    monkeypatch.setattr(started, "GONE", 5.0)
    log = tmp_path / "log.txt"
    with started.started(["-c", program], "cpu", log) as process:
        while "ready" not in log.read_text():
            time.sleep(0.02)
        group = process.pid
        os.killpg(group, 0)
    alive = [line for line in _states(group) if not line.startswith("Z")]
    assert alive == []


def _states(group):
    """Of the processes of a group: the letter that /proc has for each."""
    if sys.platform != "linux":
        return
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(of) == group:
            yield state


def test_what_is_steady():
    """Two sequences: the first two pages are the filling, and what ends after the supply is none of it."""
    done = [(14.0, 9), (11.0, 4), (12.0, 6), (13.0, 8), (21.0, 100)]
    found = counted(2, True, done, 10.0, 20.0, version="1", weights="random", started=3.0, preparing=0.1, starved=2.5)
    assert (found.steady_pages, found.steady_tokens, found.steady_seconds) == (2, 17, 8.0)
    assert (found.pages, found.tokens, found.seconds, found.rate, found.mean) == (5, 127, 11.0, 0.25, 8.5)
    assert line_of(found) == (
        "vLLM, 2 sequences, n-gram ban on, version 1, weights: random: 0.25 pages/s of 8 tokens, steady for 8.0 s; "
        "5 pages in all, started in 3 s; its front end (100 ms a page) kept it waiting for 2.5 s"
    )
    few = counted(8, False, done, 10.0, 20.0)
    assert (few.steady_pages, few.rate, few.mean) == (0, 5 / 11, 127 / 5)
    assert "never steady: give more --seconds" in line_of(few)


def test_the_table():
    ours = Whole(900, 0, 1_350_000, 120.0, 600, 900_000, 50.0, 700.0, 15.0)
    on = VllmRun(128, True, pages=300, steady_pages=100, steady_tokens=150_000, steady_seconds=50.0)
    off = VllmRun(128, False, failure="it did not start within 600 s")
    table = Beside(ours, 416, 16, (on, off))
    assert line_of(table).splitlines() == [
        "                                           pages/s  tokens/s  a page  steady, s",
        "ours, 416 slots, cache of 16 bits            12.00    18,000   1,500       50.0",
        "vLLM, 128 sequences, n-gram ban on            2.00     3,000   1,500       50.0",
        "vLLM, 128 sequences, n-gram ban off       failed",
        "we are 6 times as fast as its best (vLLM, 128 sequences, n-gram ban on)",
    ]
    assert json.dumps(table.ratio) == "6.0"
