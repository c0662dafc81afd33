"""What the host does for a page beside launching: its views laid out for the device, and its slot opened."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray

from bench_parts.common import Bench, say
from pipeline.engine.dialogue.handover import Encoded, Opening, Prompt
from pipeline.engine.drafts.guesses import Guesses
from pipeline.engine.encoding.staging import Staging
from pipeline.engine.measure import parts
from pipeline.engine.runner import Runner
from pipeline.model.family.member import NgramRule
from pipeline.transcript import PageViews
from pipeline.views.rules import OCR2_VIEWS

PAGES = 8
ROUNDS = 9


def host(bench: Bench) -> None:
    """Milliseconds of this thread for a page, the least of some rounds: each way by turns."""
    pages = list(chain.from_iterable(parts.some_views(1, 6, seed) for seed in range(PAGES)))
    # Tensors on `meta` take no copies: on a CPU nothing stands for what a device fetches by itself.
    device = bench.device if bench.device.type == "cuda" else torch.device("meta")
    staging = Staging(device, PAGES * OCR2_VIEWS.most_bytes)
    kept = [torch.from_numpy(each) for each in _stacks(pages)]
    before, now = _by_turns(partial(_stacked, device, pages, kept), partial(staging.send, pages))
    say(f"views of a page with six tiles to the device: stacked and pinned {before:.2f} ms, staged {now:.2f}: "
        f"{now / before:.2f} of it")  # fmt: skip
    engine = bench.engine()
    runner, prompt = engine._runner, engine.questions._row(OCR2_VIEWS.tokens(3, 2), engine.questions.prompt)
    count = min(PAGES, runner.room.slots)
    openings = _openings(runner, prompt, count)
    runner._prefill = partial(_nothing, runner)  # type: ignore[assignment]  # launching is not looked at
    (taken,) = _by_turns(partial(_opened, runner, openings))
    say(f"opening a slot, all but the network: {taken * PAGES / count:.3f} ms")


def _by_turns(*ways: Callable[[], object]) -> list[float]:
    """Milliseconds of this thread's own time for one of `PAGES` pages."""
    least = [float("inf")] * len(ways)
    for _ in range(ROUNDS):
        for number, way in enumerate(ways):
            began = time.thread_time()
            way()
            least[number] = min(least[number], time.thread_time() - began)
            if torch.cuda.is_available():
                torch.cuda.synchronize()
    return [1e3 * each / PAGES for each in least]


def _stacks(pages: Sequence[PageViews]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    return np.stack([page.global_view for page in pages]), np.concatenate([page.local_views for page in pages])


def _stacked(device: torch.device, pages: Sequence[PageViews], kept: Sequence[torch.Tensor]) -> None:
    """As it was before there were staging buffers. On a CPU `kept` memory stands for the pinned one, kept by torch."""
    for array, memory in zip(_stacks(pages), kept, strict=True):
        stack = torch.from_numpy(array)
        if device.type == "cuda":
            stack.pin_memory().to(device, non_blocking=True)
        else:
            memory.copy_(stack)


def _openings(runner: Runner, prompt: Prompt, count: int) -> list[Opening]:
    """With drafts of 1,500 tokens, as in mid-run."""
    width, vocabulary = runner.network.config.decoder.width, runner.network.lm_head.weight.shape[0]
    random = np.random.default_rng(0)
    with torch.inference_mode():
        runner.guess(Guesses(runner.room.slots, runner.states.tokens.shape[1], _none_numeric(runner)))
        images = torch.zeros(OCR2_VIEWS.tokens(3, 2), width, device=runner.device, dtype=runner.network.dtype)
    return [
        Opening(
            slot,
            (Encoded(images, None),),
            prompt,
            1500,
            NgramRule(20, 90),
            random.integers(0, vocabulary, 1500).tolist(),
        )
        for slot in range(count)
    ]


def _none_numeric(runner: Runner) -> torch.Tensor:
    return torch.zeros(runner.network.lm_head.weight.shape[0], dtype=torch.bool, device=runner.device)


def _nothing(runner: Runner, prompts: Sequence[Prompt], *_: object) -> torch.Tensor:
    return torch.zeros(len(prompts), runner.network.lm_head.weight.shape[0], device=runner.device)


@torch.inference_mode()
def _opened(runner: Runner, openings: list[Opening]) -> None:
    runner.open(openings)
    for opening in openings:
        runner._empty(opening.slot)
