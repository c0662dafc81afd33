"""What runs in the process of its own: vLLM reads pages for a while, and a file tells what came of it.

Nothing of ours is imported here, so that the process holds vLLM and no more. The names of arguments are those of
vLLM 0.26 (`vllm/entrypoints/llm.py`, `vllm/sampling_params.py`, `vllm/v1/engine/llm_engine.py`).
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

AHEAD = 32
"""Pages that wait beyond those under way, so that no sequence is empty while the front end prepares the next ones."""
WAITED = 0.005
"""Seconds after which a step of vLLM's front end must have waited for its engine: it has heard everything by then."""
WARM = 64
"""Tokens of a page before the clock starts: kernels are compiled by then, and the ban has had its window."""
# A front end that takes .18 s for a page needs 70 s to fill 384 sequences, and as many pages have to be done before any
# counts: with a user's usual 60 s there was no figure.
FILLING = 5
"""Times the job's seconds that the first filling may take; a third of the seconds behind it count at least."""
NGRAMS = "vllm.model_executor.models.deepseek_ocr:NGramPerReqLogitsProcessor"
# What a user's own shell sets counts more.
ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1",
    "VLLM_ALLOW_INSECURE_SERIALIZATION": "1",  # else no function of ours may draw weights in its engine's process
    "VLLM_USE_FLASHINFER_SAMPLER": "0",  # it is compiled at the first use, and greedy decoding has none
    "OMP_NUM_THREADS": "1",  # two starts without the ban hung with four
}  # fmt: skip


@dataclass(frozen=True)
class Job:
    """What vLLM is to do. `lengths` come round, and so do `images` (paths); `ngrams` None is without the ban."""

    model: str
    random: bool
    prompt: str
    images: list[str]
    lengths: list[int]
    sequences: int
    ngrams: dict[str, Any] | None
    gpu_memory: float
    longest: int  # prompt and answer, in tokens
    seconds: float
    seed: int

    def save(self, path: Path) -> None:
        """For `main` of the other process."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")


def main(job_path: str, out: str) -> None:
    """Read pages, write what was found to `out`, and end at once: what is still being read is of no interest."""
    job = Job(**json.loads(Path(job_path).read_text(encoding="utf-8")))
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    begun = time.monotonic()
    import vllm

    llm = _open(vllm, job)
    weights = _draw(llm, job.seed) if job.random else "as they are"
    pages = _Pages(vllm, job)
    llm.generate([pages.prompt(0)], [pages.params(WARM)], use_tqdm=False)
    _write(out, {"started": time.monotonic() - begun})
    found = _read(llm, pages, job)
    _write(out, {"started": found["begun"] - begun, "version": vllm.__version__, "weights": weights, **found})
    sys.stdout.flush()
    os._exit(0)


def _open(vllm: Any, job: Job) -> Any:  # noqa: ANN401 of a package that need not be there
    """Pages are all new to it, as they would be: no cache of prefixes or of prepared images."""
    return vllm.LLM(
        job.model, load_format="dummy" if job.random else "auto", dtype="bfloat16", max_model_len=job.longest,
        max_num_seqs=job.sequences, gpu_memory_utilization=job.gpu_memory, enable_prefix_caching=False,
        mm_processor_cache_gb=0, limit_mm_per_prompt={"image": 1}, disable_log_stats=False, seed=job.seed,
        logits_processors=[NGRAMS] if job.ngrams else None,
    )  # fmt: skip


def _draw(llm: Any, seed: int) -> str:  # noqa: ANN401
    """Weights like those of our own network, as vLLM's dummy ones are all nearly zero; its own where that fails."""

    def draw(model: Any) -> int:  # noqa: ANN401
        return draw_weights(model, seed)

    try:
        llm.apply_model(draw)  # only what is a function travels there
    except Exception as error:  # of a version that has no such function, or forbids it: the figures are still worth it
        return f"vLLM's dummy weights ({type(error).__name__})"
    return "random"


def draw_weights(model: Any, seed: int) -> int:  # noqa: ANN401
    """In vLLM's engine process, in place, so that what it has captured stays valid; returns the number of weights."""
    import torch

    torch.manual_seed(seed)
    drawn = 0
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if not weight.is_floating_point() or weight.dtype.itemsize < 2:
                continue
            if "norm" in name and name.endswith("weight"):
                weight.fill_(1.0)
            else:
                fan_in = weight[0].numel() if weight.dim() in (2, 4) else weight.shape[-1]
                weight.normal_(0, fan_in**-0.5)
            drawn += weight.numel()
    return drawn


class _Pages:
    """The requests, one after the other."""

    def __init__(self, vllm: Any, job: Job) -> None:  # noqa: ANN401
        from PIL import Image

        self._vllm, self._job = vllm, job
        self._images = [Image.open(path).convert("RGB") for path in job.images]

    def prompt(self, number: int) -> dict[str, Any]:
        image = self._images[number % len(self._images)]
        return {"prompt": self._job.prompt, "multi_modal_data": {"image": image}}

    def length(self, number: int) -> int:
        return self._job.lengths[number % len(self._job.lengths)]

    def params(self, tokens: int) -> Any:  # noqa: ANN401
        """Exactly so many tokens: an end of the page is a token like any other, as in our own run.

        `min_tokens` would only ban that token, step by step, which costs vLLM a little.
        """
        return self._vllm.SamplingParams(
            temperature=0.0, max_tokens=tokens, ignore_eos=True, skip_special_tokens=False, extra_args=self._job.ngrams
        )


def _read(llm: Any, pages: _Pages, job: Job) -> dict[str, Any]:  # noqa: ANN401
    """Supply pages for the job's seconds, or longer where the first filling takes most of them.

    `done` is by the clock of the engine's process, which is the host's.
    """
    given, done, preparing, starved, filled, steady = 0, list[tuple[float, int]](), 0.0, 0.0, False, False
    begun = now = time.monotonic()
    until, latest = begun + job.seconds, begun + FILLING * job.seconds
    while now < until or (not steady and now < latest):
        flying, before = given - len(done), now
        filled = filled or flying >= job.sequences
        if flying < job.sequences + AHEAD:
            llm.enqueue([pages.prompt(given)], [pages.params(pages.length(given))], use_tqdm=False)
            given += 1
            now = time.monotonic()
            preparing += now - before
            starved += now - before if filled and flying < job.sequences else 0.0
        if filled:  # then what was prepared meanwhile takes no longer to be heard of than it took to prepare
            done += _heard(llm.llm_engine, now + (now - before))
        now = time.monotonic()
        if not steady and len(done) >= job.sequences:
            steady, until = True, max(until, now + job.seconds / 3)
    return {"begun": begun, "until": until, "done": done, "preparing": preparing / max(1, given), "starved": starved}


def _heard(engine: Any, until: float) -> list[tuple[float, int]]:  # noqa: ANN401
    """When pages ended since the last call, and their tokens: one step at least, and no more than there are by now."""
    finished = []
    while engine.has_unfinished_requests():
        before = time.monotonic()
        finished += [_end(output) for output in engine.step() if output.finished]
        now = time.monotonic()
        if now - before > WAITED or now > until:
            break
    return finished


def _end(output: Any) -> tuple[float, int]:  # noqa: ANN401
    """Raises ValueError for an answer that ended before it had its tokens: another mean could not be compared."""
    answer = output.outputs[0]
    if answer.finish_reason != "length":
        raise ValueError(f"vLLM ended an answer after {len(answer.token_ids)} tokens: {answer.finish_reason}")
    return getattr(output.metrics, "last_token_ts", 0.0) or time.monotonic(), len(answer.token_ids)


def _write(path: str, found: dict[str, Any]) -> None:
    """All of it or nothing."""
    new = Path(path + ".new")
    new.write_text(json.dumps(found), encoding="utf-8")
    new.replace(path)
