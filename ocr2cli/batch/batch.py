"""One batch: plan → transcribe → write, the documents in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial

from ocr2cli.batch.background import Background
from ocr2cli.batch.openings import Openings
from ocr2cli.batch.told import Content, Converted, Told
from ocr2cli.batch.writers import WRITERS, Writers
from ocr2cli.inputs.plan import Job
from ocr2cli.options import Options
from ocr2cli.record.outcome import Outcome, outcome
from ocr2cli.record.target import Target
from ocr2cli.results.extras import piped
from ocr2cli.results.streaming import PageStream
from pipeline.errors import UserError
from pipeline.record.places import Manner, place_in
from pipeline.record.work import Work
from pipeline.record.writing import NoRoomError, OutputError
from pipeline.transcriber import Transcriber
from pipeline.transcript import PageRef, Source, Transcript


class Batch:
    """All documents through one Transcriber, which pulls pages as it has room; results come in the order of inputs.

    Files are written in threads and processes beside the thread that feeds the Transcriber. What goes wrong with a
    document is its outcome and ends nothing else. No new page is begun once `stop` says so; documents that are not
    whole then stay as they are. `done` is told of each input when its files are written, or when it is known why
    there are none; one that `again` says will come again is not reported before. `inbox`: see `Manner`. `stream`:
    pages to standard output. `content`: what is in the files is given, too.
    """

    def __init__(
        self,
        jobs: Iterable[Job],
        options: Options,
        transcriber: Transcriber,
        target: Target,
        told: Told,
        *,
        inbox: bool = False,
        stream: PageStream | None = None,
        content: bool = False,
        stop: Callable[[], bool] = lambda: False,
        done: Callable[[Job, Outcome], None] = lambda job, outcome: None,
        again: Callable[[Job, Outcome], bool] = lambda job, outcome: False,
    ) -> None:
        self._options, self._target, self._told = options, target, told
        self._transcriber, self._stop, self._done, self._again = transcriber, stop, done, again
        self._openings = Openings(iter(jobs), options, target, transcriber, Manner(options.force, inbox))
        self._stream, self._content = stream, content
        self._by_source: dict[Source, Work] = {}
        self._order: deque[tuple[Job, Work | Outcome]] = deque()  # begun, not yet written; an Outcome: could not be
        self._opening: Job | None = None
        self._background: Background[Job, Converted] = Background(WRITERS)
        self._writers = Writers(WRITERS)

    def run(self) -> None:
        """Read everything that is missing. Raises NoRoomError where nothing more can be written, ModelError where the
        model cannot be had that the next page needs."""
        for _ in self.results():
            pass

    def results(self) -> Generator[Converted, None, None]:
        """Do it, and give each input as it is done."""
        ready: deque[Converted] = deque()
        self._ready = ready
        try:
            for _ in self._openings.rounds(self._stop, self._told.note):
                for transcript in self._transcriber.transcribe(self._pages()):
                    self._take(transcript)
                    self._finish_ready()
                    while ready:
                        yield ready.popleft()
                self._finish_ready(everything=True)
                while ready:
                    yield ready.popleft()
        except UserError:
            with suppress(UserError):  # what was whole before is not lost by it
                self._finish_ready(everything=True)
            raise
        finally:
            self._background.close()
            self._writers.close()
            for work in self._by_source.values():
                work.close()
            self._openings.close()

    def left(self, error: UserError) -> list[Outcome]:
        """What became of every input that was not done, because of an error that ended the run."""
        opening = [self._opening] if self._opening else []
        left = [*self._background.waiting, *(job for job, _ in self._order), *opening, *self._openings.left]
        return [Outcome(job.name, error=type(error)(f"{job.name} was not converted: {error}")) for job in left]

    def _pages(self) -> Iterator[PageRef]:
        """Opens a document only when the pages before it have been pulled, so a batch of any length stays small."""
        for job, opening in self._openings:
            self._opening = job  # what ends the run now is told of this input, too
            work, self._opening = opening(), None
            if work is None:
                continue
            self._order.append((job, work))
            if isinstance(work, Work):
                self._begun(job, work)
                for ref in work.refs():
                    if self._stop():
                        return
                    if work.error is None:
                        yield ref
            self._finish_ready()  # or complete documents would be held open until the next page
            if self._stop():
                return

    def _begun(self, job: Job, work: Work) -> None:
        self._by_source[work.source] = work
        self._told.begun(job.name, len(work.missing), len(work.wanted))
        if not self._target.to_stdout and work.place != (wanted := place_in(self._target.base, job.stem)):
            text = f"{job.name}: {wanted.folder} is another document's; this one goes to {work.place.folder}"
            self._told.note(self._target.named(text))

    def _take(self, transcript: Transcript) -> None:
        work = self._by_source.get(transcript.ref.source)
        if work is not None and transcript.ref.number in work.missing:  # else it is answered already, or given up
            work.take(transcript)
            self._told.page(transcript)

    def _finish_ready(self, everything: bool = False) -> None:
        """Hand over what is whole to be written, and tell of what is."""
        while self._order:
            job, first = self._order[0]
            if isinstance(first, Work):
                self._advance(first)
                if first.missing and first.error is None:
                    break
                self._by_source.pop(first.source, None)
                self._hand_over(job, first)
            else:
                self._background.put_done(job, Converted(job, first))
            self._order.popleft()
        for job, end in self._background.take(everything):
            if not self._again(job, end.outcome):
                self._told.finished(end.outcome, end.text, end.kind)
                self._done(job, end.outcome)
                self._ready.append(end)

    def _hand_over(self, job: Job, work: Work) -> None:
        if self._stream:  # its pages are out already, and the next document's come behind them
            self._background.put_done(job, self._finish(job, work))
        else:
            self._background.put(job, partial(self._finish, job, work))

    def _advance(self, work: Work) -> None:
        if self._stream and work.error is None:
            try:
                self._stream.advance(work)
            except OutputError as error:  # the record; what stdout says is of no one document
                work.fail(error)

    def _finish(self, job: Job, work: Work) -> Converted:
        """Write the files of a document. Raises NoRoomError."""
        try:
            if work.error is not None:
                raise work.error
            return self._written(job, work)
        except NoRoomError:
            raise
        except UserError as error:
            return Converted(job, Outcome(work.source.name, error=type(error)(self._target.named(str(error)))))
        finally:
            if self._stream:
                self._stream.end()
            work.close()
            self._openings.drop(work.source)

    def _written(self, job: Job, work: Work) -> Converted:
        options, name = self._options, work.source.name
        work.finish(options.force)
        done = outcome(name, work.readings(), work.warnings)
        if self._stream:
            return Converted(job, replace(done, unaccounted=self._stream.end()))
        written = self._writers.write(
            work.place, name, work.source, work.readings, options.style, options.extras,
            partial(self._told.writing, job.name), self._told.step,
        )  # fmt: skip
        work.wrote()
        done = written.told(done)
        if self._target.to_stdout:
            kind, path = piped(work.place, options.extras)
            return Converted(job, done, written, path.read_text(encoding="utf-8"), kind)
        files = tuple(map(self._target.path, (*written.files, work.place.log)))
        return Converted(
            job, replace(done, files=files), written, content=Content.of(written) if self._content else None
        )
