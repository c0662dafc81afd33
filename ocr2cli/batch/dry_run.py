"""`--dry-run`: what a command would do, document by document, without a model and without writing anything."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from ocr2cli.batch.speed import remembered
from ocr2cli.inputs.plan import Job, Plan, source_of
from ocr2cli.options import Options, Talk
from ocr2cli.record.outcome import Outcome
from ocr2cli.record.target import STDOUT, Target
from ocr2cli.telling.report import Report
from ocr2cli.telling.stdout import DataOut
from pipeline.documents.document import DocumentCache, PageError
from pipeline.documents.guard import guard
from pipeline.errors import UserError
from pipeline.model.family.asked import check, dpi_for, together_for, views_for
from pipeline.reader_options import ReaderOptions, Weights
from pipeline.readers.choice import Choice, choose
from pipeline.readers.opening import settings_of
from pipeline.readers.own_text.first import for_network
from pipeline.record.former import finished, refuse_less
from pipeline.record.log import Key, read
from pipeline.record.places import Identity, Manner, Place, find
from pipeline.record.work import Fingerprint, pages_of
from pipeline.stores.copies import Copies
from pipeline.stores.urls import shown
from pipeline.transcript import Source
from pipeline.views.crops import grid, planned
from pipeline.views.rules import OCR2_VIEWS, ViewRules

# Pages that are looked at in one call of the guarded process: where their sizes alone are read, and where they are
# drawn. So all of them stay far within the time of one call. Chosen, not measured.
_AT_ONCE, _DRAWN = 500, 20


@dataclass(frozen=True)
class Forecast:
    """One document. `done` of its `pages` need not be read; `crops` and `visual_tokens` are those of the others, as far
    as a network looks at them."""

    input: str
    pages: int
    done: int
    crops: int
    visual_tokens: int
    output: str
    clash: bool  # another input has the short name

    def __str__(self) -> str:
        parts = [_count(self.pages, "page"), *([f"{self.done:,} done"] if self.done else [])]
        if self.visual_tokens:
            parts += [_count(self.crops, "crop"), _count(self.visual_tokens, "visual token")]
        where = "" if self.output == str(STDOUT) else f" -> {self.output}"
        return f"{self.input}: {', '.join(parts)}{where}{' (its short name is taken)' if self.clash else ''}"


class DryRun:
    """Looks at one document after the other."""

    def __init__(self, options: Options, target: Target, copies: Copies) -> None:
        self._options, self._target, self._copies = options, target, copies
        self.choice: Choice = choose(options.reading.model)
        self._settings = settings_of(options.reading)
        self._views, self._dpi = _seen(self.choice.network, options.reading)

    def forecast(self, job: Job) -> Forecast:
        """Raises UserError as converting the document would."""
        source = source_of(job, self._options.passwords, self._copies)
        try:
            return self._of(job, source)
        finally:
            self._copies.drop(source)

    def _of(self, job: Job, source: Source) -> Forecast:
        wanted = pages_of(source, self._options.pages)
        who = Identity(Fingerprint.of(source).digest, source.home)
        place = self._place(job, who)
        done = self._done(place, who, wanted) & set(wanted) if place else set()
        left = [number for number in wanted if number not in done]
        crops = tokens = 0
        if self.choice.network is not None:
            seen = for_network(source, left, self.choice.settles) if self.choice.own_text else left
            some = _DRAWN if self._views.dense_tiles else _AT_ONCE
            for start in range(0, len(seen), some):
                here = guard().call(_views, source, seen[start : start + some], self._dpi, self._views)
                crops, tokens = crops + here[0], tokens + here[1]
        output = self._target.path(place.markdown) if place else STDOUT
        clash = job.path is not None and output != STDOUT and output.stem != job.path.stem
        return Forecast(job.name, len(wanted), len(done), crops, tokens, shown(output), clash)

    def _place(self, job: Job, who: Identity) -> Place | None:
        if self._target.to_stdout:
            return None
        return find(self._target.base, job.stem, who, Manner(self._options.force), self._target.ground)

    def _done(self, place: Place, who: Identity, wanted: list[int]) -> set[int]:
        """Raises OutputError where a record there must not be replaced."""
        key = Key(who.digest, self._settings or "")
        record = None if self._options.force else read(place.log)
        if record is None or record.key != key:
            if record is not None:
                refuse_less(place, key, self.choice.model, wanted)
                record = read(place.new_log)
            if record is None or record.key != key:
                return set()
        return finished(record.readings)


def dry_run(batch: Plan, options: Options, output: Path, out: DataOut) -> Report:
    """Say what would be done: documents on stdout, mistakes and the sum on stderr. Its report has the exit code."""
    report = Report(out, batch.inputs, options.talk, options.as_json)
    report.progress.stop()
    for name, error in batch.refused:
        report.finished(Outcome(name, error=error))
    total = Counter[str]()
    with Target(output, only_look=True) as target, Copies() as copies:
        run = DryRun(options, target, copies)
        for job in batch.jobs:
            try:
                forecast = run.forecast(job)
            except UserError as error:
                report.finished(Outcome(job.name, error=type(error)(target.named(str(error)))))
                continue
            facts = asdict(forecast)
            total.update({name: value for name, value in facts.items() if isinstance(value, int)} | {"documents": 1})
            out.line(json.dumps(facts) if options.as_json else str(forecast))
    if options.talk is not Talk.QUIET:
        speed = remembered(run.choice.model, options.reading.device)
        print(_sum(total, run.choice, options.reading.weights, speed), file=sys.stderr)
    return report


def _seen(network: str | None, options: ReaderOptions) -> tuple[ViewRules, float]:
    """How the network's pages are cut, and at which resolution. Raises UserError for a mode that it does not have."""
    if network is None:
        return OCR2_VIEWS, 144
    from pipeline.model.checkpoints.source import member_named, tiles_learned

    member = member_named(network)
    check(member, options)
    together = together_for(member, options)
    views = views_for(member, options, tiles_learned(network))
    return together.views if together else views, dpi_for(member, options)


def _views(source: Source, numbers: list[int], dpi: float, rules: ViewRules) -> tuple[int, int]:
    """Crops and visual tokens of pages; none for those that cannot be read. In the guarded process.

    A page's size says how it is cut, unless narrow lines may have more tiles: then it has to be drawn.
    """
    crops = tokens = 0
    with DocumentCache(1) as documents:
        for number in numbers:
            try:
                document = documents.get(source)
                if rules.dense_tiles:
                    columns, rows = planned(document.raster(number, dpi), rules)
                else:
                    columns, rows = grid(*document.pixel_size(number, dpi), rules)
            except PageError:
                continue
            crops, tokens = crops + columns * rows, tokens + rules.tokens(columns, rows)
    return crops, tokens


def _sum(total: Counter[str], choice: Choice, weights: Weights, speed: float | None) -> str:
    left = total["pages"] - total["done"]
    parts = [f"{_count(left, 'page')} of {_count(total['documents'], 'document')} to read with {choice.model}"]
    parts += [f"weights in {weights}"] if weights != "auto" and choice.network else []
    parts += [f"{total['done']:,} done before"] if total["done"] else []
    if total["visual_tokens"]:
        parts += [f"{_count(total['crops'], 'crop')}, {_count(total['visual_tokens'], 'visual token')}"]
    parts += [f"{total['clash']} with longer names, for others have the short ones"] if total["clash"] else []
    if not left:
        parts += ["nothing to wait for"]
    elif speed:
        parts += [f"about {_duration(left / speed)} at the {speed:.3g} pages/s of the last run"]
    else:
        parts += ["how long it takes is known after a first run with this model here"]
    return "; ".join(parts)


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    return f"{seconds:.0f} s" if minutes < 2 else f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
