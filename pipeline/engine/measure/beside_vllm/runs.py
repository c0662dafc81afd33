"""Runs of vLLM one after the other, each in a process that is gone, with all it started, before the next begins."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from pipeline.documents.document import DocumentCache
from pipeline.engine.measure.beside_vllm.far import FILLING, Job
from pipeline.engine.measure.beside_vllm.folder import write_folder
from pipeline.engine.measure.beside_vllm.found import VllmRun, counted
from pipeline.errors import InputError, ModelError, UserError
from pipeline.model.checkpoints.config_reader import read_config
from pipeline.model.checkpoints.source import locate
from pipeline.model.config import NetworkConfig
from pipeline.model.family.known import member_of
from pipeline.model.tokenizer import Tokenizer
from pipeline.transcript import PageRef

BUILT_IN = NetworkConfig.released()
"""Sizes of vision and encoder that vLLM's class has, whatever a config says (`models/deepseek_ocr2.py`, 0.26)."""
MEMBER = member_of(BUILT_IN)
# Chosen: a start loads, compiles and captures; one that hangs must not cost the others.
PATIENCE = 600.0
"""Seconds until vLLM must be ready to read."""
PROMPT = 1200
"""Tokens that a prompt has at most: 1,121 of an image with six tiles, and its text."""
GONE = 10.0
"""Seconds for which ended processes are waited for: a driver may keep them for a while, but not us."""
_PROGRAM = "import sys; from pipeline.engine.measure.beside_vllm.far import main; main(*sys.argv[1:])"


@dataclass(frozen=True)
class Asked:
    """What vLLM is measured with. `model` None is random weights at released sizes; `device` is torch's name."""

    model: str | None
    device: str
    sequences: tuple[int, ...]
    lengths: tuple[int, ...]
    gpu_memory: float
    seconds: float
    seed: int


def refuse(model: str | None) -> None:
    """Raises UserError where vLLM is not installed, or where its class cannot have the sizes of this model."""
    if importlib.util.find_spec("vllm") is None:
        raise UserError("--against vllm needs vLLM in this Python: install it with pip install 'vllm>=0.26', on Linux")
    if model is None:
        return
    config = read_config(locate(model))
    if (config.vision, config.encoder) != (BUILT_IN.vision, BUILT_IN.encoder):
        raise UserError(
            f"--against vllm: vLLM's class has the sizes of DeepSeek-OCR 2 as released, {model} has others; give "
            "--model random, or the released weights"
        )


def measure_vllm(asked: Asked, pages: list[PageRef]) -> Iterator[VllmRun]:
    """For each number of sequences with the released n-gram ban and without, as they come; a failed one says why.

    In its favour: pages are rasterised beforehand. Raises ModelError where all of them failed.
    """
    with TemporaryDirectory(prefix="ocr2-vllm-") as name:
        folder = Path(name)
        images = _images(folder, pages)
        model = write_folder(folder, BUILT_IN) if asked.model is None else locate(asked.model)
        job = _job(asked, model, images)
        found = []
        for sequences in asked.sequences:
            for ngrams in (job.ngrams, None):
                found.append(_run(replace(job, sequences=sequences, ngrams=ngrams), asked.device, folder))
                yield found[-1]
    if all(run.failure for run in found):
        raise ModelError(f"vLLM ran in none of its settings: {found[-1].failure}")


def _job(asked: Asked, model: Path, images: list[str]) -> Job:
    config = read_config(model)
    most, rule = config.decoder.max_positions, MEMBER.ngrams["pdf"]
    lengths = [min(length, most - PROMPT) for length in asked.lengths]
    allowed = Tokenizer.load(model, config).made_of(MEMBER.whitelist)
    ngrams = {"ngram_size": rule.size, "window_size": rule.window, "whitelist_token_ids": list(allowed)}
    return Job(
        str(model), asked.model is None, MEMBER.prompts["markdown"], images, lengths, 0, ngrams,
        asked.gpu_memory, min(most, max(lengths) + PROMPT), asked.seconds, asked.seed,
    )  # fmt: skip


def _images(folder: Path, pages: list[PageRef]) -> list[str]:
    """PNG files of the pages, at the resolution at which the model's makers rasterise. Raises InputError where none is
    readable."""
    paths, failed = [], ""
    with DocumentCache() as documents:
        for number, page in enumerate(pages):
            path = folder / f"{number:04}.png"
            try:
                pixels = documents.get(page.source).raster(page.number, MEMBER.dpi)
            except InputError as error:
                failed = str(error)
                continue
            Image.fromarray(pixels).save(path, compress_level=1)
            paths.append(str(path))
    if not paths:
        raise InputError(failed)
    return paths


def _run(job: Job, device: str, folder: Path) -> VllmRun:
    """One process's figures, or why there are none."""
    job_path, out, log = folder / "job.json", folder / "found.json", folder / "log.txt"
    job.save(job_path)
    out.unlink(missing_ok=True)
    with _started([str(job_path), str(out)], device, log) as process:
        failure = _awaited(process, out, job.seconds)
    ban = job.ngrams is not None
    found = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    if not failure and not found.get("done"):
        failure = _last_words(log) if "done" not in found else "no page was done in time: give more --seconds"
    if failure:
        return VllmRun(job.sequences, ban, failure=failure)
    done = [(at, tokens) for at, tokens in found["done"]]
    beside = {name: found[name] for name in ("version", "weights", "started", "preparing", "starved")}
    return counted(job.sequences, ban, done, found["begun"], found["until"], **beside)


@contextmanager
def _started(arguments: list[str], device: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a session of its own, as vLLM starts others: at the end all of them are killed, which gives the
    GPU's memory back. What they print goes to `log`."""
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    environment = os.environ | {"PYTHONPATH": path} | _visible(device)
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", _PROGRAM, *arguments], stdin=subprocess.DEVNULL, stdout=said,
            stderr=subprocess.STDOUT, env=environment, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        _end(process)


def _visible(device: str) -> dict[str, str]:
    """The GPU that we read on, by its number among those that we see; none where we read on another device."""
    kind, _, number = device.partition(":")
    if kind != "cuda":
        return {"CUDA_VISIBLE_DEVICES": ""}
    seen = os.environ.get("CUDA_VISIBLE_DEVICES")
    index = int(number or 0)
    return {"CUDA_VISIBLE_DEVICES": seen.split(",")[index] if seen else str(index)}


def _end(process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + GONE
    with suppress(ProcessLookupError, subprocess.TimeoutExpired):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(GONE)
        while time.monotonic() < until:
            os.killpg(process.pid, 0)  # as long as one of them is there
            time.sleep(0.05)


def _awaited(process: subprocess.Popen[bytes], out: Path, seconds: float) -> str:
    """Until it has ended; why it was given up, or nothing."""
    begun = time.monotonic()
    until, started = begun + PATIENCE, False
    while process.poll() is None:
        if not started and out.exists():
            # As long again and a minute: a step, or the front end, may be slow to come to an end.
            started, until = True, time.monotonic() + (FILLING + 1) * seconds + 60
        if time.monotonic() > until:
            return "it hung while reading" if started else f"it did not start within {PATIENCE:.0f} s"
        time.sleep(0.05)
    return ""


def _last_words(log: Path) -> str:
    """The last line in which an error is named, else the last one: vLLM says much after what went wrong."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    named = [line for line in lines if "Error" in line]
    return (named or lines or ["it ended without a word"])[-1][-300:]
