"""What `ocr2 bench` does not tell of the engine: agreement at the released shapes, and what its kernels compete with.

    python examples/bench_engine.py            # some three minutes on an H100, with random weights
    python examples/bench_engine.py --tiny     # the same code at tiny sizes, on a CPU

Each measurement stands alone: one that fails says so, and the next one runs.
"""

from __future__ import annotations

import argparse
import copy
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from pipeline.engine import parts, roofline
from pipeline.engine.against import native_model
from pipeline.engine.backends import kernels
from pipeline.engine.cache import PromptContext, StepContext
from pipeline.engine.options import DecodingOptions
from pipeline.engine.packed import pack
from pipeline.engine.runner import Runner
from pipeline.engine.stand_ins import FixedLengths, endless, random_checkpoint, random_network
from pipeline.model.config import DecoderConfig, FlowConfig, NetworkConfig, VisionConfig
from pipeline.model.network import Network, image_tokens, normalize_pixels
from pipeline.model.vision_tokenizer import RelativeAttention, wide_attention
from pipeline.prompts import PROMPTS

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
    """The network that is measured: plain first, packed from `make_engine` on."""

    def __init__(self, tiny: bool, slots: int) -> None:
        self.tiny, self.slots = tiny, 3 if tiny else slots
        self.device = torch.device("cpu" if tiny else "cuda")
        self.dtype = torch.float32 if tiny else torch.bfloat16
        self.network: Network = random_network(TINY if tiny else NetworkConfig.released(), self.device, self.dtype)
        self.runner: Runner
        self.tiles = (0, 2) if tiny else (0, 2, 6)
        self.logits: dict[int, tuple[Tensor, Tensor, Tensor]] = {}  # by tiles: plain, native, plain in float32

    def timed(self, function: Callable[[], object]) -> float:
        """Milliseconds."""
        return 1e3 * roofline.seconds(function, self.device, 3)

    # --- agreement ----------------------------------------------------------------------------------------------------
    def page(self, tiles: int) -> tuple[Tensor, Tensor, Tensor, int]:
        """Token ids of a prompt with so many tiles and an answer, the views, and the tokens of the prompt."""
        views = parts.some_views(1, tiles, tiles)[0]
        whole = torch.from_numpy(views.global_view)[None].to(self.device)
        local = torch.from_numpy(views.local_views).to(self.device)
        places = [self.network.config.image_token_id] * image_tokens(tiles)
        generator = torch.Generator().manual_seed(tiles)
        answer = torch.randint(0, 250, (64,), generator=generator).tolist()
        return torch.tensor([[0, *places, 5, 6, 7, *answer]], device=self.device), whole, local, len(places) + 4

    @torch.inference_mode()
    def agree_with_native(self) -> None:
        """Teacher-forced logits of every token of answers: float32, the native class, and our plain network."""
        exact = copy.deepcopy(self.network).float()
        with native_model(self.network) as model:
            for tiles in self.tiles:
                ids, whole, local, prompt = self.page(tiles)
                plain = self.network(ids, whole, local, [tiles])[0, prompt - 1 :]
                truth = exact(ids, whole, local, [tiles])[0, prompt - 1 :]
                views = {"pixel_values_local": normalize_pixels(local, self.dtype)} if tiles else {}
                theirs = model(
                    input_ids=ids,
                    pixel_values=normalize_pixels(whole, self.dtype),
                    num_local_patches=[tiles],
                    **views,
                ).logits[0, prompt - 1 :]
                self.logits[tiles] = plain, theirs, truth
                self.compare(f"{tiles} tiles: native against float32", theirs, truth)
                self.compare(f"{tiles} tiles: plain against float32", plain, truth)
                self.compare(f"{tiles} tiles: plain against native", plain, theirs)

    @torch.inference_mode()
    def agree_through_the_cache(self) -> None:
        """The packed network with its kernels, token by token through the cache, against the same logits."""
        for tiles, (plain, theirs, truth) in self.logits.items():
            ours = self.through_the_cache(tiles)
            self.compare(f"{tiles} tiles: through the cache against float32", ours, truth)
            self.compare(f"{tiles} tiles: through the cache against native", ours, theirs)
            self.compare(f"{tiles} tiles: through the cache against plain", ours, plain)

    def through_the_cache(self, tiles: int) -> Tensor:
        ids, whole, local, prompt = self.page(tiles)
        runner = self.runner
        runner.reset()
        runner.blocks.extend(0, ids.shape[1])
        runner._upload()
        places = runner._send(runner.blocks.places(0, ids.shape[1]))
        images = torch.cat(self.network.encode_pages(whole, local, [tiles]))
        positions = torch.arange(ids.shape[1], device=self.device)[None]
        embeddings = self.network.embed(ids, images)
        context = PromptContext(runner.cache, places[:prompt], [prompt])
        rows = [self.network.decode(embeddings[:, :prompt], positions[:, :prompt], context)[:, -1:]]
        for at in range(prompt, ids.shape[1]):
            lengths = torch.tensor([at + 1], dtype=torch.int32, device=self.device)
            table = runner._table[:1, : -(-(at + 1) // runner.room.block)]
            step = StepContext(runner.cache, places[at : at + 1], table, lengths, runner.backend.attend)
            rows.append(self.network.decode(embeddings[:, at : at + 1], positions[:, at : at + 1], step))
        runner.reset()
        logits: Tensor = self.network.lm_head(torch.cat(rows, 1)[0])
        return logits

    def compare(self, name: str, ours: Tensor, theirs: Tensor) -> None:
        same = float((ours.argmax(-1) == theirs.argmax(-1)).float().mean())
        gap = (ours.float() - theirs.float()).abs()
        say(
            f"{name}: logits {apart(ours, theirs):.2e} apart, {gap.mean():.4f} on average, {gap.max():.3f} at most; "
            f"{same:.0%} of {len(ours)} tokens agree"
        )

    def make_engine(self) -> None:
        checkpoint = endless(random_checkpoint(self.network))
        pack(checkpoint.network)
        options = DecodingOptions(max_tokens=60 if self.tiny else 4096, stop_loops=False)
        self.runner = FixedLengths(checkpoint, PROMPTS["markdown"], options, self.slots)._runner
        say(f"engine: {self.runner.room}, attention {self.runner.backend.name}")

    # --- what competes inside the encoder -----------------------------------------------------------------------------
    @torch.inference_mode()
    def squares(self, side: int, images: int) -> None:
        """Attention with relative positions: torch's with extra head dimensions, our kernel with several shapes."""
        vision = self.network.config.vision
        attention = (
            RelativeAttention(vision.width, vision.heads, side).to(self.device, self.dtype).requires_grad_(False)
        )
        for parameter in attention.parameters():
            parameter.normal_(0, 0.05)
        projected = torch.randn(images, side * side, 3, vision.heads, vision.width // vision.heads).to(
            self.device, self.dtype
        )
        square = projected.unflatten(1, (side, side)).unbind(3)
        biases = [torch.randn(*square[0].shape[:-1], side).to(projected) for _ in range(2)]
        work = images * vision.heads * side**4 * (vision.width // vision.heads) * 4

        def variant(name: str, function: Callable[[], object]) -> None:
            def measure() -> None:
                taken = self.timed(function)
                say(f"  squares of {side}, {images}: {name:28s} {taken:8.3f} ms, {work / taken / 1e9:.0f} TFLOP/s")

            attempt(f"squares {name}", measure)

        variant("torch, extra dimensions", lambda: wide_attention(*square, *biases))
        variant(
            "torch, no positions",
            lambda: F.scaled_dot_product_attention(*(x.transpose(1, 2) for x in projected.unbind(2))),
        )
        fused = kernels(projected)
        if fused and projected.shape[-1] >= 16:
            for tile, stages, warps in ((64, 3, 4), (64, 4, 4), (64, 3, 2), (128, 3, 4), (128, 2, 8), (32, 4, 2)):
                variant(
                    f"ours, tile {tile}, stages {stages}, warps {warps}",
                    lambda t=tile, s=stages, w=warps: fused.square_attention(
                        projected, attention.rows, attention.columns, side, tile=t, stages=s, warps=w
                    ),
                )

    @torch.inference_mode()
    def gelu(self) -> None:
        """The product and its GELU: apart, and as one with the hyperbolic tangent's approximation."""
        vision = self.network.config.vision
        x = torch.randn(8 * 4096 if not self.tiny else 64, vision.width).to(self.device, self.dtype)
        up = torch.nn.Linear(vision.width, vision.mlp_inner).to(self.device, self.dtype)
        plain = self.timed(lambda: F.gelu(up(x)))
        one = self.timed(lambda: torch._addmm_activation(up.bias, x, up.weight.T, use_gelu=True))
        error = apart(torch._addmm_activation(up.bias, x, up.weight.T, use_gelu=True), F.gelu(up(x)))
        say(f"  product and GELU: {plain:.3f} ms; as one: {one:.3f} ms, {error:.1e} apart")

    @torch.inference_mode()
    def encoder(self) -> None:
        for pages in (1, 2) if self.tiny else (1, 4, 8, 16):
            taken = parts.encoder_seconds(self.runner, pages, 2 if self.tiny else 6)
            say(f"encoder, {pages} at once: {1e3 * taken / pages:.2f} ms a page")

    @torch.inference_mode()
    def beside(self) -> None:
        """Steps and an encoding one after the other, and at the same time."""
        runner, pages, steps = self.runner, 1 if self.tiny else 8, 4 if self.tiny else 24
        views = parts.some_views(pages, 2 if self.tiny else 6)
        stream = runner._encoding
        for name, own in (
            ("after each other", None),
            ("beside", stream),
            ("after each other", None),
            ("beside", stream),
        ):
            runner._encoding = own
            parts.fill_slots(runner, self.slots, 200 if self.tiny else 1131, 8 * steps)
            runner.run(self.slots, 2)

            def both() -> None:
                runner.encode(views)
                runner.run(self.slots, steps)

            say(f"{steps} steps and the encoding of {pages} pages, {name}: {self.timed(both):.1f} ms")
        alone = self.timed(lambda: runner.run(self.slots, steps))
        encoding = self.timed(lambda: runner.encode(views))
        say(f"{steps} steps alone: {alone:.1f} ms; the encoding alone: {encoding:.1f} ms")
        runner._encoding = stream
        runner.reset()

    # --- where the time goes ------------------------------------------------------------------------------------------
    @torch.inference_mode()
    def profile(self, name: str, function: Callable[[], object]) -> None:
        from torch.profiler import ProfilerActivity, profile

        function()
        roofline.synchronize(self.device)
        activity = ProfilerActivity.CUDA if self.device.type == "cuda" else ProfilerActivity.CPU
        with profile(activities=[activity]) as profiled:
            function()
            roofline.synchronize(self.device)
        rows = [
            (getattr(row, "self_device_time_total", 0) or row.self_cpu_time_total, row.count, row.key)
            for row in profiled.key_averages()
            if not row.key.startswith("cuda") and not row.key.startswith("cuLaunch")
        ]
        say(f"profile of {name}: {sum(row[0] for row in rows) / 1e3:.3f} ms in {sum(row[1] for row in rows)} kernels")
        for spent, count, key in sorted(rows, reverse=True)[: 4 if self.tiny else 20]:
            say(f"    {spent / 1e3:9.3f} ms {count:5d} × {key[:100]}")

    def profiles(self) -> None:
        runner, pages = self.runner, 1 if self.tiny else 8
        tiles, prompt = (2, 600) if self.tiny else (6, 1131)
        views = parts.some_views(pages, tiles)
        self.profile(f"the encoder, {pages} pages", lambda: runner._encode(views))
        runner.reset()
        for slot in range(pages):
            runner.blocks.extend(slot, prompt)
        places = runner._send(np.concatenate([runner.blocks.places(slot, prompt) for slot in range(pages)]))
        images = torch.zeros(0, self.network.config.decoder.width, device=self.device, dtype=self.dtype)
        self.profile(f"prefill, {pages} pages", lambda: runner._prefill([[5] * prompt] * pages, images, places))
        parts.fill_slots(runner, self.slots, prompt, 16)
        self.profile(f"a step of {self.slots} slots", lambda: runner.run(self.slots, 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true", help="tiny sizes on the CPU")
    parser.add_argument("--slots", type=int, default=384)
    arguments = parser.parse_args()
    bench = Bench(arguments.tiny, arguments.slots)
    attempt("agreement with the native class", bench.agree_with_native)
    bench.make_engine()
    attempt("agreement through the cache", bench.agree_through_the_cache)
    for side, images in ((14, 2),) if bench.tiny else ((64, 8), (48, 48), (14, 968)):
        attempt("squares", lambda s=side, i=images: bench.squares(s, i))
    for name in ("gelu", "encoder", "beside", "profiles"):
        attempt(name, getattr(bench, name))
    say("done")


if __name__ == "__main__":
    main()
