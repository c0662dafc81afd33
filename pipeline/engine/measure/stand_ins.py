"""What is measured where nothing is given: seeded random weights, pages and lengths of answers."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from pipeline.engine.dialogue.handover import Answer, Look
from pipeline.engine.dialogue.readings import Reading
from pipeline.engine.engine import Checkpoint, Engine
from pipeline.engine.scheduler import Scheduler
from pipeline.model.config import NetworkConfig
from pipeline.model.formats.int8 import LEVELS, SCALES
from pipeline.model.formats.number_format import NumberFormat
from pipeline.model.network import Network, with_room, without_weights
from pipeline.model.tokenizer import Tokenizer
from pipeline.transcript import PageRef, Source, Transcript
from pipeline.views.ahead import Ahead

A4 = (595, 842)  # points
# Of the logarithm of answers' lengths: one in six is then longer than 1.8 times the median. Chosen to be unlike one
# length, which no real batch has; narrower, and slots would end together, which flatters static batches.
SIGMA = 0.6


def random_network(
    config: NetworkConfig, device: torch.device, form: torch.dtype | NumberFormat, seed: int = 0
) -> Network:
    """A network with seeded random weights of such sizes that nothing overflows; made on the device."""
    network = without_weights(config)
    (form if isinstance(form, NumberFormat) else NumberFormat(form)).apply(network)
    with_room(network, device)
    parameters = dict(network.named_parameters())
    generator = torch.Generator(device).manual_seed(seed)
    with torch.no_grad():
        for name, parameter in parameters.items():
            if "norm" in name and name.endswith("weight"):
                parameter.fill_(1.0)
            elif name.endswith(SCALES):  # bytes that are as likely as each other are 73 from zero, root mean square
                parameter.fill_(parameters[name.removesuffix(SCALES)].shape[-1] ** -0.5 / 73)
            elif parameter.dtype is torch.int8:
                parameter.random_(-LEVELS, LEVELS + 1, generator=generator)
            else:
                fan_in = parameter[0].numel() if parameter.dim() in (2, 4) else parameter.shape[-1]
                parameter.normal_(0, fan_in**-0.5, generator=generator)
    return network.requires_grad_(False).eval()


def random_checkpoint(network: Network) -> Checkpoint:
    """A network without a tokenizer of its own gets one that knows bytes."""
    import tokenizers
    from tokenizers import decoders, models, pre_tokenizers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = tokenizers.Tokenizer(models.BPE(vocab={letter: number for number, letter in enumerate(letters)}, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    return Checkpoint("random weights", "random", network, Tokenizer(inner, ()))


def endless(checkpoint: Checkpoint) -> Checkpoint:
    """One whose answers have no end of their own."""
    network = checkpoint.network
    network.config = replace(network.config, eos_token_id=-1)
    return replace(checkpoint, network=network)


def output_lengths(seed: int, mean: int = 1500) -> Iterator[int]:
    """Seeded log-normal numbers of tokens without end, about `mean`, clipped (1,500: from 100 to 4,000)."""
    random = np.random.default_rng(seed)
    while True:
        drawn = random.lognormal(math.log(mean) - SIGMA**2 / 2, SIGMA)
        yield int(min(max(drawn, mean / 15, 1), mean * 8 / 3))


class FixedLengths(Engine):
    """An engine whose pages end after as many tokens as `lengths` says, one after the other.

    `ticks` has when looks at the device were read, how many slots were in use, what all pages had written by then, and
    in how many steps.
    """

    lengths: Iterator[int]
    ticks: list[tuple[float, int, int, int]]

    def __init__(self, *given: Any, **settings: Any) -> None:  # noqa: ANN401 whatever an engine takes
        super().__init__(*given, **settings)
        self._runner.encoder.by_view.kept = 0  # the same pages come again and again, which no user's do

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        self.ticks, self._closed = [], 0
        return super().transcribe(pages)

    def _collect(
        self, scheduler: Scheduler, ahead: Ahead, look: Look, readings: dict[int, Reading]
    ) -> Iterator[Transcript]:
        look.alive()  # waits: what follows is as of now
        counts = look.counts()
        written = sum(counts[slot] for slot, reading in readings.items() if scheduler.slot_of(reading) is not None)
        self.ticks.append((time.monotonic(), len(readings), self._closed + written, look.step))
        yield from super()._collect(scheduler, ahead, look, readings)

    def _transcript(self, reading: Reading, answer: Answer) -> Transcript:
        self._closed += answer.count
        return super()._transcript(reading, answer)

    def _limit(self, ref: PageRef) -> int:
        return min(next(self.lengths), self._options.max_tokens)


@contextmanager
def synthetic_pages(count: int, seed: int = 0) -> Iterator[list[PageRef]]:
    """A4 pages full of lines of random words, in a PDF that goes away afterwards."""
    from pipeline.documents import mupdf

    random = np.random.default_rng(seed)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz      "))
    with TemporaryDirectory(prefix="ocr2-bench-") as folder:
        path = Path(folder) / "pages.pdf"
        with mupdf.open() as document:
            for _ in range(count):
                lines = "\n".join("".join(random.choice(letters, 95)) for _ in range(58))
                document.new_page(width=A4[0], height=A4[1]).insert_text((60, 70), lines, fontsize=10)
            document.save(path)
        yield [PageRef(Source(path, path.name), number) for number in range(1, count + 1)]
