"""Devices by name, and an engine for each of them in its own process: one GPU is a shard of one."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from pipeline.errors import ModelError, UserError
from pipeline.reader_options import AUTO, ReaderOptions
from pipeline.readers.devices import refuse_without_torch
from pipeline.sharding.sharded import ShardedTranscriber
from pipeline.transcriber import Transcriber


@dataclass(frozen=True)
class OpenEngine:
    """Loads the engine in a shard's process; `share` processes have this machine's cores between them."""

    model: str
    options: ReaderOptions
    share: int
    prompt_room: int = 0

    def __call__(self) -> Transcriber:
        refuse_without_torch()
        import torch

        from pipeline.engine.load import load_engine
        from pipeline.readers.before import SMALL_SLOTS, ReadBefore
        from pipeline.readers.drafts import drafter_of, small_of

        # Each process would take all cores for its products, and they would wait for each other at every one of them.
        if self.options.device == "cpu" and self.share > 1:
            torch.set_num_threads(max(1, (os.cpu_count() or 1) // self.share))
        small = small_of(self.model, self.options)
        # Before the large one, which takes what room there is.
        first = load_engine(small.model, small, SMALL_SLOTS, share=self.share) if small else None
        drafter = None if first else drafter_of(self.options)
        engine = load_engine(self.model, self.options, share=self.share, drafter=drafter, prompt_room=self.prompt_room)
        return ReadBefore(engine, first) if first else engine


def open_sharded(
    model: str, options: ReaderOptions, devices: tuple[str, ...], prompt_room: int = 0
) -> ShardedTranscriber:
    """One engine for each device. Raises ModelError where one of them cannot be had. `prompt_room`: see `Engine`."""
    from pipeline.model.checkpoints.source import locate

    locate(model)  # downloaded once, not by every process
    options = replace(options, gpus=None)
    engines = [OpenEngine(model, replace(options, device=each), len(devices), prompt_room) for each in devices]
    return ShardedTranscriber(engines)


def devices_of(gpus: str, device: str = AUTO) -> tuple[str, ...]:
    """`all` or `0,1` as names of CUDA devices.

    Raises UserError for anything else, or beside a `device` that was asked for; ModelError for what is not there.
    """
    refuse_without_torch()
    import torch

    if device != AUTO:
        raise UserError("--gpus and --device cannot both be given: --gpus 0 is --device cuda:0")
    count = torch.cuda.device_count()
    if gpus.strip() == "all":
        numbers = list(range(count))
        if not numbers:
            raise ModelError("--gpus all: there is no CUDA device here; leave it out to read on the CPU")
    else:
        try:
            numbers = sorted({int(part) for part in gpus.split(",")})
        except ValueError as error:
            raise UserError(f"--gpus {gpus}: give all, or numbers like 0,1") from error
    missing = [number for number in numbers if not 0 <= number < count]
    if missing:
        raise ModelError(f"--gpus {gpus}: there is no GPU {missing[0]} here, of {count}; see `ocr2 doctor`")
    return tuple(f"cuda:{number}" for number in numbers)
