"""One batch: inputs → plan → transcribe → render → report."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from ocr2cli.extras import piped, refuse_for_pipe
from ocr2cli.options import Options
from ocr2cli.plan import STDIN, Job, Plan, plan
from ocr2cli.recovery import Recovery
from ocr2cli.report import Outcome, Report
from ocr2cli.results import write_results
from ocr2cli.stdout import protected_stdout
from ocr2cli.targets import STDOUT, Target
from ocr2cli.work import Work, begin, outcome
from pipeline.documents import PageRanges
from pipeline.errors import ExitCode, UserError
from pipeline.transcribe import GET_FULL, ReaderOptions, Transcriber, open_transcriber
from pipeline.transcript import Finish, PageRef, Source, Transcript


def convert(inputs: list[str], options: Options) -> ExitCode:
    """Convert every input, tell what became of each, and give the exit code."""
    if options.pages:
        PageRanges.parse(options.pages)  # a mistake shows before a model is loaded
    output = _output(options, inputs)
    if output == STDOUT:
        refuse_for_pipe(options.extras)
    batch = plan(inputs, options.recursive)
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
    transcriber, choice = open_transcriber(_reader(options))
    if choice.stand_in:
        report.note(f"reading with {choice.model}: {choice.why}; {GET_FULL}")
    Batch(batch.jobs, options, transcriber, target, report).run()


def _reader(options: Options) -> ReaderOptions:
    return ReaderOptions(options.model, options.device, options.task, options.dpi, options.max_tokens)


class Batch:
    """All documents through one Transcriber, which pulls pages as it has room; results come in the order of inputs."""

    def __init__(
        self, jobs: Iterable[Job], options: Options, transcriber: Transcriber, target: Target, report: Report
    ) -> None:
        self._jobs, self._options, self._target, self._report = jobs, options, target, report
        self._transcriber = transcriber
        self._recovery = Recovery()
        self._by_source: dict[Source, Work] = {}
        self._order: deque[Work | Outcome] = deque()  # begun and not yet reported; an Outcome could not be begun

    def run(self) -> None:
        for transcript in self._transcriber.transcribe(self._pages()):
            self._take(transcript)
            self._finish_ready()
        for ref in [ref for work in self._by_source.values() for ref in work.refs()]:
            self._take(Transcript(ref, "", Finish.ERROR, reader=self._transcriber.name, error="it was never answered"))
        self._finish_ready()

    def _pages(self) -> Iterator[PageRef]:
        """Opens a document only when the pages before it have been pulled, so a batch of any length stays small."""
        for job in self._jobs:
            try:
                work = self._begin(job)
            except UserError as error:
                self._order.append(Outcome(job.name, error=error))
                continue
            self._by_source[work.source] = work
            self._order.append(work)
            yield from work.refs()

    def _begin(self, job: Job) -> Work:
        options = self._options
        ranges = PageRanges.parse(options.pages) if options.pages else None
        place = self._target.place(job.stem)
        return begin(job, place, ranges, options.passwords, self._transcriber.settings, options.force)

    def _take(self, transcript: Transcript) -> None:
        reading = self._recovery.settle(transcript)
        self._by_source[transcript.ref.source].take(reading)
        self._report.progress.page()

    def _finish_ready(self) -> None:
        while self._order:
            first = self._order[0]
            if isinstance(first, Outcome):
                self._report.finished(first)
            elif first.missing:
                return
            else:
                self._finish(first)
            self._order.popleft()

    def _finish(self, work: Work) -> None:
        del self._by_source[work.source]
        work.close()
        readings = work.readings()
        options = self._options
        written = write_results(work.place, work.source.name, work.source, readings, options.style, options.extras)
        done = outcome(work.source.name, readings)
        done = replace(done, lost_pictures=written.failures, doubtful=written.doubtful)
        if self._target.to_stdout:
            kind, path = piped(work.place, options.extras)
            self._report.finished(done, path.read_text(encoding="utf-8"), kind)
        else:
            self._report.finished(replace(done, files=(*written.files, work.place.log)))
