"""`ocr2 eval` and `ocr2 bench` as they are typed: how well and how fast pages are read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ocr2cli.commands.arguments.network import Device, GpuMemory, Gpus, KvCacheName, ModeName, Network, WeightsName
from ocr2cli.commands.arguments.talk import Said, Verbose
from ocr2cli.commands.grouped import grouped
from ocr2cli.options import Options
from pipeline.engine.measure.measured import FRONT_ENDS, SEQUENCES
from pipeline.readers.devices import refuse_without_torch

_Model = Annotated[
    str,
    typer.Option(
        "--model", "-m", metavar="NAME",
        help="random or random:Unlimited-OCR (random weights, full sizes), nano, a repo id, a folder.",
    ),
]  # fmt: skip
Slots = Annotated[int | None, typer.Option("--slots", min=1, help="Pages that are read at once; else as many as fit.")]
MeanTokens = Annotated[int, typer.Option("--tokens", min=2, max=3000, help="Mean length of answers.")]
Seconds = Annotated[
    float,
    typer.Option(
        "--seconds", min=1, help="How long pages are supplied; its parts, and its tail, may each take as long."
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Random seed for weights, pages and lengths.")]
Parts = Annotated[bool, typer.Option("--parts/--no-parts", help="Also measure encoder, prefill and steps alone.")]
Against = Annotated[
    Literal["transformers", "vllm"] | None,
    typer.Option("--against", help="Also run its native class, or vLLM (which must be installed), for the ratio."),
]
_SEQUENCES = ",".join(map(str, SEQUENCES))
Sequences = Annotated[
    str, typer.Option("--sequences", metavar="LIST", help="Of --against vllm: how many pages it reads at once.")
]
FrontEnds = Annotated[
    int,
    typer.Option("--front-ends", min=0, help="Of --against vllm: processes of its server's front end; 0: no server."),
]
Drafts = Annotated[
    str | None,
    typer.Option("--drafts", metavar="LIST", help="Only pages, with drafts of which so many tokens are right: 0,.5,.9"),
]
_Write = Annotated[
    bool, typer.Option("--write", help="Instead: what writing results as convert does costs the engine.")
]
_Json = Annotated[bool, typer.Option("--json", help="One JSON object per measurement.")]


@grouped
def evaluate(
    truth: Annotated[
        Path,
        typer.Argument(metavar="TRUTH", help="OmniDocBench.json, or a folder of Markdown files (then --predictions)."),
    ],
    images: Annotated[
        Path | None, typer.Option("--images", metavar="DIR", help="Page images; else images/ beside the JSON file.")
    ] = None,
    predictions: Annotated[
        Path | None, typer.Option("--predictions", metavar="DIR", help="Score these Markdown files; read nothing.")
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for pages and scores.")] = Path(
        "eval"
    ),
    force: Annotated[bool, typer.Option("--force", "-f", help="Read all pages anew.")] = False,
    set_thresholds: Annotated[
        bool,
        typer.Option(
            "--set-thresholds",
            help="Set on these pages how sure the model has to be, and keep that beside its weights.",
        ),
    ] = False,
    *,
    network: Network,
    said: Said,
) -> None:
    """Read pages whose text is known and score what comes out: text, reading order, tables.

    OUT/pages has one Markdown file per page as the scorer of OmniDocBench (v1.5)
    wants them, OUT/omnidocbench.yaml is its configuration, OUT/scores.json has
    our own scores. Given again, the same command reads only what is missing.
    With --set-thresholds, thresholds.json beside the weights says from then on below
    which certainty a page counts as not read, and below which it is named.

    Example: ocr2 eval OmniDocBench.json --images images -o eval
    """
    from ocr2cli.evaluate.run import evaluate as run

    options = Options(output=output, force=force, reading=network.reading, as_json=said.as_json, talk=said.talk)
    raise typer.Exit(run(truth, images, predictions, options, set_thresholds))


def bench(
    inputs: Annotated[
        list[str] | None, typer.Argument(metavar="[INPUT]...", help="PDFs and images to read; else pages are made up.")
    ] = None,
    model: _Model = "random",
    device: Device = "auto",
    gpus: Gpus = None,
    gpu_memory: GpuMemory = 0.9,
    mode: ModeName = None,
    kv_cache: KvCacheName = "auto",
    weights: WeightsName = "auto",
    slots: Slots = None,
    tokens: MeanTokens = 1500,
    seconds: Seconds = 120,
    seed: Seed = 0,
    parts: Parts = True,
    against: Against = None,
    sequences: Sequences = _SEQUENCES,
    front_ends: FrontEnds = FRONT_ENDS,
    drafts: Drafts = None,
    write: _Write = False,
    as_json: _Json = False,
    verbose: Verbose = False,
) -> None:
    """Measure how fast pages are read on this machine, against what its memory and its arithmetic allow.

    Answers have seeded lengths whatever the model says, so that runs can be
    compared. Rasterising is included. vLLM starts twice for each number of
    sequences, with its n-gram ban and without, and reads as long as we do;
    its server starts twice for all of them.

    Example: ocr2 bench --against transformers --json > bench.jsonl
    """
    refuse_without_torch()
    from ocr2cli.evaluate.bench import options_of, report

    options = options_of(
        inputs or [], model, device, gpus, gpu_memory, slots, tokens, seconds, seed, parts, against,
        kv_cache, drafts, mode, weights, sequences, front_ends,
    )  # fmt: skip
    for line in report(options, as_json, write):
        print(line, flush=True)
