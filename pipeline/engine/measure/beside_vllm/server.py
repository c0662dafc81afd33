"""vLLM's own server with several front ends: started, read from by so many requests at once, ended with all it started.

Names of arguments, paths and fields are those of 0.26 (`vllm/engine/arg_utils.py`, `entrypoints/openai/cli_args.py`,
`entrypoints/openai/chat_completion/protocol.py`, `entrypoints/serve/dev/rpc/api_router.py`, `v1/metrics/loggers.py`).
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pipeline.engine.measure.beside_vllm import worker
from pipeline.engine.measure.beside_vllm.client import HOST, Load, Requests, ServerError, Stage, ask, metrics, page
from pipeline.engine.measure.beside_vllm.far import ENVIRONMENT, NGRAMS, WARM, Job
from pipeline.engine.measure.beside_vllm.found import VllmRun, counted
from pipeline.engine.measure.beside_vllm.started import last_words, started

# The first page is given to a front end only when all are there, or one of them would get most of the first filling.
ALL = 30.0
"""Seconds for which the other front ends are waited for once one answers."""
READY = "Application startup complete"
"""What a front end says in the log when it is there."""
LONE = 4
"""Pages a front end, before the clock starts: each has had one then, as far as chance allows."""
# As vLLM makes a prompt of messages: the image's mark is in the text, the beginning of a text is not.
TEMPLATE = "{{ bos_token }}{% for message in messages %}{{ message['content'] }}{% endfor %}"
DEVELOPMENT = {"VLLM_SERVER_DEV_MODE": "1"}
"""Opens the path by which weights are drawn."""
QUEUE, WORK = "vllm:request_queue_time_seconds", "vllm:request_inference_time_seconds"


def measure_server(
    job: Job, front_ends: int, under_way: tuple[int, ...], device: str, folder: Path, patience: float
) -> Iterator[VllmRun]:
    """A run for each number of pages under way, the most first, by one server, in the job's seconds each.

    Its scheduler takes as many as the most. A failed run says why, and so do those behind it. Files go to `folder`.
    """
    left, log, failure = sorted(under_way, reverse=True), folder / "server.txt", ""
    port = _free_port()
    requests = Requests(port, job.prompt, job.images, job.lengths, {"vllm_xargs": job.ngrams} if job.ngrams else {})
    begun = time.monotonic()
    arguments, environment = command(job, front_ends, left[0], port, folder), _environment(folder)
    with started(arguments, device, log, environment) as process, asyncio.Runner() as runner:
        load = Load(requests)
        try:
            beside = runner.run(_ready(process, log, requests, job, front_ends, patience))
            took = time.monotonic() - begun
            while left:
                stage, preparing = runner.run(_stage(load, port, left[0], job.seconds))
                if not stage.done:
                    raise ServerError("no page was done in time: give more --seconds")
                yield counted(
                    stage.under_way, job.ngrams is not None, stage.done, stage.begun, stage.until, stage.filling,
                    started=took, preparing=preparing, front_ends=front_ends, **beside,
                )  # fmt: skip
                del left[0]
        except (ServerError, OSError) as error:
            with suppress(subprocess.TimeoutExpired):
                process.wait(1.0)  # one that is ending has closed its connections first
            failure = str(error) if process.poll() is None or isinstance(error, ServerError) else last_words(log)
        finally:
            runner.run(load.close())
    for sequences in left:
        yield VllmRun(sequences, job.ngrams is not None, front_ends=front_ends, failure=failure)


def command(job: Job, front_ends: int, sequences: int, port: int, folder: Path) -> list[str]:
    """Python's arguments for `vllm serve`; the template of its prompt is written to `folder`.

    Pages are all new to it, as they would be: no cache of prefixes or of prepared images.
    """
    template = folder / "chat.jinja"
    template.write_text(TEMPLATE, encoding="utf-8")
    return [
        "-m", "vllm.entrypoints.cli.main", "serve", job.model, "--host", HOST, "--port", str(port),
        "--api-server-count", str(front_ends), "--load-format", "dummy" if job.random else "auto",
        "--dtype", "bfloat16", "--max-model-len", str(job.longest), "--max-num-seqs", str(sequences),
        "--gpu-memory-utilization", str(job.gpu_memory), "--no-enable-prefix-caching",
        "--mm-processor-cache-gb", "0", "--limit-mm-per-prompt", json.dumps({"image": 1}), "--seed", str(job.seed),
        "--allowed-local-media-path", str(Path(job.images[0]).parent), "--chat-template", str(template),
        "--chat-template-content-format", "string", "--disable-uvicorn-access-log",
        "--worker-extension-cls", worker.NAME, *(["--logits-processors", NGRAMS] if job.ngrams else []),
    ]  # fmt: skip


def _environment(folder: Path) -> dict[str, str]:
    """Also where its processes add up what they measured: an empty folder, as files of another run would count."""
    sums = folder / f"sums-{time.monotonic_ns()}"
    sums.mkdir()
    return {**ENVIRONMENT, **DEVELOPMENT, "PROMETHEUS_MULTIPROC_DIR": str(sums)}


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as server:
        return int(server.getsockname()[1])


async def _ready(
    process: subprocess.Popen[bytes], log: Path, requests: Requests, job: Job, front_ends: int, patience: float
) -> dict[str, str]:
    """Until all of its front ends answer and have read; the version, and what its weights are.

    Raises ServerError where it ended, or took longer than that.
    """
    try:
        async with asyncio.timeout(patience):
            await _healthy(process, log, requests.port, front_ends)
            weights = await _draw(requests.port, job.seed) if job.random else "as they are"
            await asyncio.gather(*(page(requests, number, WARM) for number in range(LONE * front_ends)))
            return {"version": await _version(requests.port), "weights": weights}
    except TimeoutError:
        raise ServerError(f"it did not start within {patience:.0f} s") from None


async def _healthy(process: subprocess.Popen[bytes], log: Path, port: int, front_ends: int) -> None:
    status = 0
    while status != 200:
        if process.poll() is not None:
            raise ServerError(last_words(log))
        await asyncio.sleep(0.1)
        with suppress(OSError):
            status, _ = await ask(port, "/health")
    until = time.monotonic() + ALL
    while log.read_text(encoding="utf-8", errors="replace").count(READY) < front_ends and time.monotonic() < until:
        await asyncio.sleep(0.1)


async def _draw(port: int, seed: int) -> str:
    """Weights like those of our own network; vLLM's dummy ones, nearly all zero, where that fails."""
    status, _ = await ask(port, "/collective_rpc", {"method": worker.DRAW, "args": [str(seed)]})
    return "random" if status == 200 else f"vLLM's dummy weights (status {status})"


async def _version(port: int) -> str:
    status, content = await ask(port, "/version")
    return str(json.loads(content)["version"]) if status == 200 else "unknown"


async def _stage(load: Load, port: int, under_way: int, seconds: float) -> tuple[Stage, float]:
    """Also the seconds that a page spent neither waiting for the engine nor in it: in the front end, or before it."""
    before = await metrics(port)
    stage = await load.stage(under_way, seconds)
    after = await metrics(port)
    engine = 0.0
    for name in (QUEUE, WORK):
        pages = after.get(f"{name}_count", 0.0) - before.get(f"{name}_count", 0.0)
        spent = after.get(f"{name}_sum", 0.0) - before.get(f"{name}_sum", 0.0)
        engine += spent / max(1.0, pages)
    return stage, max(0.0, stage.latency - engine) if engine else 0.0
