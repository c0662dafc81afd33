"""What all parts share: a network with random weights, a stop watch, and measurements that fail alone."""

from __future__ import annotations

import gc
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from pipeline.engine.decoding.options import DecodingOptions
from pipeline.engine.kernels.kept import cache_dtype
from pipeline.engine.measure import roofline
from pipeline.engine.measure.stand_ins import FixedLengths, endless, random_checkpoint, random_network
from pipeline.engine.memory import Room
from pipeline.engine.packing.pack import pack
from pipeline.engine.runner import Runner
from pipeline.model.config import DecoderConfig, FlowConfig, NetworkConfig, VisionConfig
from pipeline.model.family.deepseek_ocr2 import PROMPTS
from pipeline.model.formats.int8 import to_int8
from pipeline.model.formats.number_format import NumberFormat
from pipeline.model.network import Network
from pipeline.reader_options import KvCache, Weights

TINY = NetworkConfig(
    VisionConfig(32, 2, 2, 48, 14, (1,), 12, (20, 24)),
    FlowConfig(24, 1, 4, 2, 40),
    DecoderConfig(300, 32, 2, 4, 2, 1, 48, 4, 2, 12, 1, max_positions=2560),
    image_token_id=299,
    bos_token_id=0,
    eos_token_id=298,
)
START = time.monotonic()


def say(text: str) -> None:
    print(f"{time.monotonic() - START:6.1f}s  {text}", flush=True)


def attempt(name: str, measure: Callable[[], object]) -> None:
    """One measurement; what goes wrong in it is printed and ends nothing else."""
    try:
        measure()
    except Exception as error:  # a variant that this machine lacks must not end the run
        say(f"{name}: FAILED {type(error).__name__}: {' '.join(str(error).split())[:300]}")
        frame = traceback.extract_tb(error.__traceback__)[-1]
        say(f"    at {Path(frame.filename).name}:{frame.lineno} {frame.line}")


def apart(result: Tensor, expected: Tensor) -> float:
    """Relative distance in the Euclidean norm."""
    return float((result.float() - expected.float()).norm() / expected.float().norm())


class Bench:
    """The network that is measured: plain first, packed from the first runner or engine on."""

    def __init__(
        self, tiny: bool, slots: int | None, kv_cache: KvCache, gpu_memory: float, weights: Weights = "auto"
    ) -> None:
        self.tiny, self.slots, self.kv_cache, self.gpu_memory = tiny, 3 if tiny else slots, kv_cache, gpu_memory
        self.device = torch.device("cpu" if tiny else "cuda")
        self.dtype = torch.float32 if tiny else torch.bfloat16
        self.network: Network = random_network(TINY if tiny else NetworkConfig.released(), self.device, self.dtype)
        self._packed = False
        self.weights = weights

    def timed(self, function: Callable[[], object], repeats: int = 3) -> float:
        """Milliseconds."""
        return 1e3 * roofline.seconds(function, self.device, repeats)

    def packed(self) -> Network:
        if not self._packed:
            pack(to_int8(self.network) if self.weights == "int8" else self.network)
            self._packed = True
        return self.network

    def of_8_bits(self) -> Network:
        """Another network of the same sizes, whose weights are in 8 bits, packed."""
        return pack(random_network(self.network.config, self.device, NumberFormat(self.dtype, int8=True)))

    def free(self) -> None:
        """Give back the memory of what is no longer in use: runners refer to themselves."""
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def runner(self, room: Room, kv_cache: KvCache) -> Runner:
        """A runner alone, without pages."""
        kept = cache_dtype(kv_cache, self.dtype)
        return Runner(self.packed(), room, DecodingOptions(max_tokens=2048), (), kept)

    def engine(self, kv_cache: KvCache | None = None, **settings: float | int) -> FixedLengths:
        self.free()
        self.packed()
        checkpoint = endless(random_checkpoint(self.network))
        options = DecodingOptions(max_tokens=60 if self.tiny else 4000, stop_loops=False)
        chosen: dict[str, float | int | None] = {"slots": self.slots, "gpu_memory": self.gpu_memory} | settings
        slots = chosen["slots"]
        engine = FixedLengths(
            checkpoint, PROMPTS["markdown"], options, None if slots is None else int(slots),
            gpu_memory=float(chosen["gpu_memory"] or 0.9), workers=0 if self.tiny else 8,
            kv_cache=kv_cache or self.kv_cache,
        )  # fmt: skip
        room = engine._runner.room
        say(f"engine: {room}, attention {engine._runner.backend.name}, cache {kv_cache or self.kv_cache}")
        return engine


@torch.inference_mode()
def profile_of(bench: Bench, name: str, function: Callable[[], object]) -> None:
    """The kernels that take its time, once all of its graphs are made."""
    from torch.profiler import ProfilerActivity, profile

    for _ in range(3):  # a step's graph is made by the second run
        function()
    roofline.synchronize(bench.device)
    activity = ProfilerActivity.CUDA if bench.device.type == "cuda" else ProfilerActivity.CPU
    with profile(activities=[activity]) as profiled:
        function()
        roofline.synchronize(bench.device)
    rows = [
        (getattr(row, "self_device_time_total", 0) or row.self_cpu_time_total, row.count, row.key)
        for row in profiled.key_averages()
        if not row.key.startswith("cuda") and not row.key.startswith("cuLaunch")
    ]
    say(f"profile of {name}: {sum(row[0] for row in rows) / 1e3:.3f} ms in {sum(row[1] for row in rows)} kernels")
    for spent, count, key in sorted(rows, reverse=True)[: 4 if bench.tiny else 16]:
        say(f"    {spent / 1e3:9.3f} ms {count:5d} × {key[:100]}")
