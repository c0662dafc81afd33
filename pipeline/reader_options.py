"""How pages are to be read: what a command line can name without loading anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AUTO = "auto"
Task = Literal["markdown", "ocr", "grounded-ocr", "figure", "describe"]
Figures = Literal["keep", "parse"]
Mode = Literal["tiny", "small", "base", "large", "gundam"]
KvCache = Literal["auto", "bf16", "int8"]
Weights = Literal["auto", "bf16", "int8"]
Draft = Literal["auto", "off", "text", "nano"]


@dataclass(frozen=True)
class ReaderOptions:
    """How pages are to be read. `device` is auto, cpu, cuda, cuda:N or mps; `dpi` is that of PDF pages' rasters.

    `gpus` is all or numbers like 0,1: a process for each instead of one device. `gpu_memory` is the share of a GPU's
    memory that may be in use. `kv_cache` is how keys and values are kept: auto is the network's own number format.
    `weights` is how the network's own numbers are kept: auto has 16 bits on a GPU and 32 on a CPU, int8 one byte each.
    `language` is that of the pages, for readers that ask (`de,en`); ours see it for themselves, or read one only.
    `draft` is where guesses at a page's text come from, which change no text: text is the PDF's own text and what the
    answer said before, auto is that on a CPU, nano is that and for pages without text what nano reads on the same
    device, off is none. `upright`: pages that lie on their side or stand on their
    head are turned first.

    What is not given is as the makers of the model have it: `mode`, how pages are cut into views; `views`, the most
    tiles of a page of narrow lines, a number or auto; `dpi`; `ngram`, which
    runs of tokens must not come twice: auto, benchmark (as for its published scores), off, or SIZE/WINDOW. `locate`,
    words to look for on the page, and `prompt`, a text of one's own, stand for a task. `pages_at_once`: pages of a
    document that are read in one answer, by a model that can. `figures`: parse reads each picture of a page that a
    network reads once more, by itself, and puts its table or text under it.

    `ray` is the address of a Ray cluster whose nodes read, or auto; there are at most `ray_readers`, each with
    `ray_cpus` CPUs and, where there are some, a GPU.
    """

    model: str = AUTO
    device: str = "auto"
    task: Task = "markdown"
    dpi: int | None = None
    max_tokens: int = 8192
    gpus: str | None = None
    gpu_memory: float = 0.9
    kv_cache: KvCache = "auto"
    weights: Weights = "auto"
    upright: bool = True
    draft: Draft = "auto"
    mode: Mode | None = None
    views: str = AUTO
    language: str | None = None
    locate: str | None = None
    prompt: str | None = None
    ngram: str = "auto"
    pages_at_once: int = 1
    figures: Figures = "keep"
    ray: str | None = None
    ray_readers: int | None = None
    ray_cpus: int = 1
