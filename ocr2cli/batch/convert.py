"""`ocr2 convert` without its command line: a plan, a reader, one batch, and what is told of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from ocr2cli.batch.ahead import Counting
from ocr2cli.batch.batch import Batch
from ocr2cli.batch.dry_run import dry_run
from ocr2cli.batch.speed import remember, remember_network, remembered_network
from ocr2cli.inputs.parts import part
from ocr2cli.inputs.plan import STDIN, Plan, plan, refuse_output_inside
from ocr2cli.options import Options, Talk
from ocr2cli.record.outcome import Outcome
from ocr2cli.record.target import STDOUT, Target, refuse_file
from ocr2cli.results.extras import refuse_for_pipe
from ocr2cli.results.stages import seconds_per_page
from ocr2cli.results.streaming import page_stream
from ocr2cli.telling.estimate import Estimate
from ocr2cli.telling.report import Report
from ocr2cli.telling.stdout import protected_stdout
from pipeline.documents.document import PageRanges
from pipeline.errors import ExitCode, ModelError
from pipeline.readers.choice import to_download, unused_language
from pipeline.readers.number_formats import in_words
from pipeline.readers.opening import open_transcriber
from pipeline.record.writing import NoRoomError
from pipeline.transcriber import life


def convert(inputs: list[str], options: Options, done: Callable[[Outcome], None] = lambda outcome: None) -> ExitCode:
    """Convert every input, tell what became of each, and give the exit code; `done` hears of each that was opened."""
    if options.pages:
        PageRanges.parse(options.pages)  # a mistake shows before a model is loaded
    shard = part(options.shard)
    output = _output(options, inputs)
    if output == STDOUT:
        refuse_for_pipe(options.extras)
    elif options.recursive:
        refuse_output_inside(inputs, output)
    batch = shard.of(plan(inputs, options.recursive))
    if options.dry_run:
        refuse_file(output)
        with protected_stdout() as out:
            return dry_run(batch, options, output, out).exit_code
    with protected_stdout() as out, Target(output) as target:
        report = Report(out, batch.inputs, options.talk, options.as_json)
        try:
            _run(batch, options, target, report, done)
        except KeyboardInterrupt:
            report.progress.stop()
            report.progress.say("ocr2: interrupted; the same command goes on from here")
            raise
        finally:
            report.progress.stop()
        report.summary()
        return report.exit_code


def _output(options: Options, inputs: list[str]) -> Path:
    """Markdown on stdout is the default where stdin is what is read."""
    if options.output is not None:
        return options.output
    return STDOUT if STDIN in inputs else Path()


def _run(batch: Plan, options: Options, target: Target, report: Report, done: Callable[[Outcome], None]) -> None:
    for name, error in batch.refused:
        report.finished(Outcome(name, error=error))
    if not batch.jobs:
        return
    for line in filter(None, (to_download(options.reading.model), unused_language(options.reading))):
        report.note(line)
    transcriber, choice = open_transcriber(options.reading)
    report.reads_with(choice)
    if options.talk >= Talk.VERBOSE and (words := in_words(choice, options.reading)):
        report.detail(f"{choice.network}: {words}")
    before = remembered_network(choice, options.reading.device)
    networked = choice.network is not None
    estimate = Estimate(networked, networked and choice.own_text, before, seconds_per_page(options.extras))
    report.progress.follow(partial(life, transcriber), estimate)
    start = time.monotonic()
    run = Batch(
        batch.jobs, options, transcriber, target, report, stream=page_stream(options, target, report),
        done=lambda job, outcome: done(outcome),
    )  # fmt: skip
    counting = Counting(batch.jobs, options.passwords, options.pages, report.progress.counted)
    with closing(transcriber), closing(counting):
        try:
            run.run()
        except (ModelError, NoRoomError) as error:
            report.given_up(run.left(error))
            report.summary()
            raise
    remember(choice.model, options.reading.device, report.progress.pages, time.monotonic() - start)
    remember_network(choice, options.reading.device, report.progress.network_seconds)
