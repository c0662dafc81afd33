"""Teacher-forced logits of answers: float32, the native class, our plain network, and ours through each cache."""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from bench_parts.common import Bench, apart, say
from pipeline.engine.cache.cache import PromptContext, StepContext
from pipeline.engine.compute.backends import BLOCK
from pipeline.engine.measure import parts
from pipeline.engine.measure.against import native_model
from pipeline.engine.memory import Room
from pipeline.engine.runner import Runner
from pipeline.model.vision_tokenizer import normalize_pixels
from pipeline.reader_options import KvCache
from pipeline.views.rules import OCR2_VIEWS

FORMATS: tuple[KvCache, ...] = ("auto", "int8")


class Agreement:
    """`measure` is one run: first what needs the plain network, then what needs the packed one."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._logits: dict[int, tuple[Tensor, Tensor, Tensor]] = {}  # by tiles: plain, native, plain in float32

    def measure(self) -> None:
        self._without_cache()
        room = Room(2, 2048, BLOCK, 1 + 2 * (2048 // BLOCK), 1)
        for kv_cache in FORMATS:
            runner = self._bench.runner(room, kv_cache)
            for tiles, (plain, theirs, truth) in self._logits.items():
                ours = self._through_the_cache(runner, tiles)
                name = f"{tiles} tiles: through the cache, {kv_cache}, weights {self._bench.weights},"
                _compare(f"{name} against float32", ours, truth)
                _compare(f"{name} against native", ours, theirs)
                _compare(f"{name} against plain", ours, plain)
            del runner

    @torch.inference_mode()
    def _without_cache(self) -> None:
        bench = self._bench
        exact = copy.deepcopy(bench.network).float()
        with native_model(bench.network) as model:
            for tiles in (0, 2) if bench.tiny else (0, 2, 6):
                ids, whole, local, prompt = self._page(tiles)
                plain = bench.network(ids, whole, local, [(tiles, 1)])[0, prompt - 1 :]
                truth = exact(ids, whole, local, [(tiles, 1)])[0, prompt - 1 :]
                views = {"pixel_values_local": normalize_pixels(local, bench.dtype)} if tiles else {}
                whole = normalize_pixels(whole, bench.dtype)
                logits = model(input_ids=ids, pixel_values=whole, num_local_patches=[tiles], **views).logits
                theirs = logits[0, prompt - 1 :]
                self._logits[tiles] = plain, theirs, truth
                _compare(f"{tiles} tiles: native against float32", theirs, truth)
                _compare(f"{tiles} tiles: plain against float32", plain, truth)
                _compare(f"{tiles} tiles: plain against native", plain, theirs)

    def _page(self, tiles: int) -> tuple[Tensor, Tensor, Tensor, int]:
        """Token ids of a prompt with so many tiles and an answer, the views, and the tokens of the prompt."""
        device = self._bench.device
        views = parts.some_views(1, tiles, tiles)[0]
        whole = torch.from_numpy(views.global_view)[None].to(device)
        local = torch.from_numpy(views.local_views).to(device)
        places = [self._bench.network.config.image_token_id] * OCR2_VIEWS.tokens(tiles, 1)
        generator = torch.Generator().manual_seed(tiles)
        answer = torch.randint(0, 250, (64,), generator=generator).tolist()
        return torch.tensor([[0, *places, 5, 6, 7, *answer]], device=device), whole, local, len(places) + 4

    @torch.inference_mode()
    def _through_the_cache(self, runner: Runner, tiles: int) -> Tensor:
        """Token by token, as answers are written."""
        ids, whole, local, prompt = self._page(tiles)
        network = runner.network
        runner.reset()
        runner.blocks.extend(0, ids.shape[1])
        runner._upload()
        places = runner._send(runner.blocks.places(0, ids.shape[1]))
        positions = torch.arange(ids.shape[1], device=ids.device)[None]
        embeddings = network.embed(ids, torch.cat(network.encode_pages(whole, local, [(tiles, 1)])))
        context = PromptContext(runner.cache, places[:prompt], [prompt])
        rows = [network.decode(embeddings[:, :prompt], positions[:, :prompt], context)[:, -1:]]
        for at in range(prompt, ids.shape[1]):
            lengths = torch.tensor([at + 1], dtype=torch.int32, device=ids.device)
            table = runner._table[:1, : -(-(at + 1) // runner.room.block)]
            step = StepContext(runner.cache, places[at : at + 1], table, lengths, runner.backend)
            rows.append(network.decode(embeddings[:, at : at + 1], positions[:, at : at + 1], step))
        logits: Tensor = network.lm_head(torch.cat(rows, 1)[0])
        return logits


def _compare(name: str, ours: Tensor, theirs: Tensor) -> None:
    same = float((ours.argmax(-1) == theirs.argmax(-1)).float().mean())
    gap = (ours.float() - theirs.float()).abs()
    say(
        f"{name}: logits {apart(ours, theirs):.2e} apart, {gap.mean():.4f} on average, {gap.max():.3f} at most; "
        f"{same:.0%} of {len(ours)} tokens agree"
    )
