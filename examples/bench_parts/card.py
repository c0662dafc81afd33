"""The full model on a card of 8 GB, played on a larger one: its slots, and whether pages are read there."""

from __future__ import annotations

from dataclasses import replace

import torch

from bench_parts.common import Bench, say
from pipeline.engine.decoding.options import DecodingOptions
from pipeline.engine.measure.stand_ins import (
    FixedLengths,
    endless,
    output_lengths,
    random_checkpoint,
    synthetic_pages,
)
from pipeline.model.family.deepseek_ocr2 import PROMPTS

SMALL_CARD = 8e9  # bytes


def card(bench: Bench) -> None:
    """What fits into eight gigabytes, and pages that are read there. Best run alone, on an empty device."""
    bench.network = bench.of_8_bits()
    bench.free()
    if bench.device.type != "cuda":
        return
    free, total = torch.cuda.mem_get_info(bench.device)
    say(f"before: {torch.cuda.memory_allocated() / 1e9:.2f} GB by torch, {(total - free) / 1e9:.2f} on the device")
    checkpoint = endless(random_checkpoint(bench.network))
    options = replace(DecodingOptions(max_tokens=8192), stop_loops=False)
    for kv_cache in ("auto", "int8"):
        torch.cuda.reset_peak_memory_stats()
        engine = FixedLengths(
            checkpoint, PROMPTS["markdown"], options, gpu_memory=0.9 * SMALL_CARD / total, workers=8, kv_cache=kv_cache
        )
        engine.lengths = output_lengths(0, 300)
        with synthetic_pages(24) as pages:
            done = list(engine.transcribe(pages))
        room = engine._runner.room
        failed = sum(page.error is not None for page in done)
        used = total - torch.cuda.mem_get_info(bench.device)[0]
        say(
            f"0.9 of {SMALL_CARD / 1e9:.0f} GB, cache {kv_cache}: {room}; {len(done)} pages, {failed} failed; "
            f"{torch.cuda.max_memory_reserved() / 1e9:.2f} GB by torch at most, {used / 1e9:.2f} on the device"
        )
        del engine
        bench.free()
