"""`ocr2 bench`: this device's rates, each part of a page's way against its floor, and whole pages."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

import torch

from pipeline.engine.cache.cache import token_bytes
from pipeline.engine.engine import Checkpoint
from pipeline.engine.load import load_checkpoint, pick_device, pick_format
from pipeline.engine.measure import parts, roofline
from pipeline.engine.measure.against import measure_native
from pipeline.engine.measure.beside_vllm.runs import Asked, measure_vllm, refuse
from pipeline.engine.measure.drafts import DraftBench
from pipeline.engine.measure.measured import RANDOM, BenchOptions, Beside, Machine, Measured, Part, Whole
from pipeline.engine.measure.roofline import Rates
from pipeline.engine.measure.stand_ins import (
    FixedLengths,
    endless,
    output_lengths,
    random_checkpoint,
    random_network,
    synthetic_pages,
)
from pipeline.engine.measure.whole import alone, full_slots, whole
from pipeline.engine.memory import MOST_SLOTS
from pipeline.engine.packing.pack import pack
from pipeline.engine.runner import Runner
from pipeline.engine.settings import manner_of
from pipeline.errors import UserError
from pipeline.model.family.known import MEMBERS
from pipeline.model.family.member import Member
from pipeline.model.formats.number_format import format_of
from pipeline.reader_options import ReaderOptions
from pipeline.readers.gpus import devices_of
from pipeline.sharding.sharded import ShardedTranscriber
from pipeline.transcriber import Transcriber
from pipeline.transcript import PageRef
from pipeline.views.crops import a4_grid
from pipeline.views.rules import ViewRules

# Pages that differ, so that no cache of files or of rasters helps; they come round as often as the time allows.
SYNTHETIC = 256


def checkpoint_of(options: BenchOptions, device: torch.device) -> Checkpoint:
    """The network to measure, not packed yet, with answers that do not end by themselves."""
    if (member := random_member(options.model)) is not None:
        network = random_network(member.released, device, pick_format(device, options.weights), options.seed)
        return endless(random_checkpoint(network))
    return endless(load_checkpoint(options.model, device, options.weights))


def random_member(model: str) -> Member | None:
    """Whose released sizes random weights are to have: `random`, or `random:` and a repository or its last part.

    None for any other model. Raises UserError for a name that is none.
    """
    random, _, name = model.partition(":")
    if random != RANDOM:
        return None
    for member in MEMBERS:
        if name.lower() in ("", member.repository.lower(), member.repository.lower().rpartition("/")[2]):
            return member
    names = ", ".join(f"{RANDOM}:{member.repository.rpartition('/')[2]}" for member in MEMBERS)
    raise UserError(f"--model {model}: give {RANDOM}, or one of {names}")


def engine_of(checkpoint: Checkpoint, options: BenchOptions, share: int = 1, packed: bool = False) -> FixedLengths:
    """An engine whose answers have the options' lengths."""
    if not packed:
        pack(checkpoint.network)
    workers = 0 if checkpoint.network.device.type == "cpu" else _workers(share)
    # Room for the longest drawn answers: with less they would be cut off and the mean fall, with more slots would hold
    # less.
    asked = ReaderOptions(max_tokens=max(1, options.tokens * 8 // 3), mode=options.mode)
    manner = manner_of(checkpoint.network.config, asked)
    engine = FixedLengths(
        checkpoint, manner.prompt, replace(manner.decoding, stop_loops=False), options.slots, views=manner.views,
        gpu_memory=options.gpu_memory, workers=workers, kv_cache=options.kv_cache,
    )  # fmt: skip
    engine.lengths = output_lengths(options.seed, options.tokens)
    return engine


def _workers(share: int) -> int:
    return max(1, min(16, ((os.cpu_count() or 2) - 1) // share))


@dataclass(frozen=True)
class OpenBench:
    """An engine in a process of its own; its lengths are drawn by a seed of its own."""

    options: BenchOptions
    share: int

    def __call__(self) -> Transcriber:
        return engine_of(checkpoint_of(self.options, pick_device(self.options.device)), self.options, self.share)


def run(options: BenchOptions) -> Iterator[Measured]:
    """Everything that the options ask for, one after the other."""
    devices = devices_of(options.gpus, options.device) if options.gpus is not None else ()
    refuse_against(options, len(devices))
    with ExitStack() as stack:
        pages = list(options.pages) or stack.enter_context(synthetic_pages(SYNTHETIC, options.seed))
        if len(devices) > 1:
            yield from _sharded(options, devices, pages)
            return
        device = pick_device(devices[0] if devices else options.device)
        theirs = []
        if options.against == "vllm":  # before anything of ours is on the device
            for each in measure_vllm(asked_of_vllm(options, device), pages):
                theirs.append(each)
                yield each
        rates = roofline.measure_rates(device, pick_format(device, options.weights).dtype)
        checkpoint = checkpoint_of(options, device)
        native = None
        if options.against == "transformers":
            native = measure_native(checkpoint, pages, options.tokens, options.seed)
        engine = engine_of(checkpoint, options)
        yield (here := machine(engine, rates))
        if options.drafts:
            yield from DraftBench(engine, options).curve(pages)
            return
        if options.parts:
            yield from in_time(parts_of(engine, rates, options.tokens), options.seconds)
        lone = alone(engine, pages[0], options.tokens, options.seconds)
        yield lone
        fitting = int(lone.tokens / lone.seconds * options.seconds / 2)
        if device.type == "cpu" and fitting < options.tokens:  # else not one page would come to its end in that time
            engine.lengths = output_lengths(options.seed, max(2, fitting))
        done = whole(engine, pages, options, engine._runner.room.slots)
        done = replace(done, roofline=allowed(engine, rates, done), full=full_slots(engine))
        yield done
        if native is not None:
            yield replace(native, ratio=done.rate / native.rate)
        if theirs:
            yield Beside(done, here.slots, here.cache_bits, tuple(theirs))


def refuse_against(options: BenchOptions, devices: int) -> None:
    """Raises UserError, before anything is loaded, for a comparison that cannot be made."""
    if options.against is None:
        return
    if devices > 1 or options.drafts:
        raise UserError(f"--against {options.against} is for one device without --drafts; leave one of them out")
    if options.against == "vllm":
        member = random_member(options.model)
        if member is not None and member is not MEMBERS[0]:
            raise UserError(f"--against vllm is for {MEMBERS[0].name}: give --model {RANDOM}")
        refuse(None if member else options.model)


def asked_of_vllm(options: BenchOptions, device: torch.device) -> Asked:
    """The same lengths as ours, in the same order; 16,384 are more than a run takes."""
    model = None if random_member(options.model) else options.model
    lengths = tuple(itertools.islice(output_lengths(options.seed, options.tokens), 1 << 14))
    return Asked(
        model, str(device), options.sequences, lengths, options.gpu_memory, options.seconds, options.seed,
        options.front_ends,
    )  # fmt: skip


LEAST = 10.0  # seconds


def in_time(parts: Iterator[Part], seconds: float) -> Iterator[Part]:
    """As many as are begun in that time, or in ten seconds where it is less: a small network is measured whole."""
    until = time.monotonic() + max(seconds, LEAST)
    for part in parts:
        yield part
        if time.monotonic() > until:
            return


def _sharded(options: BenchOptions, devices: tuple[str, ...], pages: list[PageRef]) -> Iterator[Whole]:
    """Whole pages only; each process supplies itself with other lengths."""
    openers = [
        OpenBench(replace(options, device=device, gpus=None, seed=options.seed + number), len(devices))
        for number, device in enumerate(devices)
    ]
    sharded = ShardedTranscriber(openers)
    try:
        slots = options.slots or MOST_SLOTS
        yield whole(sharded, pages, options, slots * len(devices))
    finally:
        sharded.close()


def machine(engine: FixedLengths, rates: Rates) -> Machine:
    """What is measured on."""
    device, room = engine._runner.device, engine._runner.room
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    return Machine(
        name, torch.__version__, rates.copy, rates.matmul, engine._runner.backend.name, room.slots,
        room.blocks * room.block, 8 * engine._runner.kept.itemsize,
    )  # fmt: skip


def parts_of(engine: FixedLengths, rates: Rates, tokens: int) -> Iterator[Part]:
    """Encoder, prefill and steps, each alone, of one and of many."""
    runner, config = engine._runner, engine._runner.network.config
    views, shape, prompt = a4(engine)
    before = roofline.page_operations(config, views, shape[0] * shape[1], prompt)
    for pages in sorted({1, runner.room.pages}):
        work = before - roofline.prefill_operations(config, prompt)
        yield Part("encoder", pages, parts.encoder_seconds(runner, pages, views, shape), pages * work / rates.matmul)
        work = roofline.prefill_operations(config, prompt)
        yield Part("prefill", pages, parts.prefill_seconds(runner, pages, prompt), pages * work / rates.matmul)
    most = runner.room.slots
    for slots in sorted({size for size in (1, 8, 32, 64, 128, 256, most) if size <= most}):
        taken, cached = parts.step_seconds(runner, slots, prompt, tokens)
        yield Part("step", slots, taken, step_floor(runner, rates, slots, cached))
    runner.reset()


def step_floor(runner: Runner, rates: Rates, slots: int, cached: float) -> float:
    """Seconds of a step of so many slots with `cached` tokens together, at the device's rates."""
    config, itemsize = runner.network.config, format_of(runner.network).bytes
    token = token_bytes(config.decoder, runner.kept)
    return rates.floor(*roofline.step_work(config, slots, cached, itemsize, token))


def allowed(engine: FixedLengths, rates: Rates, done: Whole) -> float:
    """Pages a second at the device's rates, of answers as long as those that were done."""
    config, slots = engine._runner.network.config, engine._runner.room.slots
    views, shape, prompt = a4(engine)
    count, written = (done.steady_pages, done.steady_tokens) if done.steady_pages else (done.pages, done.tokens)
    mean = max(1.0, written / max(1, count))
    cached = min(done.steady_cached or mean / 2, config.decoder.window or mean)  # a window never holds more
    step = step_floor(engine._runner, rates, slots, slots * (prompt + cached))
    before = roofline.page_operations(config, views, shape[0] * shape[1], prompt)
    return 1 / (mean * step / slots + before / rates.matmul)


def a4(engine: FixedLengths) -> tuple[ViewRules, tuple[int, int], int]:
    """How an A4 page is cut, its grid, and the tokens of its prompt."""
    views = engine._views
    shape = a4_grid(views, engine._options.dpi)
    return views, shape, len(engine.questions.ids(views.tokens(*shape)))
