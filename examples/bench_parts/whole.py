"""Pages from files to text, as `ocr2 bench` measures them, of a network that other parts have chosen variants for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from bench_parts.common import Bench, say
from ocr2cli.evaluate.bench import line_of
from pipeline.engine.measure import bench as measure
from pipeline.engine.measure import roofline
from pipeline.engine.measure.measured import BenchOptions, Measured
from pipeline.engine.measure.stand_ins import endless, random_checkpoint
from pipeline.engine.measure.whole import full_slots
from pipeline.transcript import PageRef, Source

PAPER = Path(__file__).resolve().parents[1] / "paper.pdf"


def whole(bench: Bench, seconds: float, apart: bool = True) -> None:
    """Parts and a page alone, if they are wanted, and the measured run; what is being read at its end is not waited
    for.
    """
    import pymupdf

    with pymupdf.open(PAPER) as document:
        pages = tuple(PageRef(Source(PAPER, PAPER.name), number) for number in range(1, len(document) + 1))
    options = BenchOptions(
        pages=pages, tokens=12 if bench.tiny else 1500, seconds=seconds, slots=bench.slots,
        gpu_memory=bench.gpu_memory, kv_cache=bench.kv_cache, tail=False,
    )  # fmt: skip
    rates = roofline.measure_rates(bench.device, bench.dtype)
    bench.packed()
    bench.free()
    engine = measure.engine_of(endless(random_checkpoint(bench.network)), options, packed=True)
    _say(measure.machine(engine, rates))
    if apart:
        for part in measure.parts_of(engine, rates, options.tokens):
            _say(part)
        _say(measure.alone(engine, pages[0], options.tokens))
    done = measure.whole(engine, list(pages), options, engine._runner.room.slots)
    _say(replace(done, roofline=measure.allowed(engine, rates, done), full=full_slots(engine)))
    if bench.device.type == "cuda":
        most, there = torch.cuda.max_memory_reserved(), torch.cuda.mem_get_info()[1]
        say(f"memory: torch reserved {most / 2**30:.1f} GiB at most, of {there / 2**30:.1f}")


def _say(measured: Measured) -> None:
    for line in line_of(measured).splitlines():
        say(line)
