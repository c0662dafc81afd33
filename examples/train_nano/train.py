"""Train the nano checkpoint for some minutes, from a saved state or from nothing; run it again to go on.

PYTHONPATH=examples:. torchrun --nproc_per_node 2 examples/train_nano/train.py --assets A --state S --minutes 9
"""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import get_args

import torch
from torch import Tensor

from pipeline.model.config import VisionConfig
from pipeline.model.formats.of_cpu import multiplies_in_bfloat16
from pipeline.model.network import Network
from train_nano.average import EXPONENTS, Averages
from train_nano.curriculum import CURRICULA, Mixer
from train_nano.data import PageStream, loader, to_device
from train_nano.degrade import Degrader
from train_nano.losses import Frozen, Trainer, Weights, total
from train_nano.meter import Meter, Profiler
from train_nano.model import initialise, nano_config
from train_nano.optimizer import learn, parts_of
from train_nano.processes import agree, begin_alike, leave, set_up
from train_nano.raster import drop_queries
from train_nano.replay import Replay
from train_nano.resume import restore_run, save_run
from train_nano.schedule import Schedule
from train_nano.state import Progress, begin, restore, restore_heads, restore_vision, save
from train_nano.tokens import NanoTokenizer

FRESH = 20  # first batches of a run, after which there is something to read again
AGREE = 10  # steps from one look at the clock to the next; all processes wait for each other there


def main() -> None:
    options = parse()
    rank, world, device = set_up()
    tokenizer = NanoTokenizer(options.assets / "tokenizer.json")
    torch.manual_seed(1)
    network = Network(nano_config(tokenizer))
    initialise(network, copy=not options.raster)
    if options.raster:
        drop_queries(network)
    trainer = Trainer(network).to(device)
    progress = Progress()
    if (options.state / "progress.json").exists():
        progress = restore(trainer, options.state, tokenizer)
    elif options.vision:
        restore_vision(trainer, options.vision)
    elif options.checkpoint:
        begin(trainer, options.checkpoint, tokenizer)
        if options.heads:
            restore_heads(trainer, options.heads)
    if options.level is not None:
        progress.level = options.level
    begin_alike(trainer, world)
    trainer.freeze(options.freeze)
    if options.compile:
        decide_attention(device, network.config.vision)
        compile_blocks(network)
    mixer = Mixer(progress.level, CURRICULA[options.curriculum], options.foreign)
    stream = PageStream(
        options.assets,
        options.assets / "tokenizer.json",
        mixer,
        progress.step + 7919 * (rank + 1),
        options.tokens,
        options.dense,
    )
    torch.manual_seed(stream.seed)  # noise of its own for each process and each run
    run(trainer, tokenizer, stream, mixer, progress, options, (rank, world, device))
    leave(world)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=Path, required=True, help="folder made by prepare.py")
    parser.add_argument("--state", type=Path, required=True, help="folder to resume from")
    parser.add_argument("--out", type=Path, help="folder to save to (default: --state)")
    parser.add_argument("--vision", type=Path, help="a state whose vision tokenizer new readers begin behind")
    parser.add_argument("--checkpoint", type=Path, help="weights to begin with where there is no state (pipeline/nano)")
    parser.add_argument("--heads", type=Path, help="a state whose heads of training go with --checkpoint")
    parser.add_argument("--minutes", type=float, default=9.0)
    parser.add_argument("--plan", type=Path, help="instead: a file with this run's end, and the minutes of later runs")
    parser.add_argument("--every", type=int, default=50, help="steps from one line of the log to the next")
    parser.add_argument("--tokens", type=int, default=96_000, help="image and text tokens of a batch on each device")
    parser.add_argument("--rate", type=float, default=1e-3, help="peak learning rate")
    parser.add_argument("--warmup", type=int, default=200, help="steps")
    parser.add_argument("--cooldown", type=float, default=0.25, help="share of the time in which the rate falls")
    parser.add_argument("--replays", type=int, default=2, help="batches that are read again after each new one")
    parser.add_argument("--replay-tokens", type=int, default=96_000, help="image and text tokens of each of them")
    parser.add_argument("--noise", type=float, default=0.05, help="share of input tokens replaced")
    parser.add_argument("--aux", type=float, default=1.0, help="factor on the extra losses")
    parser.add_argument("--dense", type=int, default=0, help="most tiles of a page of narrow lines; 0: as others")
    parser.add_argument("--level", type=int, help="start at this step of the curriculum")
    parser.add_argument("--curriculum", choices=list(CURRICULA), default="full")
    parser.add_argument("--foreign", type=float, default=0.0, help="share of pages in other languages than English")
    parser.add_argument("--faxes", type=float, default=0.0, help="share of worn pages that went through a fax")
    parser.add_argument("--vision-rate", type=float, default=1.0, help="the vision tokenizer's share of the rate")
    parser.add_argument("--raster", action="store_true", help="without the queries: an experiment")
    parser.add_argument("--freeze", choices=get_args(Frozen), default="nothing", help="what learns no more")
    parser.add_argument("--workers", type=int, default=6, help="rendering processes for each device")
    parser.add_argument("--steps", type=int, default=1 << 30)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--profile", action="store_true", help="print the costliest kernels of ten steps")
    return parser.parse_args()


def short(device: torch.device) -> torch.autocast:
    """Products in bfloat16; not on a CPU that only feigns them, where they take ten times as long as float32's."""
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type != "cpu" or multiplies_in_bfloat16())


def decide_attention(device: torch.device, config: VisionConfig) -> None:
    """Ask once, and not in each block, whether cuDNN takes the vision tokenizer's attention: a question to the device
    breaks a compiled block in two, and the second half would be compiled anew for each number of views."""
    import pipeline.model.vision_tokenizer as vision

    head_dim = config.width // config.heads
    wide, narrow = (
        torch.empty(2, config.grid**2, config.heads, width, device=device, dtype=torch.bfloat16, requires_grad=True)
        for width in (head_dim + 2 * config.grid, head_dim)
    )
    takes = vision._cudnn_takes(wide, wide, narrow)
    vision._cudnn_takes = lambda *_: takes


def compile_blocks(network: Network, backend: str = "inductor") -> None:
    """Compile each kind of block once; the blocks of a kind share the code."""
    import train_nano.losses as losses

    torch._dynamo.config.cache_size_limit = 64
    torch._dynamo.config.automatic_dynamic_shapes = False  # what changes is said below
    seeing = list(network.vision_tokenizer.layers)
    held = [layer for layer in seeing if not any(p.requires_grad for p in layer.parameters())]
    # Where only the last ones learn, compiling their way back takes longer than it saves in a run of some minutes.
    for layer in held or seeing:
        layer.forward = of_any_number(torch.compile(layer.forward, backend=backend))
    for layer in (*network.causal_flow.layers, *network.decoder.layers[: network.config.decoder.dense_layers]):
        layer.compile(dynamic=True, backend=backend)
    losses.sparse_block = torch.compile(losses.sparse_block, dynamic=True, backend=backend)


def of_any_number(compiled: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """For views of any number, but of fixed sides: there are two, and for any side tracing takes five times as long."""

    def forward(views: Tensor) -> Tensor:
        torch._dynamo.maybe_mark_dynamic(views, 0)
        return compiled(views)

    return forward


def run(
    trainer: Trainer, tokenizer: NanoTokenizer, stream: PageStream, mixer: Mixer, progress: Progress,
    options: argparse.Namespace, place: tuple[int, int, torch.device],
) -> None:  # fmt: skip
    rank, world, device = place
    weights = Weights(*(options.aux * value for value in asdict(Weights()).values()))
    seers, readers = parts_of(trainer, options.rate)
    degrader, replay = Degrader(stream.seed, faxes=options.faxes), Replay(stream.seed, options.replay_tokens)
    batches = iter(loader(stream, options.workers))
    parts, folder = (seers, readers), options.out or options.state
    averages = Averages(trainer, EXPONENTS if options.plan else ())
    schedule = Schedule(options.rate, options.warmup, options.cooldown, options.minutes, options.plan)
    if options.plan:
        restore_run(trainer, parts, averages, schedule, options.state)

    def keep() -> None:
        if rank == 0:
            save(trainer, progress, folder)
            if options.plan:
                save_run(trainer, parts, averages, schedule, folder)

    told, asked = list[int](), list[int]()
    # By whoever runs out of time, what was learned is then saved as at the end; and by whoever wants it saved now.
    # Both after the loader's processes, who must end.
    signal.signal(signal.SIGTERM, lambda number, _: told.append(number))
    if hasattr(signal, "SIGUSR1"):  # not on Windows
        signal.signal(signal.SIGUSR1, lambda number, _: asked.append(number))
    meter = Meter()
    start, first = time.monotonic(), progress.step
    before = progress.minutes
    profiler = Profiler(options.profile and rank == 0)
    share = 0.0  # of the schedule that is over
    while progress.step - first < options.steps:
        waited = time.monotonic()
        raw = next(batches)
        waited = time.monotonic() - waited
        if (progress.step - first) % AGREE == 0:
            over, ended = schedule.look()
            share = agree(over, device, world)
            if agree(float(ended or bool(told)), device, world) > 0:
                break
            if asked:
                asked.clear()
                keep()
        rate = schedule.rate(share)
        for group in seers.groups:
            group["lr"] = rate * options.vision_rate
        for group in readers.groups:
            group["lr"] = rate
        batch = to_device(raw, tokenizer, degrader, device, options.noise)
        with short(device):
            tokens, losses = trainer.see(batch)
            read, guesses = trainer.read(tokens, batch.reading)
            losses |= read
        losses["norm"] = learn(total(losses, weights), parts, world)
        replay.add(tokens, batch.reading, guesses)
        for _ in range(options.replays if progress.step - first >= FRESH else 0):
            with short(device):
                again, _ = trainer.read(*replay.draw())
            learn(total(again, weights), (readers,), world)
            losses["again"] = again["text"]
        progress.step += 1
        schedule.steps += 1
        averages.add()
        profiler.step(progress.step - first)
        meter.add(losses, len(raw.sizes), waited)
        progress.minutes = before + world * (time.monotonic() - start) / 60
        if progress.step % options.every == 0 or progress.step == first + options.steps:
            line = meter.flush() | {
                "rate": rate,
                "level": mixer.level,
                "minutes": progress.minutes,
                "step": progress.step,
            }
            if device.type == "cuda":
                line["gib"] = torch.cuda.max_memory_allocated() / 2**30
            progress.level = mixer.update(agree(line["text"], device, world))
            if rank == 0:
                progress.curve.append(line)
                print(" ".join(f"{k} {v:.4g}" for k, v in line.items()), flush=True)
            if progress.step % 200 == 0:
                keep()
    keep()


if __name__ == "__main__":
    main()
