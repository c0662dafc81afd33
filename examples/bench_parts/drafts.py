"""Drafts: attention of some tokens a slot, a step by its guesses, and whole pages by how good their drafts are."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import torch

from bench_parts.common import Bench, apart, attempt, say
from bench_parts.variants import ATTENTIONS, filled_cache
from ocr2cli.evaluate.bench import line_of
from pipeline.engine.cache.slots import SlotStates
from pipeline.engine.compute.backends import attend_rows_each, attend_sdpa, kernels
from pipeline.engine.compute.rows import lay_out
from pipeline.engine.drafts.guesses import MOST, Guesses, Proposal
from pipeline.engine.measure import bench as measure
from pipeline.engine.measure import parts, roofline
from pipeline.engine.measure.drafts import DraftBench
from pipeline.engine.measure.measured import BenchOptions
from pipeline.engine.measure.stand_ins import FixedLengths, endless, random_checkpoint
from pipeline.transcript import PageRef, Source
from pipeline.views.rules import OCR2_VIEWS

PAPER = Path(__file__).resolve().parents[1] / "paper.pdf"
RIGHT = (0.9, 0.0, 0.95, 1.0, 0.8, 0.5)
"""The marks first: a run that is cut off should have them."""


@torch.inference_mode()
def rows_attention(bench: Bench) -> None:
    """One layer's attention by how many tokens of a slot share a read, and by the shape of our kernel."""
    fused = kernels(torch.empty(0, device=bench.device))
    slots, table, lengths, kept, floor = filled_cache(bench, bench.kv_cache)
    heads, width = bench.network.config.decoder.heads, bench.network.config.decoder.head_dim
    shapes: dict[bool, tuple[int, int, int]] = {}
    if fused:
        from pipeline.engine.kernels.rows import SHAPES as shapes  # noqa: N811  there is Triton
    quantised = kept.scales is not None
    for shape in dict.fromkeys((shapes[quantised], (64, 3, 4), (64, 2, 4), *ATTENTIONS)) if fused else (None,):
        if shape:
            shapes[quantised] = shape

        def tried(shape: tuple[int, int, int] | None = shape) -> None:
            taken, error = [], 0.0
            for size in (1, 8, MOST + 1):
                wanted = torch.full((slots,), size - 1, device=bench.device)
                rows = lay_out(wanted.new_zeros(slots, MOST), wanted, slots * (size - 1))
                queries = torch.randn(slots * size, heads, width, device=bench.device, dtype=bench.dtype)
                own = lengths - size
                run = partial(attend_rows_each, queries, kept, table, own, rows)
                if fused:
                    run = partial(fused.rows_attention, queries, kept, table, own, rows.starts, rows.sizes)
                taken.append(bench.timed(run, 7))
                # The first slot's rows, each alone.
                alone = attend_sdpa(queries[:size], kept, table[:1].repeat(size, 1), own[0] + rows.ahead[:size])
                error = max(error, apart(run()[:size], alone))
            times = ", ".join(f"{each:.3f}" for each in taken)
            say(f"  attention of 1, 8, {MOST + 1} tokens a slot, {shape}: {times} ms; floor {floor:.3f}; "
                f"{error:.1e} from torch's")  # fmt: skip

        attempt(f"attention of rows {shape}", tried)
    if fused:
        shapes[quantised] = (64, 3, 4)


class Always(Guesses):
    """Every slot wants the same number of guesses."""

    each = 0

    def propose(self, states: SlotStates, count: int) -> Proposal:
        proposal = super().propose(states, count)
        return Proposal(proposal.tokens, torch.full_like(proposal.wanted, self.each) * states.alive[:count])


@torch.inference_mode()
def step_by_guesses(engine: FixedLengths) -> None:
    """Milliseconds of a step with no guesses at all, and with 0 to 15 a slot, of all slots and of one."""
    runner, prompt = engine._runner, len(engine.questions.ids(OCR2_VIEWS.most_tokens))
    vocabulary = runner.network.lm_head.weight.shape[0]
    numeric = torch.zeros(vocabulary, dtype=torch.bool, device=runner.device)
    for slots in (runner.room.slots, 1):
        found = []
        for each in (None, 0, 1, 3, 7, 15):
            guesses = Always(runner.room.slots, engine._options.max_tokens, numeric)
            guesses.each = each or 0
            runner.guess(None if each is None else guesses)
            steps = 40
            parts.fill_slots(runner, slots, prompt, steps * (1 if each is None else 2))
            runner.steps.demand = slots * guesses.each
            taken = roofline.seconds(partial(runner.run, slots, 4), runner.device, 5) / 4
            found.append(f"{each}: {1e3 * taken:.2f}")
        say(f"step of {slots} slots by guesses each, ms: {', '.join(found)}")


def drafts(bench: Bench, seconds: float) -> None:
    """Everything of drafts."""
    attempt("attention of rows", lambda: rows_attention(bench))
    import pymupdf

    with pymupdf.open(PAPER) as document:
        pages = [PageRef(Source(PAPER, PAPER.name), number) for number in range(1, len(document) + 1)]
    options = BenchOptions(
        tokens=30 if bench.tiny else 1500, seconds=seconds, slots=bench.slots, gpu_memory=bench.gpu_memory,
        kv_cache=bench.kv_cache, drafts=RIGHT,
    )  # fmt: skip
    rates = roofline.measure_rates(bench.device, bench.dtype)
    bench.packed()
    bench.free()
    engine = measure.engine_of(endless(random_checkpoint(bench.network)), options, packed=True)
    say(line_of(measure.machine(engine, rates)))
    attempt("steps by guesses", lambda: step_by_guesses(engine))
    for found in DraftBench(engine, options).curve(pages):
        for line in line_of(found).splitlines():
            say(line)
