"""What `ocr2 bench` is asked for, and what it finds: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pipeline.engine.measure.beside_vllm.found import Steady, VllmRun
from pipeline.reader_options import KvCache, Mode, Weights

if TYPE_CHECKING:
    from pipeline.transcript import PageRef

RANDOM = "random"
Peer = Literal["transformers", "vllm"]
"""What we are compared with."""
SEQUENCES = (128, 256, 384)
"""Pages that vLLM reads at once, each in runs of their own."""
FRONT_ENDS = 4
"""Processes of vLLM's server that prepare pages: at 180 ms a page they feed 22 pages/s."""


@dataclass(frozen=True)
class BenchOptions:
    """What is measured. `pages` are those of given documents, read again and again; without any they are made up.

    `tokens` is the mean length of answers. Pages are supplied for `seconds`; what is steady then is told apart.
    """

    model: str = RANDOM
    device: str = "auto"
    gpus: str | None = None
    pages: tuple[PageRef, ...] = ()
    tokens: int = 1500
    seconds: float = 120.0
    slots: int | None = None
    gpu_memory: float = 0.9
    kv_cache: KvCache = "auto"
    weights: Weights = "auto"
    seed: int = 0
    parts: bool = True
    against: Peer | None = None
    sequences: tuple[int, ...] = SEQUENCES
    front_ends: int = FRONT_ENDS
    drafts: tuple[float, ...] = ()
    """How many of a draft's tokens are right, as shares, in runs of their own; `seconds` is for the slowest of them."""
    mode: Mode | None = None
    """How pages are cut; None: as the makers of the model cut them."""
    tail: bool = True
    """Whether what is being read when the supply ends is waited for."""


@dataclass(frozen=True)
class Machine:
    """Bytes copied and operations of a matrix product, a second, as measured; the attention of a step, and the room."""

    device: str
    torch: str
    copy: float
    matmul: float
    attention: str
    slots: int
    cached_tokens: int
    cache_bits: int
    """Bits of a number in a key or value."""


@dataclass(frozen=True)
class Part:
    """Of the network, for `count` pages or slots at once; `floor` is what the device's rates allow, both in seconds."""

    name: str
    count: int
    seconds: float
    floor: float


@dataclass(frozen=True)
class Full:
    """While at least 97 % of slots were in use, by the steps that were run: no page's beginning or end bends it.

    Answers are young at first, and steps short; the second half of that time (`late`) is nearer to what lasts.
    """

    seconds: float
    tokens: float
    steps: int
    late_seconds: float
    late_tokens: float


@dataclass(frozen=True)
class Whole(Steady):
    """Pages from files to text. Steady: from when as many pages are done as there are slots, until the supply ends."""

    pages: int
    failed: int
    tokens: int
    seconds: float
    steady_pages: int
    steady_tokens: int
    steady_seconds: float
    steady_cached: float
    """Tokens of its answer that a slot holds on average then: more than half of the mean, as long ones stay longer."""
    roofline: float
    """Pages a second at the steady answers' lengths: their steps, encoding and prefill at the device's rates."""
    full: Full | None = None


@dataclass(frozen=True)
class Alone:
    """One page with the device for itself."""

    tokens: int
    seconds: float


@dataclass(frozen=True)
class Against:
    """The native class of transformers on the same pages, weights and lengths, at the best of its batch sizes."""

    batch: int
    tokens: int
    seconds: float
    estimates: tuple[tuple[int, float], ...]
    """Pages a second by batch size, from short runs."""
    whole: bool
    """Whether the batch was run to the end of its longest answer; else `seconds` is extrapolated from `run` tokens."""
    run: int
    longest: int
    ended: str = ""
    """Why no larger batch was tried."""
    ratio: float | None = None

    @property
    def rate(self) -> float:
        """Pages a second."""
        return self.batch / self.seconds


@dataclass(frozen=True)
class Drafts:
    """Whole pages, and one alone, with drafts whose tokens are `right` with this chance; None is without drafts.

    Of all pages that were done: tokens guessed, those that were kept, and steps of a slot.
    """

    right: float | None
    whole: Whole
    alone: Alone
    guessed: int
    kept: int
    steps: int


@dataclass(frozen=True)
class Beside:
    """Ours and vLLM's runs on the same pages, at the same mean length; `cache_bits` is ours, vLLM's has 16."""

    ours: Whole
    slots: int
    cache_bits: int
    runs: tuple[VllmRun, ...]

    @property
    def best(self) -> VllmRun:
        """vLLM's fastest run."""
        return max(self.runs, key=lambda run: run.rate)

    @property
    def ratio(self) -> float:
        """How many times as fast as vLLM's fastest run we are."""
        return self.ours.rate / self.best.rate


Measured = Machine | Part | Whole | Alone | Against | Drafts | VllmRun | Beside
