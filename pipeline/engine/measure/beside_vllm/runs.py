"""Runs of vLLM one after the other, each in a process that is gone, with all it started, before the next begins."""

from __future__ import annotations

import importlib.util
import itertools
import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from pipeline.documents.document import DocumentCache
from pipeline.engine.measure.beside_vllm.far import FILLING, Job
from pipeline.engine.measure.beside_vllm.folder import write_folder
from pipeline.engine.measure.beside_vllm.found import VllmRun, counted
from pipeline.engine.measure.beside_vllm.server import measure_server
from pipeline.engine.measure.beside_vllm.started import last_words, started
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
    front_ends: int = 0
    """Processes of its server's front end; 0 leaves its server out."""


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

    Offline first, and then its server, which is started twice and reads all numbers of sequences, the most first.

    In its favour: pages are rasterised beforehand. Raises ModelError where all of them failed.
    """
    with TemporaryDirectory(prefix="ocr2-vllm-") as name:
        folder = Path(name)
        images = _images(folder, pages)
        model = write_folder(folder, BUILT_IN) if asked.model is None else locate(asked.model)
        job = _job(asked, model, images)
        found = []
        for run in itertools.chain(_offline(job, asked, folder), _served(job, asked, folder)):
            found.append(run)
            yield run
    if all(run.failure for run in found):
        raise ModelError(f"vLLM ran in none of its settings: {found[-1].failure}")


def _offline(job: Job, asked: Asked, folder: Path) -> Iterator[VllmRun]:
    for sequences in asked.sequences:
        for ngrams in (job.ngrams, None):
            yield _run(replace(job, sequences=sequences, ngrams=ngrams), asked.device, folder)


def _served(job: Job, asked: Asked, folder: Path) -> Iterator[VllmRun]:
    for ngrams in (job.ngrams, None) if asked.front_ends else ():
        served = replace(job, ngrams=ngrams)
        yield from measure_server(served, asked.front_ends, asked.sequences, asked.device, folder, PATIENCE)


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
    with started(["-c", _PROGRAM, str(job_path), str(out)], device, log) as process:
        failure = _awaited(process, out, job.seconds)
    ban = job.ngrams is not None
    found = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    if not failure and not found.get("done"):
        failure = last_words(log) if "done" not in found else "no page was done in time: give more --seconds"
    if failure:
        return VllmRun(job.sequences, ban, failure=failure)
    done = [(at, tokens) for at, tokens in found["done"]]
    beside = {name: found[name] for name in ("version", "weights", "started", "preparing", "starved")}
    return counted(job.sequences, ban, done, found["begun"], found["until"], **beside)


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
