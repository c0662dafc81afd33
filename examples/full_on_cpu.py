"""The full model on a CPU: what loading takes, what stays resident, and how fast it reads. Random weights.

    python examples/full_on_cpu.py --weights int8            # writes 6.8 GB to a temporary folder, and removes them
    python examples/full_on_cpu.py --weights bf16 --threads 1 --steps 8
    python examples/full_on_cpu.py --products --threads 1    # the ways of one product, by how many rows

Seconds are those of the clock, and of the process's own work on all cores beside them, which other work on the machine
does not lengthen.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from pipeline.engine.decoding.options import DecodingOptions
from pipeline.engine.load import pick_format
from pipeline.engine.measure import parts
from pipeline.engine.memory import whole_room
from pipeline.engine.packing.pack import pack
from pipeline.engine.runner import Runner
from pipeline.model.checkpoints.config_writer import official_config
from pipeline.model.checkpoints.keys import places
from pipeline.model.checkpoints.load import load
from pipeline.model.config import NetworkConfig
from pipeline.model.network import Network

T = TypeVar("T")
SHARD = 1 << 29  # bytes
PROMPT, ANSWER = 1131, 1500  # tokens: a page of six tiles, and what pages have on average


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", choices=("auto", "bf16", "int8"), default="int8")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=24)
    parser.add_argument("--folder", type=Path, help="a checkpoint that is there, or is made there and stays")
    parser.add_argument("--products", action="store_true", help="only these")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if arguments.products:
        products()
        return
    with TemporaryDirectory(prefix="ocr2-full-") as temporary:
        folder = arguments.folder or Path(temporary)
        if not (folder / "config.json").exists():
            timed("writing random weights", lambda: write(folder))
        measure(folder, arguments.weights, arguments.steps)


def measure(folder: Path, weights: str, steps: int) -> None:
    form = pick_format(torch.device("cpu"), weights)  # type: ignore[arg-type]  # argparse has checked it
    network = timed(f"loading, {form.words}", lambda: pack(load(folder, "cpu", form)))
    length = PROMPT + 8192  # as the CLI has it
    runner = Runner(network, whole_room(4, length, length), DecodingOptions(max_tokens=8192), ())
    runner.encoder.by_view.kept = 0
    for slots in (1, 4):
        parts.fill_slots(runner, slots, PROMPT, steps + 8, ANSWER)
        runner.run(slots, 4)
        began, own = time.perf_counter(), seconds()
        runner.run(slots, steps)
        taken, work = time.perf_counter() - began, seconds() - own
        print(f"{slots} slots: {1e3 * taken / steps:.0f} ms a step ({slots * steps / taken:.1f} tokens/s), "
              f"{1e3 * work / steps:.0f} ms of work; {resident()}", flush=True)  # fmt: skip
    with torch.inference_mode():
        timed(f"prefill of {PROMPT} tokens", lambda: prefill(runner))
        for name, tiles in (("six tiles", 6), ("no tiles", 0)):
            page = parts.some_views(1, tiles)
            timed(f"encoding a page of {name}", lambda page=page: runner.encoder.images(page))


@torch.inference_mode()
def products(outputs: int = 1792, inputs: int = 1280, copies: int = 100) -> None:
    """An expert's gate and up; so many copies that each comes from memory."""
    eight = [torch.randint(-127, 128, (outputs, inputs), dtype=torch.int8) for _ in range(copies)]
    scales = torch.rand(outputs).bfloat16()
    wide = [torch.randn(outputs, inputs) for _ in range(copies // 4)]
    half = [each.bfloat16() for each in wide]
    for rows in (1, 4, 16, 64, 512):
        x = torch.randn(rows, inputs)
        x16, x8 = x.bfloat16(), (30 * x).clamp(-127, 127).to(torch.int8)
        ways: dict[str, Callable[[int], torch.Tensor]] = {
            "float32": lambda n, x=x: F.linear(x, wide[n % len(wide)]),  # type: ignore[misc]
            "bfloat16": lambda n, x=x16: F.linear(x, half[n % len(half)]),  # type: ignore[misc]
            "torch's kernel": lambda n, x=x16: torch.ops.aten._weight_int8pack_mm(x, eight[n], scales),  # type: ignore[misc]
            "widened": lambda n, x=x16: F.linear(x, eight[n].bfloat16()) * scales,  # type: ignore[misc]
            "int8 by int8": lambda n, x=x8: torch._int_mm(x, eight[n].T),  # type: ignore[misc]
        }
        taken = {name: min(_seconds(way, n) for n in range(copies // 2)) for name, way in ways.items()}
        print(f"{rows} rows:", ", ".join(f"{name} {1e3 * best:.2f} ms" for name, best in taken.items()), flush=True)


def _seconds(way: Callable[[int], torch.Tensor], number: int) -> float:
    began = time.perf_counter()
    way(number)
    return time.perf_counter() - began


def prefill(runner: Runner) -> None:
    runner.reset()
    runner.blocks.extend(0, PROMPT)
    images = torch.zeros(0, runner.network.config.decoder.width, dtype=runner.network.dtype)
    prompts = parts.some_prompts(1, PROMPT, runner.network.config)
    runner._prefill(prompts, images, runner._send(runner.blocks.places(0, PROMPT)))


def timed(name: str, work: Callable[[], T]) -> T:
    """What `work` gives; says how long it took."""
    began, own = time.perf_counter(), seconds()
    result = work()
    print(f"{name}: {time.perf_counter() - began:.1f} s, {seconds() - own:.1f} s of work; {resident()}", flush=True)
    return result


def seconds() -> float:
    """Of work of this process, on all cores."""
    return time.process_time()


def resident() -> str:
    """Memory now and at most, in gigabytes: the process's own, and pages of mapped files, which the system may drop."""
    lines = (line.split() for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines())
    facts = {line[0]: int(line[1]) / 1e6 for line in lines if line[0] in ("VmHWM:", "RssAnon:", "RssFile:")}
    return f"{facts['RssAnon:']:.2f} GB own, {facts['RssFile:']:.2f} of files, {facts['VmHWM:']:.2f} at most"


def write(folder: Path) -> None:
    """Random weights of the released sizes in the official layout, a shard at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    with torch.device("meta"):
        network = Network(NetworkConfig.released())
    for number, shard in enumerate(shards(network)):
        save_file(shard, folder / f"model-{number:03d}.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(official_config(network.config)), encoding="utf-8")


def shards(network: Network) -> Iterator[dict[str, torch.Tensor]]:
    parameters = dict(network.named_parameters())
    shapes = {name: tuple(each.shape) for name, each in parameters.items()}
    # One row of numbers for all: drawing three billion would take longer than everything else.
    drawn = torch.randn(1 << 24, generator=torch.Generator().manual_seed(0)).bfloat16()
    tensors, held = dict[str, torch.Tensor](), 0
    for key, place in places(shapes, official=True).items():
        shape = parameters[place.parameter][place.index].shape if place.index else shapes[place.parameter]
        tensor = torch.empty(shape, dtype=torch.bfloat16)
        flat, begin = tensor.view(-1), 4099 * len(tensors) % (drawn.numel() // 2)
        for start in range(0, flat.numel(), drawn.numel() // 2):
            part = flat[start : start + drawn.numel() // 2]
            part.copy_(drawn[begin : begin + part.numel()])
        tensors[key] = tensor.fill_(1) if "norm" in key and len(shape) == 1 else tensor.mul_(tensor.shape[-1] ** -0.5)
        held += tensor.nbytes
        if held > SHARD:
            yield tensors
            tensors, held = {}, 0
    yield tensors


if __name__ == "__main__":
    main()
