"""The GPUs of one machine through Ray, beside `--gpus all`: the same pages, network and lengths of answers, in one run.

    ray start --head
    python examples/ray_beside_gpus.py [--ray 127.0.0.1:6379] [--model random] [--slots 384] [--seconds 40]

Both read with one engine for each GPU, whose pages come from here: over pipes to processes of this machine, or through
Ray's object store to its actors. Printed are the pages per second while all slots are used, and Ray's share of the
other's (the mark is .97). With `--device cpu` two tiny engines show that the script works.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

from pipeline.cluster.clustered import ClusterTranscriber
from pipeline.cluster.staff import Share
from pipeline.engine.measure.bench import SYNTHETIC, OpenBench
from pipeline.engine.measure.measured import BenchOptions, Whole
from pipeline.engine.measure.stand_ins import synthetic_pages
from pipeline.engine.measure.whole import whole
from pipeline.readers.gpus import devices_of
from pipeline.sharding.sharded import ShardedTranscriber
from pipeline.transcript import PageRef


def on_pipes(options: BenchOptions, devices: tuple[str, ...]) -> ShardedTranscriber:
    """As `--gpus all` reads: one process for each device."""
    return ShardedTranscriber([
        OpenBench(replace(options, device=device, seed=options.seed + number), len(devices))
        for number, device in enumerate(devices)
    ])  # fmt: skip


def on_ray(options: BenchOptions, devices: tuple[str, ...], address: str) -> ClusterTranscriber:
    """As `--ray` reads: one actor for each device, which sees no other."""
    cpu = options.device == "cpu"
    opener = OpenBench(replace(options, device="cpu" if cpu else "cuda"), len(devices))
    return ClusterTranscriber(address, opener, Share(1, 0 if cpu else 1), len(devices))


def warm(reader: ShardedTranscriber | ClusterTranscriber, pages: list[PageRef], devices: int) -> None:
    """Read until every device has read: a cluster's first reader begins while others are loading, or are not asked for
    yet, which is done while pages wait for a reader."""
    while isinstance(reader, ClusterTranscriber) and reader.readers < devices:
        list(reader.transcribe(pages[: 32 * devices]))
    list(reader.transcribe(pages[: 8 * devices]))


def _renamed(pages: list[PageRef], count: int) -> list[PageRef]:
    """At least so many, of documents of other names: no page is sent again while it is being read."""
    copies = range(-(-count // len(pages)))
    return [
        replace(page, source=replace(page.source, name=f"{copy}-{page.source.name}"))
        for copy in copies
        for page in pages
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ray", default="auto", metavar="ADDRESS")
    parser.add_argument("--model", default="random")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu"))
    parser.add_argument("--slots", type=int, default=384)
    parser.add_argument("--tokens", type=int, default=1500)
    parser.add_argument("--seconds", type=float, default=40.0)
    asked = parser.parse_args()
    devices = ("cpu", "cpu") if asked.device == "cpu" else devices_of("all")
    options = BenchOptions(
        asked.model, asked.device, tokens=asked.tokens, seconds=asked.seconds, slots=asked.slots, tail=False
    )
    ways: dict[str, Callable[[], ShardedTranscriber | ClusterTranscriber]] = {
        "--gpus all": lambda: on_pipes(options, devices),
        "--ray": lambda: on_ray(options, devices, asked.ray),
    }
    found: dict[str, Whole] = {}
    with synthetic_pages(SYNTHETIC, options.seed) as some:
        pages = _renamed(some, 8 * asked.slots * len(devices))
        for name, opened in ways.items():
            with closing(opened()) as reader:
                warm(reader, pages, len(devices))
                found[name] = done = whole(reader, list(pages), options, asked.slots * len(devices))
            steady = f"steady for {done.steady_seconds:.1f} s" if done.steady_pages else "NEVER STEADY"
            told = f"{steady}; {done.pages} pages, {done.failed} failed"
            read = f"{done.rate:.2f} pages/s of {done.mean:,.0f} tokens, {done.rate * done.mean:,.0f} tokens/s"
            print(f"{name}, {len(devices)} devices: {read}, {told}", flush=True)
    through, beside = found["--ray"], found["--gpus all"]
    tokens = through.rate * through.mean / (beside.rate * beside.mean)
    print(f"Ray reads {through.rate / beside.rate:.3f} of the pages, {tokens:.3f} of the tokens", flush=True)


if __name__ == "__main__":
    main()
