"""The native class of transformers on the same weights and pages: what the engine is compared with."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pipeline.documents.document import DocumentCache
from pipeline.engine.decoding.prompts import prompt_ids
from pipeline.engine.engine import Checkpoint
from pipeline.engine.measure.measured import Against
from pipeline.engine.measure.roofline import synchronize
from pipeline.engine.measure.stand_ins import output_lengths
from pipeline.errors import ModelError, UserError
from pipeline.model.checkpoints.config_writer import native_config
from pipeline.model.checkpoints.keys import places
from pipeline.model.family.known import member_of, views_of
from pipeline.model.network import Network
from pipeline.model.vision_tokenizer import normalize_pixels
from pipeline.transcript import PageRef
from pipeline.views.ready_page import ReadyPage, make_ready
from pipeline.views.rules import ViewRules

BATCHES = (1, 2, 4, 8, 16, 32, 64, 128)
PROBES = (4, 36)
"""Tokens of the short runs whose difference tells what a token costs."""
# A batch of 32 of transformers' class takes some minutes (README of the engine): less, and only small ones are tried,
# which would flatter ours.
PATIENCE = 900.0
"""Seconds for everything; this share of them is for the best batch."""
FOR_THE_BEST = 0.4


def measure_native(
    checkpoint: Checkpoint, pages: list[PageRef], tokens: int, seed: int, patience: float = PATIENCE
) -> Against:
    """Find the batch size of the most pages a second in short runs, then read a whole batch of that size.

    In its favour: pages of one shape, so that nothing is padded; rasterised and cut beforehand; no ban of n-grams.
    Batches double until memory or time is used up, or the rate falls. Of the best one as many tokens are run as there
    is time for: the rest would be slower, as the cache grows, so this is in its favour, too.
    """
    until = time.perf_counter() + patience
    with DocumentCache() as documents, native_model(checkpoint.network) as model:
        rules, dpi = views_of(checkpoint.network.config), member_of(checkpoint.network.config).dpi
        native = _Native(model, checkpoint, _ready(documents, pages, rules, dpi), rules)
        estimates, ended = _estimates(native, seed, tokens, until - FOR_THE_BEST * patience)
        batch, rate = max(estimates, key=lambda pair: pair[1])
        lengths = list(itertools.islice(output_lengths(seed, tokens), batch))
        found = native.measure(lengths, batch / rate, until - time.perf_counter())
        return replace(found, estimates=tuple(estimates), ended=ended)


def _estimates(native: _Native, seed: int, tokens: int, until: float) -> tuple[list[tuple[int, float]], str]:
    """Pages a second by batch, and why there are no more. Raises ModelError where not even the smallest one runs."""
    estimates: list[tuple[int, float]] = []
    taken, ended = 0.0, ""
    for batch in BATCHES:
        begun = time.perf_counter()
        # The next batch is twice as large and takes longer than this one did; what could hardly end in time is not
        # begun.
        if estimates and begun + 1.5 * taken > until:
            ended = f"no time for {batch}"
            break
        longest = max(itertools.islice(output_lengths(seed, tokens), batch))
        estimate = native.estimate(batch, longest, max(1.0, until - begun))
        if estimate is None:
            ended = f"no memory for {batch}"
            break
        taken = time.perf_counter() - begun
        estimates.append((batch, estimate))
        if len(estimates) > 2 and estimate < 0.9 * max(rate for _, rate in estimates):
            ended = f"{batch} is slower"
            break
    if not estimates:
        raise ModelError(f"no memory to run transformers' class beside the network: {ended}")
    return estimates, ended


def _native_classes(clip: bool) -> tuple[Any, Any]:
    """Configuration and model of DeepSeek-OCR 2, or of its siblings with CLIP, which share one. Raises UserError."""
    try:
        import transformers

        if clip:
            return transformers.UnlimitedOcrConfig, transformers.UnlimitedOcrForConditionalGeneration
        return transformers.DeepseekOcr2Config, transformers.DeepseekOcr2ForConditionalGeneration
    except (ImportError, AttributeError) as error:
        raise UserError("this needs transformers 5.20 or later: install it with pip install '.[bench]'") from error


@contextmanager
def native_model(network: Network) -> Iterator[Any]:
    """transformers' class with a network's weights (not packed), on its device, in its number format."""
    weight = network.lm_head.weight
    config_class, model_class = _native_classes(network.newlines)
    config = config_class(**native_config(replace(network.config, eos_token_id=0)))
    with torch.device(weight.device):
        model = model_class._from_config(config, dtype=weight.dtype).eval()
    parameters = dict(network.named_parameters())
    shapes = {name: tuple(parameter.shape) for name, parameter in parameters.items()}
    state = {key: parameters[place.parameter][place.index] for key, place in places(shapes, official=False).items()}
    model.load_state_dict(state)
    model.generation_config.eos_token_id = None  # answers have the lengths that are asked for
    try:
        yield model
    finally:
        model.to("meta")
        if weight.device.type == "cuda":
            torch.cuda.empty_cache()


def _ready(documents: DocumentCache, pages: list[PageRef], rules: ViewRules, dpi: float) -> list[ReadyPage]:
    """Pages of the commonest grid."""
    made = [make_ready(documents, page, dpi, rules=rules) for page in pages[: max(BATCHES)]]
    ready = [page for page in made if isinstance(page, ReadyPage)]
    grid = Counter((page.views.columns, page.views.rows) for page in ready).most_common(1)[0][0]
    return [page for page in ready if (page.views.columns, page.views.rows) == grid]


class _Native:
    def __init__(
        self,
        model: Any,  # noqa: ANN401 of a package that need not be there
        checkpoint: Checkpoint,
        pages: list[ReadyPage],
        rules: ViewRules,
    ) -> None:
        self._model, self._checkpoint, self._pages, self._rules = model, checkpoint, pages, rules
        self._weight: Tensor = checkpoint.network.lm_head.weight

    def estimate(self, batch: int, longest: int, patience: float) -> float | None:
        """Pages a second, of a batch that runs until its longest answer is done; None where memory runs out.

        Tokens end after `patience` seconds; a first one is always written.
        """
        try:
            begun = time.perf_counter()
            self.run(batch, PROBES[0])  # warms up
            short = self.run(batch, PROBES[0])
            left = begun + patience - time.perf_counter()
            long = self.run(batch, PROBES[1], max(2 * short[0], left))
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            return None
        return batch / _extrapolated(short, long, longest)

    def measure(self, lengths: list[int], expected: float, patience: float) -> Against:
        """A batch of answers; `expected` and `patience` are seconds for all of it, and those that there are."""
        batch, longest = len(lengths), max(lengths)
        short = (0.0, 0)
        if expected > 0.7 * patience:  # what is extrapolated must not count the prompts twice
            short = self.run(batch, PROBES[0])
            patience -= short[0]
        wanted = longest if expected <= patience else max(PROBES[1], int(longest * patience / expected))
        long = self.run(batch, min(wanted, longest), max(patience, 2 * short[0]))
        taken = _extrapolated(short, long, longest)
        return Against(batch, sum(lengths), taken, (), long[1] == longest, long[1], longest)

    @torch.inference_mode()
    def run(self, batch: int, tokens: int, patience: float | None = None) -> tuple[float, int]:
        """Seconds of `generate` for so many pages, and new tokens of each, from uint8 views in main memory."""
        device = self._weight.device
        synchronize(device)
        begun = time.perf_counter()
        out = self._model.generate(
            **self._inputs(batch), max_new_tokens=tokens, do_sample=False, pad_token_id=0, max_time=patience
        )
        synchronize(device)
        taken = time.perf_counter() - begun
        written = out.shape[1] - self._inputs(1)["input_ids"].shape[1]
        assert written == tokens or patience is not None, "it stopped early"
        return taken, written

    def _inputs(self, batch: int) -> dict[str, Any]:
        device, dtype = self._weight.device, self._weight.dtype
        chosen = [page.views for page in itertools.islice(itertools.cycle(self._pages), batch)]
        config, tiles = self._checkpoint.network.config, len(chosen[0].local_views)
        prompt = prompt_ids(
            member_of(config).prompts["markdown"],
            self._checkpoint.tokenizer.encode,
            config.bos_token_id,
            config.image_token_id,
            self._rules.tokens(chosen[0].columns, chosen[0].rows),
        )
        ids = torch.tensor([prompt] * batch, device=device)
        whole = torch.from_numpy(np.stack([page.global_view for page in chosen])).to(device)
        inputs = {
            "input_ids": ids, "attention_mask": torch.ones_like(ids), "pixel_values": normalize_pixels(whole, dtype),
            "num_local_patches": [tiles] * batch,
        }  # fmt: skip
        if self._checkpoint.network.newlines:
            inputs["patches_grid"] = [[chosen[0].columns, chosen[0].rows]] * batch
        if tiles:
            local = torch.from_numpy(np.concatenate([page.local_views for page in chosen])).to(device)
            inputs["pixel_values_local"] = normalize_pixels(local, dtype)
        return inputs


def _extrapolated(short: tuple[float, int], long: tuple[float, int], longest: int) -> float:
    """Seconds for `longest` tokens, from those of two runs, each with its tokens."""
    if long[1] >= longest:
        return long[0]
    # Where there was no time for more tokens than in the short run, its own are what a token costs at most.
    step = max(0.0, long[0] - short[0]) / (long[1] - short[1]) if long[1] > short[1] else long[0] / long[1]
    return long[0] + step * (longest - long[1])
