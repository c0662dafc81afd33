"""One batch: inputs → plan → transcribe → render → report."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from ocr2cli.batch.dry_run import dry_run
from ocr2cli.batch.speed import remember
from ocr2cli.inputs.plan import STDIN, Job, Plan, plan, refuse_output_inside
from ocr2cli.options import Options
from ocr2cli.record.fallback import Recovery
from ocr2cli.record.outcome import Outcome
from ocr2cli.record.places import STDOUT, NoRoomError, Target, refuse_file
from ocr2cli.record.work import Work, begin, outcome
from ocr2cli.results.extras import piped, refuse_for_pipe
from ocr2cli.results.streaming import page_stream
from ocr2cli.results.write import write_results
from ocr2cli.telling.report import Report
from ocr2cli.telling.stdout import protected_stdout
from pipeline.documents.document import PageRanges
from pipeline.errors import ExitCode, UserError
from pipeline.readers.choice import GET_FULL, open_transcriber
from pipeline.transcriber import Transcriber
from pipeline.transcript import Finish, PageRef, Source, Transcript


def convert(inputs: list[str], options: Options) -> ExitCode:
    """Convert every input, tell what became of each, and give the exit code."""
    if options.pages:
        PageRanges.parse(options.pages)  # a mistake shows before a model is loaded
    output = _output(options, inputs)
    if output == STDOUT:
        refuse_for_pipe(options.extras)
    elif options.recursive:
        refuse_output_inside(inputs, output)
    batch = plan(inputs, options.recursive)
    if options.dry_run:
        refuse_file(output)
        with protected_stdout() as out:
            return dry_run(batch, options, output, out).exit_code
    with protected_stdout() as out, Target(output) as target:
        report = Report(out, batch.inputs, options.talk, options.as_json)
        try:
            _run(batch, options, target, report)
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


def _run(batch: Plan, options: Options, target: Target, report: Report) -> None:
    for name, error in batch.refused:
        report.finished(Outcome(name, error=error))
    if not batch.jobs:
        return
    transcriber, choice = open_transcriber(options.reading)
    if choice.stand_in:
        report.note(f"reading with {choice.model}: {choice.why}; {GET_FULL}")
    start = time.monotonic()
    with closing(transcriber):
        Batch(batch.jobs, options, transcriber, target, report).run()
    remember(choice.model, options.reading.device, report.progress.pages, time.monotonic() - start)


class Batch:
    """All documents through one Transcriber, which pulls pages as it has room; results come in the order of inputs.

    No new page is begun once `stop` says so; documents that are not whole then stay as they are. `done` is told of each
    input when its files are written, or when it is known why there are none.
    """

    def __init__(
        self,
        jobs: Iterable[Job],
        options: Options,
        transcriber: Transcriber,
        target: Target,
        report: Report,
        *,
        stop: Callable[[], bool] = lambda: False,
        done: Callable[[Job, Outcome], None] = lambda job, outcome: None,
    ) -> None:
        self._jobs, self._options, self._target, self._report = jobs, options, target, report
        self._transcriber, self._stop, self._done = transcriber, stop, done
        self._recovery = Recovery()
        self._stream = page_stream(options, target, report)
        self._by_source: dict[Source, Work] = {}
        self._order: deque[tuple[Job, Work | Outcome]] = deque()  # begun, not yet reported; an Outcome: could not be

    def run(self) -> None:
        """Read everything that is missing. Raises OutputError where nothing more can be written."""
        try:
            for transcript in self._transcriber.transcribe(self._pages()):
                self._take(transcript)
                self._finish_ready()
            if not self._stop():
                self._miss_none()
            self._finish_ready()
        finally:
            for work in self._by_source.values():
                work.close()

    def _pages(self) -> Iterator[PageRef]:
        """Opens a document only when the pages before it have been pulled, so a batch of any length stays small."""
        for job in self._jobs:
            if self._stop():
                return
            try:
                work = self._begin(job)
            except NoRoomError:
                raise
            except UserError as error:
                self._order.append((job, Outcome(job.name, error=error)))
            else:
                self._by_source[work.source] = work
                self._order.append((job, work))
                self._report.progress.begun(len(work.missing))
                for ref in work.refs():
                    if self._stop():
                        return
                    yield ref
            self._finish_ready()  # what was whole before would else be held open until the next page comes

    def _begin(self, job: Job) -> Work:
        options, place = self._options, self._target.place(job.stem)
        return begin(job, place, options.pages, options.passwords, self._transcriber.settings, options.force)

    def _take(self, transcript: Transcript) -> None:
        reading = self._recovery.settle(transcript)
        self._by_source[transcript.ref.source].take(reading)
        self._report.page(reading)

    def _miss_none(self) -> None:
        for ref in [ref for work in self._by_source.values() for ref in work.refs()]:
            self._take(Transcript(ref, "", Finish.ERROR, reader=self._transcriber.name, error="it was never answered"))

    def _finish_ready(self) -> None:
        while self._order:
            job, first = self._order[0]
            if isinstance(first, Work) and self._stream:
                self._stream.advance(first)
            if isinstance(first, Work) and first.missing:
                return
            outcome, text, kind = (first, None, "") if isinstance(first, Outcome) else self._finish(first)
            self._order.popleft()
            self._report.finished(outcome, text, kind)
            self._done(job, outcome)

    def _finish(self, work: Work) -> tuple[Outcome, str | None, str]:
        work.finish()
        del self._by_source[work.source]
        options, name = self._options, work.source.name
        done = replace(outcome(name, work.readings()), warnings=work.warnings)
        if self._stream:
            return replace(done, unaccounted=self._stream.end()), None, ""
        written = write_results(work.place, name, work.source, work.readings(), options.style, options.extras)
        done = written.told(done)
        if self._target.to_stdout:
            kind, path = piped(work.place, options.extras)
            return done, path.read_text(encoding="utf-8"), kind
        return replace(done, files=(*written.files, work.place.log)), None, ""
