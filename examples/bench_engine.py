"""Measures the engine's parts and their variants on one GPU, with random weights at the released shapes.

    python examples/bench_engine.py            # about five minutes on an H100
    python examples/bench_engine.py --tiny     # the same code at tiny sizes, on a CPU

Each measurement stands alone: one that fails says so, and the next one runs. `ocr2 bench` is the short form for users.
"""

# ruff: noqa: E501  what is printed is one line each
from __future__ import annotations

import argparse
import itertools
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.attention.bias import causal_lower_right

from pipeline.engine import bench
from pipeline.engine.backends import attend_sdpa, attention_backend, kernels, masked, triton_trouble
from pipeline.engine.bench import Rates
from pipeline.engine.cache import PromptContext, StepContext
from pipeline.engine.graphs import StepGraphs
from pipeline.engine.options import DecodingOptions
from pipeline.engine.packed import PackedRelativeAttention, pack
from pipeline.engine.packed_experts import PackedExperts
from pipeline.engine.runner import Runner
from pipeline.model import causal_flow
from pipeline.model.attention import attend
from pipeline.model.config import DecoderConfig, FlowConfig, NetworkConfig, VisionConfig
from pipeline.model.network import Network
from pipeline.prompts import PROMPTS
from pipeline.transcript import PageRef

TINY = NetworkConfig(
    VisionConfig(16, 2, 1, 24, 14, (1,), 12, (20, 24)),
    FlowConfig(24, 1, 4, 2, 40),
    DecoderConfig(300, 32, 2, 4, 2, 1, 48, 4, 2, 12, 1, max_positions=2560),
    image_token_id=299,
    bos_token_id=0,
    eos_token_id=298,
)
START = time.monotonic()


def say(text: str = "") -> None:
    print(f"{time.monotonic() - START:6.1f}s  {text}", flush=True)


def attempt(name: str, measure: Callable[[], object]) -> None:
    """One measurement; what goes wrong in it is printed and ends nothing else."""
    try:
        measure()
    except Exception as error:  # a variant that this machine lacks must not end the run
        say(f"{name}: FAILED {type(error).__name__}: {' '.join(str(error).split())[:300]}")
        frame = traceback.extract_tb(error.__traceback__)[-1]
        say(f"    at {Path(frame.filename).name}:{frame.lineno} {frame.line}")
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


class Bench:
    """The machine, the network and the engine that are measured."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.tiny: bool = arguments.tiny
        self.device = torch.device("cpu" if self.tiny else "cuda")
        self.dtype = torch.float32 if self.tiny else torch.bfloat16
        self.config = TINY if self.tiny else replace(NetworkConfig.released(), eos_token_id=128_799)
        self.arguments = arguments
        self.rates = Rates(1e12, 1e15)
        self.network: Network
        self.engine: bench.FixedLengths

    @property
    def runner(self) -> Runner:
        return self.engine._runner

    def timed(self, function: Callable[[], object], repeats: int = 10) -> float:
        """Milliseconds of a call; on CUDA as a graph, so that launches do not count."""
        if self.device.type != "cuda":
            return 1e3 * bench.seconds(function, self.device, 2)
        for _ in range(2):
            function()
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            function()
        events = [torch.cuda.Event(enable_timing=True) for _ in range(repeats + 1)]
        graph.replay()
        for event in events[:-1]:
            event.record()
            graph.replay()
        events[-1].record()
        torch.cuda.synchronize()
        return float(np.median([a.elapsed_time(b) for a, b in itertools.pairwise(events)]))

    # --- device and correctness -------------------------------------------------------------------------------------
    def machine(self) -> None:
        say(
            f"torch {torch.__version__}; attention: {attention_backend(self.device)}; triton: {triton_trouble() or 'works'}"
        )
        if self.device.type == "cuda":
            facts = torch.cuda.get_device_properties(self.device)
            say(f"{facts.name}, {facts.total_memory / 2**30:.0f} GiB, {facts.multi_processor_count} units")
        self.rates = bench.measure_rates(self.device, self.dtype)
        say(f"copy {self.rates.copy / 1e12:.3f} TB/s, matmul {self.rates.matmul / 1e12:.1f} TFLOP/s")

    def build(self) -> None:
        self.network = bench.random_network(self.config, self.device, self.dtype)
        size = sum(parameter.numel() for parameter in self.network.parameters())
        say(f"built: {size / 1e9:.2f} G parameters")

    @torch.inference_mode()
    def pack_and_check(self) -> None:
        """The packed network, its kernels and its cache against the plain network, in the same number format."""
        tokens = 48 if self.tiny else 700
        generator = torch.Generator(self.device).manual_seed(1)
        ids = torch.randint(0, 200, (1, tokens + 12), generator=generator, device=self.device)
        places = torch.arange(tokens + 12, device=self.device)[None]
        image = bench.some_views(1, 2)[0]
        whole = torch.from_numpy(image.global_view)[None].to(self.device)
        tiles = torch.from_numpy(image.local_views).to(self.device)
        plain_image = self.network.encode_pages(whole, tiles, [2])[0]
        plain = self.network.decode(self.network.embed(ids), places)[0]
        pack(self.network)
        packed_image = self.network.encode_pages(whole, tiles, [2])[0]
        packed = self.network.decode(self.network.embed(ids), places)[0]
        say(f"packed against plain: image {apart(packed_image, plain_image):.2e}, hidden {apart(packed, plain):.2e}")
        self.make_engine()
        runner = self.runner
        runner.blocks.extend(0, tokens + 12)
        runner._upload()
        flat = runner._send(runner.blocks.places(0, tokens + 12))
        prompt = PromptContext(runner.cache, flat[:tokens], [tokens])
        self.network.decode(self.network.embed(ids[:, :tokens]), places[:, :tokens], prompt)
        steps = []
        for place in range(tokens, tokens + 12):
            lengths = torch.tensor([place + 1], dtype=torch.int32, device=self.device)
            table = runner._table[:1, : -(-(place + 1) // runner.room.block)]
            context = StepContext(runner.cache, flat[place : place + 1], table, lengths, runner.backend.attend)
            steps.append(
                self.network.decode(
                    self.network.embed(ids[:, place : place + 1]), places[:, place : place + 1], context
                )
            )
        say(f"steps through the cache against the plain network: {apart(torch.cat(steps, 1)[0], plain[tokens:]):.2e}")
        runner.reset()

    def make_engine(self) -> None:
        options = DecodingOptions(max_tokens=60 if self.tiny else 4096)
        slots = 3 if self.tiny else self.arguments.slots
        self.engine = bench.FixedLengths(
            bench.random_checkpoint(self.network), PROMPTS["markdown"], options, slots,
            gpu_memory=self.arguments.gpu_memory, workers=self.arguments.workers,
        )  # fmt: skip
        for part in (self.runner.cache.keys, self.runner.cache.values):
            part.normal_()  # zeros would be faster than real keys
        say(f"engine: {self.runner.room}, attention {self.runner.backend.name}")

    # --- parts ------------------------------------------------------------------------------------------------------
    @torch.inference_mode()
    def encoder(self, pages: int) -> None:
        network = self.network
        page = bench.some_views(1, 2 if self.tiny else 6)[0]
        whole = torch.from_numpy(np.stack([page.global_view] * pages)).to(self.device)
        tiles = torch.from_numpy(np.concatenate([page.local_views] * pages)).to(self.device)
        work = bench.encoder_operations(self.config, 1024) + len(page.local_views) * bench.encoder_operations(
            self.config, 768
        )
        floor = 1e3 * work / self.rates.matmul
        taken = (
            1e3
            * bench.seconds(lambda: network.encode_pages(whole, tiles, [len(page.local_views)] * pages), self.device, 3)
            / pages
        )
        say(
            f"encoder, {pages:2d} pages: {taken:7.2f} ms a page; {work / 1e12:.2f} TFLOP, floor {floor:.2f} ms, share {floor / taken:.0%}"
        )
        if pages in (1, 8):
            from pipeline.model.network import normalize_pixels

            for name, view in (("global", whole), ("local", tiles)):
                pixels = normalize_pixels(view, self.dtype)
                seen = network.vision_tokenizer(pixels)
                vision = 1e3 * bench.seconds(lambda p=pixels: network.vision_tokenizer(p), self.device, 3) / pages
                flow = 1e3 * bench.seconds(lambda s=seen: network.causal_flow(s), self.device, 3) / pages
                say(f"    {name}: vision tokenizer {vision:.2f} ms, causal flow {flow:.2f} ms a page")

    @torch.inference_mode()
    def encoder_variants(self, pages: int) -> None:
        """Other kernels inside the encoder; what is faster and right stays for the rest of the run."""
        page = bench.some_views(1, 2 if self.tiny else 6)[0]
        whole = torch.from_numpy(np.stack([page.global_view] * pages)).to(self.device)
        tiles = torch.from_numpy(np.concatenate([page.local_views] * pages)).to(self.device)
        counts = [len(page.local_views)] * pages

        def encode() -> Tensor:
            return torch.cat(self.network.encode_pages(whole, tiles, counts))

        expected = encode()
        best = 1e3 * bench.seconds(encode, self.device, 3) / pages
        say(f"encoder as it is: {best:.2f} ms a page")

        def keep(name: str, switch: Callable[[bool], None]) -> None:
            nonlocal best
            better = False
            try:
                switch(True)
                error = apart(encode(), expected)
                taken = 1e3 * bench.seconds(encode, self.device, 3) / pages
                better = error < 0.03 and taken < best
                say(f"encoder with {name}: {taken:.2f} ms a page, error {error:.1e}{', kept' if better else ''}")
                best = min(best, taken) if better else best
            finally:
                if not better:
                    switch(False)

        def fused(on: bool) -> None:
            PackedRelativeAttention.fused = on

        def flow(replacement: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Callable[[bool], None]:
            plain = causal_flow.prefix_attention

            def switch(on: bool) -> None:
                causal_flow.prefix_attention = replacement if on else plain

            return switch

        attempt("fused squares", lambda: keep("our kernel for squares", fused))
        attempt("lower right", lambda: keep("causal_lower_right in the flow", flow(flow_lower_right)))
        attempt("expanded", lambda: keep("expanded heads in the flow", flow(flow_expanded)))

    @torch.inference_mode()
    def squares(self, side: int, images: int) -> None:
        """One global attention layer: SDPA with extra head dimensions against our kernel."""
        vision = self.config.vision
        heads, width = vision.heads, vision.width // vision.heads
        projected = torch.randn(images, side * side, 3, heads, width, device=self.device, dtype=self.dtype)
        rows, columns = (
            torch.randn(images, side * side, heads, side, device=self.device, dtype=self.dtype) for _ in range(2)
        )
        q, k, v = (part.transpose(1, 2) for part in projected.unbind(2))
        extra = -(width + 2 * side) % 8 + 2 * side
        wide = [F.pad(part, (0, extra)) for part in (q, k, v)]
        work = images * heads * side**4 * width * 4
        floor = 1e3 * work / self.rates.matmul

        def variant(name: str, function: Callable[[], object]) -> None:
            def measure() -> None:
                taken = self.timed(function)
                say(
                    f"  squares of {side}, {images} images, {name:24s} {taken:8.3f} ms; floor {floor:.3f}, {work / taken / 1e9:.0f} TFLOP/s"
                )

            attempt(f"squares {name}", measure)

        variant("sdpa, extra dims", lambda: F.scaled_dot_product_attention(*wide))
        variant("sdpa without bias", lambda: F.scaled_dot_product_attention(q, k, v))
        if kernels(projected):
            for tile, stages, warps in (
                (128, 2, 4),
                (128, 2, 8),
                (128, 3, 8),
                (64, 2, 4),
                (64, 3, 4),
                (64, 1, 4),
                (128, 1, 8),
            ):
                variant(
                    f"triton t{tile} st{stages} w{warps}",
                    lambda t=tile, s=stages, w=warps: kernels(projected).square_attention(
                        projected, rows, columns, tile=t, stages=s, warps=w
                    ),
                )

    @torch.inference_mode()
    def prefill(self, pages: int) -> None:
        runner = self.runner
        runner.reset()
        length = 257 + 144 * (2 if self.tiny else 6) + 10
        prompt = [5] * length
        for slot in range(pages):
            runner.blocks.extend(slot, length)
        places = runner._send(np.concatenate([runner.blocks.places(slot, length) for slot in range(pages)]))
        images = torch.zeros(0, self.config.decoder.width, device=self.device, dtype=self.dtype)
        taken = 1e3 * bench.seconds(lambda: runner._prefill([prompt] * pages, images, places), self.device, 3) / pages
        work = bench.prefill_operations(self.config, length)
        floor = 1e3 * work / self.rates.matmul
        say(
            f"prefill, {pages:2d} pages of {length}: {taken:.2f} ms a page; {work / 1e12:.2f} TFLOP, floor {floor:.2f} ms, share {floor / taken:.0%}"
        )
        runner.reset()

    @torch.inference_mode()
    def attention(self, slots: int) -> None:
        """One step's attention over all layers, each variant as a graph, against reading the cache once."""
        runner, decoder = self.runner, self.config.decoder
        cached = bench.fill_slots(runner, slots, 200 if self.tiny else 1131, 8)
        runner._upload()
        lengths = runner.states.positions(slots).int() + 1
        queries = torch.randn(slots, decoder.heads, decoder.head_dim, device=self.device, dtype=self.dtype)
        moved = cached * 2 * decoder.layers * decoder.kv_heads * decoder.head_dim * self.dtype.itemsize
        floor = 1e3 * moved / self.rates.copy
        table = runner._table[:slots, : runner._span(slots)]
        used = (
            [part[0][table.flatten()].float() for part in (runner.cache.keys, runner.cache.values)]
            if slots <= 8
            else []
        )
        own = torch.arange(table.numel(), device=self.device, dtype=torch.int32).view_as(table)
        expected = attend_sdpa(queries.float(), *used, own, lengths) if used else None

        def variant(name: str, attend: Callable[[int], Tensor]) -> None:
            def measure() -> None:
                error = "" if expected is None else f", error {apart(attend(0), expected):.1e}"
                taken = self.timed(lambda: [attend(layer) for layer in range(decoder.layers)])
                say(
                    f"  attention {slots:3d} slots, {name:34s} {taken:8.3f} ms a step; floor {floor:.3f}, share {floor / taken:.0%}{error}"
                )

            attempt(name, measure)

        keys, values = runner.cache.keys, runner.cache.values
        if kernels(queries):
            chosen = [
                (32, None, 3, 4),
                (32, 1, 3, 4),
                (32, 2, 3, 4),
                (32, 4, 3, 4),
                (16, None, 3, 4),
                (64, None, 2, 4),
                (32, None, 1, 4),
                (32, None, 4, 2),
                (16, None, 4, 2),
                (64, None, 3, 8),
            ]
            for tile, splits, stages, warps in chosen:
                settings = {"tile": tile, "splits": splits, "stages": stages, "warps": warps}
                variant(
                    f"triton t{tile} split {splits} st{stages} w{warps}",
                    lambda layer, s=settings: kernels(queries).decode_attention(
                        queries, keys[layer], values[layer], runner._table[:slots], lengths, **s
                    ),
                )
        # Flat slots, as if each had its own stretch of the cache: what torch 2.11 has kernels for.
        span = min(2816, (keys.shape[1] - 1) // slots * keys.shape[2])
        flat = [(part[:, 1:].flatten(1, 2)) for part in (keys, values)]
        if span >= int(lengths.max()) or self.tiny:
            flat_lengths = lengths.clamp(max=span)
            seen = torch.arange(span, device=self.device) < flat_lengths[:, None]
            starts = torch.arange(slots + 1, device=self.device, dtype=torch.int32)
            expected = None

            def rows(part: Tensor, layer: int) -> Tensor:
                return part[layer, : slots * span]

            variant(
                "sdpa masked, flat",
                lambda layer: masked(
                    queries,
                    rows(flat[0], layer).unflatten(0, (slots, span)),
                    rows(flat[1], layer).unflatten(0, (slots, span)),
                    seen,
                ),
            )
            variant(
                "aten flash varlen seqused_k, flat",
                lambda layer: torch.ops.aten._flash_attention_forward(
                    queries,
                    rows(flat[0], layer),
                    rows(flat[1], layer),
                    starts,
                    starts * span,
                    1,
                    span,
                    0.0,
                    False,
                    False,
                    seqused_k=flat_lengths,
                )[0],
            )
        runner.reset()

    @torch.inference_mode()
    def experts(self, tokens: int) -> None:
        """All layers' experts on random tokens, each way as a graph, against reading the experts that are hit."""
        layers = [layer.mlp for layer in self.network.decoder.layers if isinstance(layer.mlp, PackedExperts)]
        decoder = self.config.decoder
        x = torch.randn(1, tokens, decoder.width, device=self.device, dtype=self.dtype)
        hit = (
            decoder.experts * (1 - (1 - decoder.experts_per_token / decoder.experts) ** tokens) + decoder.shared_experts
        )
        expert = 3 * decoder.width * decoder.expert_inner
        moved = len(layers) * hit * expert * self.dtype.itemsize
        done = len(layers) * tokens * (decoder.experts_per_token + decoder.shared_experts) * 2 * expert
        floor = 1e3 * self.rates.floor(moved, done)
        reference = layers[0]._wide(x[0])
        for way in ("few", "wide", "grouped"):
            if (way == "few" and tokens > 64) or (way == "wide" and tokens > 1200):
                continue

            def measure(way: str = way) -> None:
                def run() -> None:
                    for layer in layers:
                        getattr(layer, f"_{way}")(x[0])

                error = apart(getattr(layers[0], f"_{way}")(x[0]), reference)
                taken = self.timed(run)
                say(
                    f"  experts {tokens:5d} tokens, {way:8s} {taken:8.3f} ms a pass; floor {floor:.3f}, share {floor / taken:.0%}, error {error:.1e}"
                )

            attempt(f"experts {way}", measure)

        def parts() -> None:
            layer = layers[0]
            both = F.linear(x[0], layer.gate_up)
            hidden = both[:, : both.shape[1] // 2].contiguous()
            spread = layer._route(x[0])[0]
            route = self.timed(lambda: [one._route(x[0]) for one in layers])
            up = self.timed(lambda: [F.linear(x[0], one.gate_up) for one in layers])
            gate = self.timed(lambda: [one._gate(both.view(tokens, one.experts, -1), spread) for one in layers])
            down = self.timed(lambda: [F.linear(hidden, one.down) for one in layers])
            say(f"    wide in parts: route {route:.3f}, gate_up {up:.3f}, gate {gate:.3f}, down {down:.3f} ms")

        if tokens <= 512:
            attempt("parts of wide", parts)

    def step(self, slots: int) -> None:
        runner = self.runner
        prompt = 200 if self.tiny else 1131
        for graphs in (True, False):
            kept = runner._graphs
            if not graphs:
                runner._graphs = StepGraphs(runner._step, False)
            try:
                taken, cached = bench.step_seconds(runner, slots, prompt)
            finally:
                runner._graphs = kept
            work = bench.step_work(self.config, slots, cached, self.dtype.itemsize)
            floor = self.rates.floor(*work)
            page = (
                bench.encoder_operations(self.config, 1024)
                + 6 * bench.encoder_operations(self.config, 768)
                + bench.prefill_operations(self.config, 1131)
            )
            ideal = 1 / (1500 * floor / slots + page / self.rates.matmul)
            how = "graph" if graphs else "plain"
            say(
                f"step, {slots:3d} slots, {how}: {1e3 * taken:7.3f} ms, floor {1e3 * floor:.3f} ms ({work[0] / 1e9:.1f} GB, {work[1] / 1e12:.2f} TFLOP), "
                f"share {floor / taken:.0%}, {slots / taken:,.0f} tokens/s; roofline of pages {ideal:.2f}/s"
            )
            if self.device.type != "cuda":
                return

    # --- whole pages --------------------------------------------------------------------------------------------------
    def alone(self) -> None:
        with bench.synthetic_pages(1) as (source,):
            ref = PageRef(source, 1)
            self.engine.lengths = {ref: 40 if self.tiny else 1500}
            for _ in range(2):
                begun = time.perf_counter()
                (transcript,) = self.engine.transcribe([ref])
                taken = time.perf_counter() - begun
            say(
                f"one page alone: {transcript.output_tokens} tokens in {taken:.2f} s with everything, {transcript.output_tokens / taken:,.0f} tokens/s; {transcript.finish} {transcript.error or ''}"
            )

    def whole(self) -> None:
        """Continuous batching: pages are supplied for some seconds, then the tail is read."""
        supply = 3.0 if self.tiny else self.arguments.supply
        with bench.synthetic_pages(2 if self.tiny else 48) as sources:
            # PNG files have one page each: the number only tells the copies apart, so each copy is its own source name.
            lengths = bench.output_lengths(5000, 0, *((40, 10, 60) if self.tiny else (1500, 100, 4000)))
            refs = [PageRef(replace(sources[i % len(sources)], name=str(i)), 1) for i in range(5000)]
            self.engine.lengths = dict(zip(refs, lengths, strict=True))
            begun = time.monotonic()
            ended: list[float] = []

            def pages() -> Iterator[PageRef]:
                for ref in refs:
                    if time.monotonic() - begun > supply:
                        break
                    yield ref
                ended.append(time.monotonic() - begun)

            ticks: list[tuple[float, int, int]] = []
            engine, run = self.engine, self.runner.run

            def watched(count: int, steps: int) -> None:
                run(count, steps)
                busy = sum(
                    0 < bound < limit for bound, limit in zip(self.runner._bounds, self.runner._limits, strict=True)
                )
                ticks.append((time.monotonic() - begun, busy, steps))

            self.runner.run = watched  # type: ignore[method-assign]
            done, failed, tokens = 0, 0, 0
            shown = 0.0
            try:
                for transcript in engine.transcribe(pages()):
                    done += 1
                    failed += transcript.error is not None
                    tokens += transcript.output_tokens
                    now = time.monotonic() - begun
                    if now - shown > 10:
                        shown = now
                        say(f"    {done} pages, {tokens} tokens after {now:.0f} s, {ticks[-1][1]} slots in use")
                    if transcript.error and failed == 1:
                        say(f"    first error: {transcript.error}")
            finally:
                self.runner.run = run  # type: ignore[method-assign]
            taken = time.monotonic() - begun
            say(
                f"end to end: {done} pages ({failed} failed), {tokens} tokens in {taken:.1f} s = {done / taken:.2f} pages/s, {tokens / taken:,.0f} tokens/s, fill and tail included"
            )
            most = max(busy for _, busy, _ in ticks)
            full = next(at for at, busy, _ in ticks if busy >= 0.95 * most)
            last = ended[0] if ended else taken
            window = [tick for tick in ticks if full <= tick[0] <= last]
            if len(window) > 2:
                span = window[-1][0] - window[0][0]
                written = sum(busy * steps for _, busy, steps in window[1:])
                mean = float(np.mean(lengths))
                say(
                    f"steady: {most} slots, {written / span:,.0f} tokens/s = {written / span / mean:.2f} pages/s of {mean:.0f} tokens, over {span:.1f} s; tick {1e3 * span / len(window):.1f} ms"
                )
                cached = most * (1131 + 750)
                work = bench.step_work(self.config, most, cached, self.dtype.itemsize)
                page = (
                    bench.encoder_operations(self.config, 1024)
                    + 6 * bench.encoder_operations(self.config, 768)
                    + bench.prefill_operations(self.config, 1131)
                )
                ideal = 1 / (mean * self.rates.floor(*work) / most + page / self.rates.matmul)
                say(f"    roofline at {most} slots: {ideal:.2f} pages/s, share {written / span / mean / ideal:.0%}")
        if self.device.type == "cuda":
            free, total = torch.cuda.mem_get_info()
            say(
                f"memory: {(total - free) / 2**30:.1f} of {total / 2**30:.1f} GiB in use, peak of torch {torch.cuda.max_memory_reserved() / 2**30:.1f} GiB"
            )

    def rasterising(self) -> None:
        """Pages a second that the processes ahead make ready, with nobody in front of them."""
        from pipeline.ahead import Ahead

        with bench.synthetic_pages(4) as sources:
            refs = [PageRef(source, 1) for source in sources] * (2 if self.tiny else 60)
            with Ahead(iter(refs), 144, self.arguments.workers, 32) as ahead:
                for _ in range(len(refs) // 2):  # the processes have started by then
                    ahead.take(patient=True)
                begun = time.perf_counter()
                done = sum(1 for _ in iter(lambda: ahead.take(patient=True), None))
                say(
                    f"rasterising PNG and cutting, {self.arguments.workers} workers: {done / (time.perf_counter() - begun):.1f} pages/s"
                )

    # --- where the time goes ------------------------------------------------------------------------------------------
    @torch.inference_mode()
    def profile(self, name: str, function: Callable[[], object]) -> None:
        from torch.profiler import ProfilerActivity, profile

        activity = ProfilerActivity.CUDA if self.device.type == "cuda" else ProfilerActivity.CPU
        function()
        bench.synchronize(self.device)
        with profile(activities=[activity]) as profiled:
            function()
            bench.synchronize(self.device)
        rows = []
        for row in profiled.key_averages():
            spent = getattr(row, "self_device_time_total", 0) or row.self_cpu_time_total
            rows.append((spent, row.count, row.key))
        rows.sort(reverse=True)
        say(f"profile of {name}: {sum(row[0] for row in rows) / 1e3:.3f} ms in {sum(row[1] for row in rows)} kernels")
        for spent, count, key in rows[: 4 if self.tiny else 16]:
            say(f"    {spent / 1e3:9.3f} ms {count:5d} × {key[:100]}")

    def profile_step(self, slots: int) -> None:
        bench.fill_slots(self.runner, slots, 200 if self.tiny else 1131, 16)
        self.profile(f"a step of {slots} slots", lambda: self.runner.run(slots, 1))

    def profile_pages(self, pages: int) -> None:
        self.runner.reset()
        views = bench.some_views(pages, 2 if self.tiny else 6)
        self.profile(f"the encoder, {pages} pages", lambda: self.runner._encode(views))
        length = 257 + 144 * 6 + 10
        images = torch.zeros(0, self.config.decoder.width, device=self.device, dtype=self.dtype)
        for slot in range(pages):
            self.runner.blocks.extend(slot, length)
        places = self.runner._send(np.concatenate([self.runner.blocks.places(slot, length) for slot in range(pages)]))
        self.profile(f"prefill, {pages} pages", lambda: self.runner._prefill([[5] * length] * pages, images, places))
        self.runner.reset()


def flow_lower_right(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """The causal flow's attention without a mask tensor: torch aligns the causal triangle to the lower right."""
    count = queries.shape[1] // 2
    prefix = attend(queries[:, :count], keys[:, :count], values[:, :count])
    flow = attend(queries[:, count:], keys, values, mask=causal_lower_right(count, 2 * count))
    return torch.cat((prefix, flow), dim=1)


def flow_expanded(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """The causal flow's attention with as many key heads as query heads, which every masked kernel takes."""
    count, shared = queries.shape[1] // 2, queries.shape[2] // keys.shape[2]
    keys, values = (part.repeat_interleave(shared, dim=2) for part in (keys, values))
    prefix = attend(queries[:, :count], keys[:, :count], values[:, :count])
    mask = torch.ones(count, 2 * count, dtype=torch.bool, device=queries.device).tril(count)
    return torch.cat((prefix, attend(queries[:, count:], keys, values, mask=mask)), dim=1)


def apart(result: Tensor, expected: Tensor) -> float:
    """Relative distance in the Euclidean norm."""
    return float((result.float() - expected.float()).norm() / expected.float().norm())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true", help="tiny sizes on the CPU")
    parser.add_argument("--slots", type=int, default=384)
    parser.add_argument("--gpu-memory", type=float, default=0.9)
    parser.add_argument("--workers", type=int, default=12, help="processes that rasterise")
    parser.add_argument("--supply", type=float, default=60.0, help="seconds for which pages are supplied")
    parser.add_argument("--skip", default="", help="comma-separated: parts, variants, pages, profile")
    arguments = parser.parse_args()
    if arguments.tiny:
        arguments.workers = min(arguments.workers, 2)
    skipped = set(arguments.skip.split(","))
    b = Bench(arguments)
    attempt("machine", b.machine)
    attempt("build", b.build)
    attempt("pack and check", b.pack_and_check)
    if not hasattr(b, "engine"):
        attempt("engine", b.make_engine)
    if not hasattr(b, "engine"):
        sys.exit("there is no engine to measure")
    most = b.runner.room.slots
    sizes = [1, 3] if b.tiny else [size for size in (1, 8, 32, 64, 128, 256, 384) if size <= most]
    if "parts" not in skipped:
        attempt("encoder variants", lambda: b.encoder_variants(1 if b.tiny else 4))
        for pages in (1, 2) if b.tiny else (1, 4, 8, 16):
            attempt("encoder", lambda p=pages: b.encoder(p))
        for pages in (1, 2) if b.tiny else (1, 4, 8, 16):
            attempt("prefill", lambda p=pages: b.prefill(p))
        for slots in sizes:
            attempt("step", lambda s=slots: b.step(s))
    if "pages" not in skipped:
        attempt("alone", b.alone)
        attempt("rasterising", b.rasterising)
        attempt("whole", b.whole)
    if "profile" not in skipped:
        for slots in sizes[:1] if b.tiny else [size for size in (1, 128, 384) if size <= most]:
            attempt("profile of a step", lambda s=slots: b.profile_step(s))
        attempt("profile of pages", lambda: b.profile_pages(1 if b.tiny else 8))
    if "variants" not in skipped:
        for side, images in ((14, 2),) if b.tiny else ((64, 4), (48, 24), (14, 600)):
            attempt("squares", lambda s=side, i=images: b.squares(s, i))
        for slots in sizes[:1] if b.tiny else [size for size in (1, 8, 64, 256) if size <= most]:
            attempt("attention", lambda s=slots: b.attention(s))
        for tokens in (1, 5) if b.tiny else (1, 4, 8, 16, 32, 64, 128, 256, 384, 1131, 8 * 1131):
            attempt("experts", lambda t=tokens: b.experts(t))
    say("done")


if __name__ == "__main__":
    main()
