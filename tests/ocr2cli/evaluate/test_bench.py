"""`ocr2 bench` on a CPU with a tiny checkpoint: every measurement is there, and they agree with one another."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from ocr2cli.evaluate.bench import line_of
from pipeline.engine.cache.cache import token_bytes
from pipeline.engine.load import load_checkpoint
from pipeline.engine.measure import against, bench
from pipeline.engine.measure.bench import random_member, run
from pipeline.engine.measure.measured import Against, Alone, BenchOptions, Drafts, Full, Part, Whole
from pipeline.engine.measure.roofline import Rates, encoder_operations, step_work
from pipeline.engine.measure.stand_ins import endless, output_lengths, synthetic_pages
from pipeline.engine.measure.whole import full_slots
from pipeline.errors import UserError
from pipeline.model.config import NetworkConfig
from pipeline.model.family.known import MEMBERS
from pipeline.reader_options import Mode
from pipeline.transcript import PageRef, Source
from pipeline.views.crops import a4_grid


@pytest.fixture(autouse=True)
def few_pages(monkeypatch):
    """Of those that are drawn where none are given: 256 take seconds."""
    monkeypatch.setattr(bench, "SYNTHETIC", 8)


def test_every_part_is_measured(ocr2, tiny_checkpoint, examples):
    arguments = ("--model", tiny_checkpoint, "--device", "cpu", "--tokens", 6, "--seconds", 2, "--slots", 2, "--json")
    done = ocr2("bench", examples / "paper.pdf", *arguments)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = [(row["measured"], row.get("name"), row.get("count")) for row in rows]
    assert kinds == [
        ("machine", None, None),
        *(("part", name, count) for name, count in (("encoder", 1), ("prefill", 1), ("step", 1), ("step", 2))),
        ("alone", None, None),
        ("whole", None, None),
    ]
    assert all(row["seconds"] > row["floor"] > 0 for row in rows if row["measured"] == "part")
    assert rows[-2]["tokens"] == 6
    whole = rows[-1]
    assert whole["failed"] == 0
    assert whole["pages"] >= 1
    assert whole["tokens"] >= whole["pages"]


def test_it_says_it_in_words_and_refuses_what_it_cannot_read(ocr2, tiny_checkpoint):
    short = ("--tokens", 3, "--seconds", 1, "--slots", 1, "--no-parts")
    done = ocr2("bench", "--model", tiny_checkpoint, "--device", "cpu", *short)
    assert done.returncode == 0, done.stderr
    assert [line.split(":")[0].split(",")[0] for line in done.stdout.splitlines()][:2] == ["cpu", "one page alone"]
    assert "from files to text: " in done.stdout
    assert "of cache in 32 bits" in done.stdout
    assert ocr2("bench", "missing.pdf").returncode == 3
    assert ocr2("bench", "--gpus", "0", "--device", "cpu").returncode == 2


def test_writing_is_measured_beside_reading_alone(ocr2, tiny_checkpoint, examples):
    arguments = ("--model", tiny_checkpoint, "--device", "cpu", "--tokens", 3, "--seconds", 1, "--slots", 1, "--json")
    done = ocr2("bench", examples / "paper.pdf", "--write", *arguments)
    assert done.returncode == 0, done.stderr
    alone, written = (json.loads(line) for line in done.stdout.splitlines())
    assert (alone["files"], alone["pages"] >= 2) == (0, True)
    assert written["files"] == 4 * written["pages"] / 2, "a Markdown file, two pictures and a record for two pages"
    for row in (alone, written):
        assert (row["measured"], row["engines"]) == ("supplied", 1)
        assert 0 <= row["waited"] <= row["seconds"]


def test_keys_and_values_in_8_bits(tiny_checkpoint):
    """The floor of a step has fewer bytes, and pages are read all the same."""
    floors, rooms = {}, {}
    for kv_cache in ("auto", "int8"):
        options = BenchOptions(str(tiny_checkpoint), "cpu", tokens=3, seconds=1, slots=2, kv_cache=kv_cache)
        machine, *parts, _, whole = run(options)
        assert (whole.failed, whole.tokens >= whole.pages) == (0, True)
        floors[kv_cache] = [part.floor * machine.copy for part in parts if part.name == "step"]
        rooms[kv_cache] = machine.cache_bits
    assert rooms == {"auto": 32, "int8": 8}
    assert all(small < large for small, large in zip(floors["int8"], floors["auto"], strict=True))


def test_the_native_class_runs_on_the_same_pages_and_weights(tiny_checkpoint, monkeypatch):
    monkeypatch.setattr(against, "BATCHES", (1, 2))
    monkeypatch.setattr(against, "PROBES", (1, 3))
    options = BenchOptions(
        str(tiny_checkpoint), "cpu", tokens=4, seconds=1, slots=2, parts=False, against="transformers"
    )
    *_, whole, native = run(options)
    assert isinstance(whole, Whole) and isinstance(native, Against)
    assert [batch for batch, _ in native.estimates] == [1, 2]
    assert (native.whole, native.run, native.ended) == (True, native.longest, "")
    drawn = output_lengths(0, 4)
    assert native.tokens == sum(next(drawn) for _ in range(native.batch))
    assert native.ratio == pytest.approx(whole.rate / native.rate)


def test_the_native_class_in_little_time_says_that_it_is_extrapolated(tiny_checkpoint, monkeypatch):
    monkeypatch.setattr(against, "BATCHES", (1, 2, 4))
    monkeypatch.setattr(against, "PROBES", (1, 2))
    checkpoint = load_checkpoint(str(tiny_checkpoint), torch.device("cpu"))
    with synthetic_pages(2) as pages:
        found = against.measure_native(endless(checkpoint), pages, 300, 0, 0.5)
    assert not found.whole
    assert 1 <= found.run < found.longest <= 800
    assert found.ended == "no time for 2"
    assert f"EXTRAPOLATED from {found.run} of the {found.longest} steps" in line_of(found)


def test_seconds_of_more_tokens():
    assert against._extrapolated((3.0, 1), (5.0, 5), 5) == 5.0
    assert against._extrapolated((3.0, 1), (5.0, 5), 9) == 7.0
    assert against._extrapolated((3.0, 2), (4.0, 2), 4) == 8.0, "no faster than what was seen"


def test_the_native_class_says_what_the_network_says(tiny_checkpoint):
    """The comparison is of the same network: its logits agree with the native class's."""
    network = load_checkpoint(str(tiny_checkpoint), torch.device("cpu")).network
    ids = torch.tensor([[5, 9, 7, 20]])
    with against.native_model(network) as model, torch.inference_mode():
        theirs = model(input_ids=ids).logits
        ours = network.lm_head(network.decode(network.embed(ids), torch.arange(4)[None]))
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def test_the_rate_while_slots_are_full():
    """Two slots, a tick a second of sixteen tokens: the half full ones and the pause count for nothing."""
    full = [(second, 2, 16 * second, 8 * second) for second in range(1, 21)]
    ticks = [(0, 1, 0, 0), *full, (40, 2, 400, 200), (41, 1, 416, 208), (42, 0, 424, 216)]
    engine: Any = SimpleNamespace(ticks=ticks, _runner=SimpleNamespace(room=SimpleNamespace(slots=2)))
    assert full_slots(engine) == Full(seconds=20, tokens=320, steps=160, late_seconds=10, late_tokens=160)
    engine.ticks = ticks[:9]
    assert full_slots(engine) is None


def test_lengths_are_seeded_and_clipped():
    drawn = [next(lengths) for lengths in [output_lengths(0)] for _ in range(4000)]
    again = output_lengths(0)
    assert drawn[:50] == [next(again) for _ in range(50)]
    assert 1400 < sum(drawn) / len(drawn) < 1600
    assert min(drawn) >= 100 and max(drawn) <= 4000


def test_the_work_of_a_page_at_the_released_sizes():
    """The figures that are known for it: TFLOP of the views, gigabytes and tokens of a step."""
    config = NetworkConfig.released()
    assert encoder_operations(config, 1024) + 6 * encoder_operations(config, 768) == pytest.approx(5.44e12, rel=0.01)
    token = token_bytes(config.decoder, torch.bfloat16)
    assert (token, token_bytes(config.decoder, torch.uint8)) == (61440, 61440 // 2 + 24 * 10 * 4)
    moved, _ = step_work(config, 384, 384 * 1131, 2, token)
    assert moved == pytest.approx(4.84e9 + 0.7e9 + 384 * 1131 * 61440, rel=0.01)
    assert Rates(1e12, 1e15).floor(moved, 0) == pytest.approx(moved / 1e12)


def test_what_drafts_bring_by_how_many_are_right(ocr2, tiny_checkpoint, examples):
    arguments = ("--model", tiny_checkpoint, "--device", "cpu", "--tokens", 30, "--seconds", 2, "--slots", 2)
    done = ocr2("bench", examples / "paper.pdf", *arguments, "--drafts", "0,1", "--json")
    assert done.returncode == 0, done.stderr
    _, without, wrong, right = (json.loads(line) for line in done.stdout.splitlines())
    assert [each["right"] for each in (without, wrong, right)] == [None, 0, 1]
    assert (without["guessed"], without["kept"], without["steps"]) == (0, 0, 0)
    assert wrong["kept"] == 0 < wrong["guessed"]
    assert right["kept"] > 4 * right["steps"]
    assert all(each["whole"]["failed"] == 0 for each in (without, wrong, right))
    refused = ocr2("bench", "--drafts", "0,2")
    assert (refused.returncode, refused.stderr.strip().count("\n")) == (2, 0)
    assert "give shares of right tokens from 0 to 1" in refused.stderr


def test_drafts_in_words():
    whole = Whole(4, 0, 120, 2.0, 0, 0, 0.0, 0.0, 0.0)
    found = Drafts(0.9, whole, Alone(1500, 0.5), 600, 500, 100)
    assert line_of(found).splitlines()[0] == (
        "drafts of which 90% are right: 2.00 pages/s; 6.00 tokens a step and slot, 6.00 guessed, 83% kept; "
        "one page alone 3,000 tokens/s"
    )


@pytest.mark.parametrize("name", ["DeepSeek-OCR", "Unlimited-OCR"])
def test_siblings_are_measured_in_their_own_views(tiny_family, name, examples):
    """Every part, whole pages, and transformers' class for the ratio."""
    pytest.importorskip("transformers.models.unlimited_ocr")
    pages = (PageRef(Source((examples / "paper.pdf").absolute(), "paper.pdf"), 1),)
    mode: Mode = "base"
    options = BenchOptions(str(tiny_family[name]), "cpu", pages=pages, tokens=4, seconds=1, slots=2, mode=mode)
    found = list(run(options))
    assert [type(each).__name__ for each in found] == ["Machine", *["Part"] * 4, "Alone", "Whole"]
    assert all(each.floor > 0 for each in found if isinstance(each, Part))
    checkpoint = endless(load_checkpoint(str(tiny_family[name]), torch.device("cpu")))
    native = against.measure_native(checkpoint, list(pages), 4, 0, patience=8)
    assert native.batch >= 1


def test_random_weights_have_the_sizes_of_a_member():
    assert [random_member(name) for name in ("random", "random:unlimited-ocr", "random:deepseek-ai/DeepSeek-OCR")] == [
        MEMBERS[0], MEMBERS[2], MEMBERS[1]
    ]  # fmt: skip
    assert random_member("nano") is None
    with pytest.raises(UserError, match="give random, or one of random:DeepSeek-OCR-2, random:DeepSeek-OCR, random:U"):
        random_member("random:gpt")


def test_what_the_window_saves_at_released_sizes():
    """Bytes of a step of 384 slots, A4 pages and answers of 1,500 tokens half written, in 16 bits: counted."""
    moved = {}
    for member in MEMBERS:
        views, decoder = member.views, member.released.decoder
        prompt = views.tokens(*a4_grid(views, member.dpi))
        answer = min(750, decoder.window or 750)
        cached = 384 * (prompt + answer)
        size = token_bytes(decoder, torch.bfloat16)
        moved[member.name] = (prompt, round(step_work(member.released, 384, cached, 2, size)[0] / 1e9, 1))
    assert moved == {"DeepSeek-OCR 2": (1121, 49.7), "DeepSeek-OCR": (903, 44.5), "Unlimited-OCR": (2733, 73.0)}
    cached = 384 * (903 + 128)  # at 144 dots per inch
    assert round(step_work(MEMBERS[2].released, 384, cached, 2, size)[0] / 1e9, 1) == 29.9  # a third less than 44.5
