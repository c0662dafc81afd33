"""Options about how pages are read: model, device, task, memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from pipeline.model.family.asked import check_ngram, parse_views
from pipeline.reader_options import Draft, Figures, KvCache, Mode, ReaderOptions, Task, Weights

MODEL = "How it is read"

CLUSTER = "On many machines"


def complete_models(incomplete: str) -> list[str]:
    """For a shell: the names that need no explanation; a folder or an address is typed."""
    from pipeline.model.family.known import MEMBERS

    names = ("auto", "nano", "text-layer", "text-layer+nano", *(member.repository for member in MEMBERS))
    return [name for name in names if name.startswith(incomplete)]


Model = Annotated[
    str,
    typer.Option(
        "--model", "-m", metavar="NAME", rich_help_panel=MODEL, autocompletion=complete_models,
        help="auto, nano, text-layer, text-layer+NAME, a Hugging Face repo, a folder, or a server (http://host:8000/v1).",
    ),
]  # fmt: skip
Device = Annotated[
    str,
    typer.Option("--device", metavar="NAME", help="auto, cpu, cuda, cuda:N or mps.", rich_help_panel=MODEL),
]
Gpus = Annotated[
    str | None,
    typer.Option(
        "--gpus", metavar="all|0,1", help="GPUs that share the pages, one process each.", rich_help_panel=MODEL
    ),
]
GpuMemory = Annotated[
    float,
    typer.Option(
        "--gpu-memory",
        metavar="X",
        min=0.1,
        max=1.0,
        help="Share of a GPU's memory that ocr2 may use.",
        rich_help_panel=MODEL,
    ),
]
KvCacheName = Annotated[
    KvCache,
    typer.Option(
        "--kv-cache", rich_help_panel=MODEL,
        help="Keys and values between steps: auto (as the model computes: 16 bits on a GPU), bf16, or int8 (half).",
    ),
]  # fmt: skip
WeightsName = Annotated[
    Weights,
    typer.Option(
        "--weights", rich_help_panel=MODEL,
        help="The model's weights: auto (16 bits on a GPU, 32 on a CPU), bf16, or int8 (half of that, made while "
        "loading): the full model in 8 GB, and on a CPU.",
    ),
]  # fmt: skip
DraftName = Annotated[
    Draft,
    typer.Option(
        "--draft", rich_help_panel=MODEL,
        help="Guesses that the model checks, so that reading is faster; the text stays the same. text: from the PDF's "
        "own text, and what the page said before; nano: that, and scans as nano reads them on the same device; auto: "
        "text on a CPU; off: none.",
    ),
]  # fmt: skip
Language = Annotated[
    str | None,
    typer.Option(
        "--language", metavar="LIST", rich_help_panel=MODEL,
        help="Languages of the pages (de,en), for readers of other packages that ask for them.",
    ),
]  # fmt: skip
TaskName = Annotated[
    Task,
    typer.Option(
        "--task", rich_help_panel=MODEL,
        help="markdown: with layout; ocr: text only; grounded-ocr: text and places; figure: a chart or drawing as a "
        "table; describe: a picture in words.",
    ),
]  # fmt: skip
Located = Annotated[
    str | None,
    typer.Option("--locate", metavar="TEXT", help="Instead: find this on the page.", rich_help_panel=MODEL),
]
Prompt = Annotated[
    str | None,
    typer.Option(
        "--prompt", metavar="TEXT", help="Instead: a prompt of your own; <image> is the page.", rich_help_panel=MODEL
    ),
]
ModeName = Annotated[
    Mode | None,
    typer.Option(
        "--mode", rich_help_panel=MODEL, show_default="the model's: gundam, a view of the page and tiles",
        help="How pages are cut for models that can several ways: tiny, small, base and large are one view each.",
    ),
]  # fmt: skip
Views = Annotated[
    str,
    typer.Option(
        "--views", metavar="auto|N", rich_help_panel=MODEL,
        help="Most tiles of a page of narrow lines (newspapers, directories), 6 to 36; auto: as many as the model has "
        "learned, 6, nano 12.",
    ),
]  # fmt: skip
Ngram = Annotated[
    str,
    typer.Option(
        "--ngram", metavar="auto|benchmark|off|SIZE/WINDOW", rich_help_panel=MODEL,
        help="Runs of SIZE tokens come once in the last WINDOW: as the model's makers read PDFs and images, or as they "
        "read for published scores.",
    ),
]  # fmt: skip
FiguresName = Annotated[
    Figures,
    typer.Option(
        "--figures", rich_help_panel=MODEL,
        help="parse: read each picture on pages that the model reads once more, and put its table or text under it.",
    ),
]  # fmt: skip
PagesAtOnce = Annotated[
    int,
    typer.Option(
        "--pages-at-once", metavar="N", min=1, max=100, rich_help_panel=MODEL,
        help="Pages of a document in one answer, for models that can (Unlimited-OCR); one that fails is read alone.",
    ),
]  # fmt: skip
Dpi = Annotated[
    int | None,
    typer.Option(
        "--dpi", metavar="N", min=36, max=600, help="Resolution at which pages are read.", rich_help_panel=MODEL,
        show_default="the model's: 144, of Unlimited-OCR 300",
    ),
]  # fmt: skip
Upright = Annotated[
    bool,
    typer.Option(
        "--upright/--no-upright",
        help="Turn pages that lie on their side or stand on their head.",
        rich_help_panel=MODEL,
    ),
]
MaxTokens = Annotated[
    int,
    typer.Option("--max-tokens", metavar="N", min=1, max=32768, help="Most tokens per page.", rich_help_panel=MODEL),
]
Ray = Annotated[
    str | None,
    typer.Option(
        "--ray", metavar="auto|HOST:PORT", rich_help_panel=CLUSTER,
        help="Read on all nodes of a Ray cluster: the one of this machine (or RAY_ADDRESS), or that of a head node.",
    ),
]  # fmt: skip
RayReaders = Annotated[
    int | None,
    typer.Option(
        "--ray-readers", metavar="N", min=1, rich_help_panel=CLUSTER, show_default="as many as there is room for",
        help="Most readers at once.",
    ),
]  # fmt: skip
RayCpus = Annotated[
    int, typer.Option("--ray-cpus", metavar="N", min=1, help="CPUs for each reader.", rich_help_panel=CLUSTER)
]


@dataclass(frozen=True)
class Network:
    """How pages are read."""

    model: Model = "auto"
    device: Device = "auto"
    task: TaskName = "markdown"
    language: Language = None
    locate: Located = None
    prompt: Prompt = None
    mode: ModeName = None
    views: Views = "auto"
    dpi: Dpi = None
    ngram: Ngram = "auto"
    pages_at_once: PagesAtOnce = 1
    figures: FiguresName = "keep"
    upright: Upright = True
    max_tokens: MaxTokens = 8192
    gpus: Gpus = None
    gpu_memory: GpuMemory = 0.9
    kv_cache: KvCacheName = "auto"
    weights: WeightsName = "auto"
    draft: DraftName = "auto"
    ray: Ray = None
    ray_readers: RayReaders = None
    ray_cpus: RayCpus = 1

    @property
    def reading(self) -> ReaderOptions:
        """Raises UserError for an `ngram` that is no rule, or `views` that are none."""
        check_ngram(self.ngram)
        parse_views(self.views)
        # By name, not one by one: an option here that readers do not know fails at once.
        return ReaderOptions(**vars(self))
