"""`ocr2 bench`: measures how fast pages are read here, part by part and as a whole, and prints it as it comes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from ocr2cli.evaluate.writing import Supplied, with_and_without
from ocr2cli.inputs.plan import plan
from pipeline.documents.document import Document
from pipeline.engine.measure.bench import run
from pipeline.engine.measure.beside_vllm.found import VllmRun
from pipeline.engine.measure.measured import (
    FRONT_ENDS,
    SEQUENCES,
    Against,
    Alone,
    BenchOptions,
    Beside,
    Drafts,
    Machine,
    Measured,
    Part,
    Peer,
    Whole,
)
from pipeline.errors import UserError
from pipeline.reader_options import KvCache, Mode, Weights
from pipeline.transcript import PageRef, Source


def options_of(
    inputs: list[str], model: str, device: str, gpus: str | None, gpu_memory: float, slots: int | None, tokens: int,
    seconds: float, seed: int, parts: bool, against: Peer | None, kv_cache: KvCache = "auto", drafts: str | None = None,
    mode: Mode | None = None, weights: Weights = "auto", sequences: str | None = None, front_ends: int = FRONT_ENDS,
) -> BenchOptions:  # fmt: skip
    """What was asked for. Raises UserError for an input that cannot be read."""
    return BenchOptions(
        model, device, gpus, tuple(_pages(inputs)), tokens, seconds, slots, gpu_memory, kv_cache, weights, seed, parts,
        against, SEQUENCES if sequences is None else _numbers(sequences), front_ends,
        _shares(drafts) if drafts is not None else (), mode,
    )  # fmt: skip


def _shares(listed: str) -> tuple[float, ...]:
    try:
        shares = tuple(float(part) for part in listed.split(","))
    except ValueError:
        shares = (-1.0,)
    if not all(0 <= share <= 1 for share in shares):
        raise UserError(f"--drafts {listed}: give shares of right tokens from 0 to 1, like 0,0.5,0.9")
    return shares


def _numbers(listed: str) -> tuple[int, ...]:
    parts = [part.strip() for part in listed.split(",")]
    if not all(part.isdecimal() and int(part) for part in parts):
        raise UserError(f"--sequences {listed}: give whole numbers from 1 on, like 128,256,384")
    return tuple(map(int, parts))


def _pages(inputs: list[str]) -> Iterator[PageRef]:
    batch = plan(inputs)
    for _, error in batch.refused:
        raise error
    for job in batch.jobs:
        if job.path is None:
            raise UserError("a benchmark reads its pages again and again: give files, not -")
        source = Source(job.path.absolute(), job.name)
        with Document(source) as document:
            yield from (PageRef(source, number) for number in range(1, document.page_count + 1))


def report(options: BenchOptions, as_json: bool, write: bool = False) -> Iterator[str]:
    """One line for each measurement. Raises ModelError where there is no such model or device."""
    if write and options.against:
        raise UserError(f"--write and --against {options.against} are benchmarks of their own; leave one of them out")
    if write:
        yield from (_supplied(each, as_json) for each in with_and_without(options))
        return
    for measured in run(options):
        if as_json:
            rate = {"pages_per_second": measured.rate} if isinstance(measured, Whole | Against | VllmRun) else {}
            if isinstance(measured, Beside):
                rate = {"ratio": measured.ratio}
            yield json.dumps({"measured": type(measured).__name__.lower(), **asdict(measured), **rate})
        else:
            yield line_of(measured)


def _supplied(found: Supplied, as_json: bool) -> str:
    if as_json:
        return json.dumps({"measured": "supplied", **asdict(found), "pages_per_second": found.rate})
    what = f"read and {found.files:,} files written" if found.files else "read, nothing written"
    return (
        f"{found.pages} pages {what} in {found.seconds:.1f} s: {found.rate:.2f} pages/s; the engine waited for pages "
        f"{found.share:.1%} of the time"
    )


def line_of(measured: Measured) -> str:
    """A measurement in words, in one line or several."""
    match measured:
        case Machine():
            return (
                f"{measured.device}, torch {measured.torch}: copies {measured.copy / 1e12:.3g} TB/s, multiplies "
                f"{measured.matmul / 1e12:.3g} TFLOP/s; {measured.slots} slots, {measured.cached_tokens:,} tokens of "
                f"cache in {measured.cache_bits} bits, attention: {measured.attention}"
            )
        case Part():
            return _part(measured)
        case Alone():
            rate = measured.tokens / measured.seconds
            return f"one page alone: {measured.tokens} tokens in {measured.seconds:.2f} s, {rate:,.0f} tokens/s"
        case Whole():
            return _whole(measured)
        case Against():
            return _against(measured)
        case Drafts():
            return _drafts(measured)
        case VllmRun():
            return _vllm(measured)
        case Beside():
            return _beside(measured)


def _part(part: Part) -> str:
    share = f"floor {1e3 * part.floor:.3f}, {part.floor / part.seconds:.0%} of the device's rates"
    if part.name == "step":
        return (
            f"step of {part.count:3d} slots: {1e3 * part.seconds:8.3f} ms; {share}; {part.count / part.seconds:,.0f} "
            "tokens/s"
        )
    each = f"{1e3 * part.seconds / part.count:8.3f} ms a page"
    return (
        f"{part.name}, {part.count} at once: {each}; floor {1e3 * part.floor / part.count:.3f}, " + share.split(", ")[1]
    )


def _whole(whole: Whole) -> str:
    failed = f", {whole.failed} FAILED" if whole.failed else ""
    text = (
        f"from files to text: {whole.pages} pages{failed}, {whole.tokens:,} tokens in {whole.seconds:.1f} s with fill "
        f"and tail: {whole.pages / whole.seconds:.2f} pages/s, {whole.tokens / whole.seconds:,.0f} tokens/s"
    )
    if whole.steady_pages:
        tokens = whole.steady_tokens / whole.steady_pages
        text += (
            f"\nsteady for {whole.steady_seconds:.1f} s: {whole.rate:.2f} pages/s of {tokens:,.0f} tokens, "
            f"{whole.rate * tokens:,.0f} tokens/s; a slot holds {whole.steady_cached:,.0f} of its answer"
        )
    else:
        text += "\nnever steady: give more --seconds"
    if full := whole.full:
        text += (
            f"\nslots full for {full.seconds:.1f} s: {1e3 * full.seconds / full.steps:.2f} ms a step with all beside "
            f"it, {full.tokens / full.seconds:,.0f} tokens/s; in the second half of that time "
            f"{full.late_tokens / full.late_seconds:,.0f}"
        )
    if whole.roofline:
        text += f"\nthe device's rates allow {whole.roofline:.2f} pages/s, share {whole.rate / whole.roofline:.0%}"
    return text


def _drafts(drafts: Drafts) -> str:
    name = "without drafts" if drafts.right is None else f"drafts of which {drafts.right:.0%} are right"
    alone = drafts.alone.tokens / drafts.alone.seconds
    tried = ""
    if drafts.steps:
        tokens = (drafts.kept + drafts.steps) / drafts.steps
        kept = drafts.kept / max(1, drafts.guessed)
        tried = f"; {tokens:.2f} tokens a step and slot, {drafts.guessed / drafts.steps:.2f} guessed, {kept:.0%} kept"
    return (
        f"{name}: {drafts.whole.rate:.2f} pages/s{tried}; one page alone {alone:,.0f} tokens/s\n{_whole(drafts.whole)}"
    )


def _against(native: Against) -> str:
    tried = ", ".join(f"{batch}: {rate:.3g}" for batch, rate in native.estimates)
    part = "" if native.whole else f", EXTRAPOLATED from {native.run:,} of the {native.longest:,} steps"
    ended = f"; {native.ended}" if native.ended else ""
    return (
        f"transformers, batch {native.batch}: {native.tokens:,} tokens in {native.seconds:.1f} s{part}, "
        f"{native.rate:.3g} pages/s (pages/s by batch, from short runs: {tried}{ended}); we are "
        f"{native.ratio or 0:.3g} times as fast"
    )


def _vllm(run: VllmRun) -> str:
    if run.failure:
        return f"{_setting(run)}: FAILED, {run.failure}"
    steady = f"steady for {run.steady_seconds:.1f} s" if run.steady_pages else "never steady: give more --seconds"
    text = (
        f"{_setting(run)}, version {run.version}, weights: {run.weights}: {run.rate:.2f} pages/s of {run.mean:,.0f} "
        f"tokens, {steady}; {run.pages} pages in all, started in {run.started:.0f} s"
    )
    if run.front_ends:
        text += f"; {run.front_ends} front ends, {1e3 * run.preparing:.0f} ms a page in them"
    if run.starved:
        text += f"; its front end ({1e3 * run.preparing:.0f} ms a page) kept it waiting for {run.starved:.1f} s"
    return text


def _setting(run: VllmRun) -> str:
    kind = f"vLLM server, {run.sequences} at once" if run.front_ends else f"vLLM, {run.sequences} sequences"
    return f"{kind}, n-gram ban {'on' if run.ban else 'off'}"


def _beside(found: Beside) -> str:
    """A table of all runs, ours first."""
    ours, whole = f"ours, {found.slots} slots, cache of {found.cache_bits} bits", found.ours
    steady = whole.steady_seconds if whole.steady_pages else 0.0
    rows = [_row(ours, whole.rate, whole.mean, steady)]
    rows += [
        f"{_setting(run):40}  failed" if run.failure else _row(_setting(run), run.rate, run.mean, run.steady_seconds)
        for run in found.runs
    ]
    head = f"{'':40}{'pages/s':>10}{'tokens/s':>10}{'a page':>8}{'steady, s':>11}"
    best = found.best
    return "\n".join([head, *rows, f"we are {found.ratio:.3g} times as fast as its best ({_setting(best)})"])


def _row(name: str, rate: float, mean: float, steady: float) -> str:
    return f"{name:40}{rate:10.2f}{rate * mean:10,.0f}{mean:8,.0f}{steady:11.1f}"
