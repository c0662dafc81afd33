"""The engine as a whole: steps beside an encoding, the limits of memory, and where the time goes."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from bench_parts.common import Bench, profile_of, say
from pipeline.engine.compute.graphs import StepGraphs
from pipeline.engine.measure import parts, roofline
from pipeline.engine.measure.stand_ins import FixedLengths, synthetic_pages
from pipeline.engine.runner import Runner
from pipeline.transcript import Finish, PageRef, PageViews, Transcript


@torch.inference_mode()
def beside(bench: Bench) -> None:
    """What steps and an encoding cost together, by which goes first."""
    runner = bench.engine()._runner
    slots, pages, steps = runner.room.slots, 1 if bench.tiny else 8, 8 if bench.tiny else 32
    views = parts.some_views(pages, 2 if bench.tiny else 6)
    stream, cuda = runner.encoder.stream, bench.device.type == "cuda"
    for priority in (0, -1):
        runner.steps.graphs = StepGraphs(runner.steps.step, cuda)
        runner.steps.graphs.priority = priority
        _fill(runner, steps)
        runner.run(slots, 3)
        if not priority:
            alone = [_together(runner, views, steps, encode, not encode) for encode in (False, True)]
            say(f"{steps} steps alone {alone[0]:.1f} ms; the encoding of {pages} pages alone {alone[1]:.1f} ms")
        for name, own in {"after each other": None, "beside": stream}.items():
            runner.encoder.stream = own
            _fill(runner, steps)
            taken = min(_together(runner, views, steps, True, True) for _ in range(3))
            say(f"  steps of priority {priority}, {name}: {taken:.1f} ms")


def _fill(runner: Runner, steps: int) -> None:
    parts.fill_slots(runner, runner.room.slots, 200 if runner.device.type == "cpu" else 1131, 5 * steps)


def _together(runner: Runner, views: list[PageViews], steps: int, encode: bool, run: bool) -> float:
    """Milliseconds. Some steps go first: the device has something to do while the host prepares the views."""
    roofline.synchronize(runner.device)
    begun = time.perf_counter()
    for number in range(0, steps if run else 1, 4):
        if encode and number == (steps // 16 * 4 if run else 0):
            runner.encode(views)
        if run:
            runner.run(runner.room.slots, 4)
    roofline.synchronize(runner.device)
    return 1e3 * (time.perf_counter() - begun)


def memory(bench: Bench) -> None:
    """A share of the device's memory that is kept to, and encoding that runs out of it: fewer at once, no page lost."""
    engine = bench.engine(slots=4 if bench.tiny else 64, gpu_memory=0.5)
    engine.lengths = itertools.cycle([5, 9] if bench.tiny else [40, 80, 120])
    with synthetic_pages(4) as pages:
        many = list(itertools.islice(itertools.cycle(pages), 6 if bench.tiny else 160))
        with _most_in_use(bench.device) as most:
            done = list(engine.transcribe(many))
        say(f"a limit of half: {len(done)} pages, {_failed(done)} failed")
        if bench.device.type == "cuda":
            limit = torch.cuda.mem_get_info()[1] / 2
            say(f"at most {most[0] / 2**30:.2f} GiB in use, limit {limit / 2**30:.2f}: "
                f"{'within' if most[0] <= limit else 'OVER'}")  # fmt: skip
        _with_little(bench, engine, many[: 4 if bench.tiny else 80])


@contextmanager
def _most_in_use(device: torch.device) -> Iterator[list[int]]:
    """Bytes in use on the device by all processes, looked at every 20 ms."""
    most, over = [0], threading.Event()

    def look() -> None:
        while not over.wait(0.02):
            free, total = torch.cuda.mem_get_info(device)
            most[0] = max(most[0], total - free)

    looking = threading.Thread(target=look, daemon=True)
    if device.type == "cuda":
        looking.start()
    yield most
    over.set()


def _with_little(bench: Bench, engine: FixedLengths, pages: list[PageRef]) -> None:
    runner, tried = engine._runner, []
    encode = runner.encoder.images

    def counted(views: list[PageViews]) -> list[torch.Tensor]:
        tried.append(len(views))
        if bench.tiny and len(views) > 1:
            raise torch.OutOfMemoryError("as if there were none")
        return encode(views)

    runner.encoder.images, engine._at_once = counted, 4 if bench.tiny else engine._at_once  # type: ignore[method-assign]
    if bench.device.type == "cuda":
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
        left = torch.cuda.memory_reserved() + (3 << 29)
        torch.cuda.set_per_process_memory_fraction(left / torch.cuda.mem_get_info()[1])
    done = list(engine.transcribe(pages))
    say(
        f"1.5 GiB left for encoding and prefill: {len(done)} pages, {_failed(done)} failed; tried at once: {tried[:16]}"
    )
    if bench.device.type == "cuda":
        torch.cuda.set_per_process_memory_fraction(1.0)


def _failed(done: list[Transcript]) -> int:
    return sum(page.finish is Finish.ERROR for page in done)


def profiles(bench: Bench) -> None:
    """The kernels that take the time of an encoding, a prefill, and a step."""
    runner, pages = bench.engine()._runner, 1 if bench.tiny else 8
    tiles, prompt = (2, 600) if bench.tiny else (6, 1131)
    views = parts.some_views(pages, tiles)
    profile_of(bench, f"the encoder, {pages} pages", lambda: runner.encoder.images(views))
    runner.reset()
    for slot in range(min(pages, runner.room.slots)):
        runner.blocks.extend(slot, prompt)
    places = runner._send(np.concatenate([runner.blocks.places(slot, prompt) for slot in range(pages)]))
    images = torch.zeros(0, bench.network.config.decoder.width, device=bench.device, dtype=bench.dtype)
    prompts = parts.some_prompts(pages, prompt, bench.network.config)
    profile_of(bench, f"prefill, {pages} pages", lambda: runner._prefill(prompts, images, places))
    parts.fill_slots(runner, runner.room.slots, prompt, 16)
    profile_of(bench, f"a step of {runner.room.slots} slots", lambda: runner.run(runner.room.slots, 1))
