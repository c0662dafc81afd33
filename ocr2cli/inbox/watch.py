"""The watch folder: documents are read as they arrive, for as long as nobody says stop."""

from __future__ import annotations

import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ocr2cli.batch.batch import Batch
from ocr2cli.inbox.disposal import Disposal
from ocr2cli.inbox.folder import FolderInbox, Manner
from ocr2cli.inbox.inbox import Arrival, AwayError, Claim, Claims, Inbox
from ocr2cli.inputs.plan import Job
from ocr2cli.options import Options
from ocr2cli.record.outcome import Outcome
from ocr2cli.record.target import STDOUT, Target
from ocr2cli.telling.estimate import Estimate
from ocr2cli.telling.report import Report
from ocr2cli.telling.stdout import protected_stdout
from pipeline.errors import ExitCode, InputError, ModelError, UserError
from pipeline.readers.choice import to_download, unused_language
from pipeline.readers.opening import open_transcriber
from pipeline.record.work import SourceChangedError
from pipeline.record.writing import OutputError
from pipeline.stores.urls import parse, shown
from pipeline.transcriber import Transcriber, life

# More fills a GPU's batch better with short documents, but the first of them then waits longer to be moved. Chosen.
ROUND = 32
"""Documents that are read together at most: those that came first are moved before others are looked for."""
# A full disk is not emptied in seconds, and each try reads pages that are then lost. Chosen, not measured.
PAUSE = 30.0
"""Seconds until it is tried again where nothing can be written."""

_BROKEN = (OSError, RuntimeError, ValueError, TypeError, LookupError, ArithmeticError, AssertionError, MemoryError)
"""What a document might provoke that nobody foresaw: the file fails with the traceback, and the next is read."""


@dataclass(frozen=True)
class WatchOptions:
    """`inbox`, `done` and `failed` are folders, or URLs of what acts as one in a bucket."""

    inbox: Path
    done: Path | None = None
    failed: Path | None = None
    once: bool = False
    manner: Manner = Manner()  # noqa: RUF009 frozen, so it may be shared


def watch(watched: WatchOptions, options: Options) -> ExitCode:
    """Read what is in the inbox and what arrives there, until SIGTERM or Ctrl-C, or with `once` until it is empty."""
    output = _checked_output(watched, options)
    stop = threading.Event()
    with protected_stdout() as out, Target(output) as target, _stopped_by_signals(stop) as signals:
        report = Report(out, 0, options.talk, options.as_json)
        for line in filter(None, (to_download(options.reading.model), unused_language(options.reading))):
            report.note(line)
        transcriber, choice = open_transcriber(options.reading)
        report.reads_with(choice)
        report.progress.follow(partial(life, transcriber), Estimate(network=True, mixed=False))
        try:
            with closing(transcriber), closing(_inbox(watched)) as inbox:
                report.note(f"watching {shown(watched.inbox)}; results go to {shown(output)}")
                Watcher(watched, options, transcriber, target, report, stop, inbox).run()
        finally:
            report.summary()
        return ExitCode.INTERRUPTED if signal.SIGINT in signals else report.exit_code if watched.once else ExitCode.DONE


def _checked_output(watched: WatchOptions, options: Options) -> Path:
    inbox = parse(watched.inbox)
    if inbox is not None and not inbox.in_bucket:
        raise UserError(f"{inbox}: the web cannot be watched: give a folder, or s3://, gs:// or az://")
    if inbox is None and not watched.inbox.is_dir():
        raise InputError(f"{watched.inbox} is not a folder: give the folder that documents arrive in")
    output = options.output
    if output is None or output == STDOUT:
        raise UserError("watch writes files: give a folder for them with -o DIR")
    for name, folder in (("-o", output), ("--done", watched.done), ("--failed", watched.failed)):
        if folder is not None and _is_inside(folder, watched.inbox):
            raise UserError(
                f"{name} {shown(folder)} is inside the inbox, so results would be read again: choose another"
            )
        url = None if folder is None else parse(folder)
        if url is not None and not url.in_bucket:
            raise UserError(f"{name} {url}: files can go to s3://, gs:// and az://, or to a folder")
    return output


def _is_inside(path: Path, folder: Path) -> bool:
    url, inbox = parse(path), parse(folder)
    if url is not None and inbox is not None:
        return (url.folder == inbox.folder and url.at("") == inbox.at("")) or inbox.holds(url)
    return url is None and inbox is None and path.resolve().is_relative_to(folder.resolve())


def _inbox(watched: WatchOptions) -> Inbox:
    """Raises OutputError where no claims can be written there."""
    if (url := parse(watched.inbox)) is None:
        return FolderInbox(watched.inbox, watched.manner)
    from ocr2cli.inbox.bucket import BucketInbox

    return BucketInbox(url, watched.manner.recursive, watched.manner.poll)


class Watcher:
    """Rounds of: which documents are complete → claim them → read them → move them away."""

    def __init__(
        self,
        watched: WatchOptions,
        options: Options,
        transcriber: Transcriber,
        target: Target,
        report: Report,
        stop: threading.Event,
        inbox: Inbox,
    ) -> None:
        self._watched, self._options, self._target, self._stop = watched, options, target, stop
        self._transcriber, self._report, self._inbox = transcriber, report, inbox
        self._disposal = Disposal(inbox, target.home, watched.done, watched.failed)
        self._handled: set[Path] = set()  # in the round under way

    def run(self) -> None:
        """Until it is stopped, or with `once` until nothing is left."""
        while not self._stop.is_set():
            self._pausing(self._rounds)
            if self._watched.once and not self._inbox.waiting:
                return
            while not self._stop.is_set() and not self._inbox.sleep(self._stop):
                pass

    def _rounds(self) -> None:
        while not self._stop.is_set() and (arrivals := self._inbox.arrivals()[:ROUND]):
            if not self._round(arrivals):
                break

    def _pausing(self, work: Callable[[], None]) -> None:
        """Do something, unless nothing can be written or the inbox is away: that is told, and tried again later."""
        try:
            work()
        except AwayError as error:
            if self._watched.once:
                raise
            self._pause(error)

    def _pause(self, error: OutputError) -> None:
        self._report.progress.say(f"ocr2: {error}; trying again in {PAUSE:.0f} s")
        self._stop.wait(PAUSE)

    def _round(self, arrivals: Sequence[Arrival]) -> bool:
        """Read documents together; one by one where that breaks. False where nothing could be done for now."""
        with self._inbox.take(arrivals) as ours:
            if not ours:
                return True  # others have them, and they do not come again at once
            self._handled.clear()
            # What broke the reader among several is not known: each is read once more alone, and only one that breaks
            # it again is set aside.
            broken = self._read(ours)
            if broken is not None:
                for path in [path for path in ours if path not in self._handled]:
                    if (why := self._read({path: ours[path]})) is not None:
                        name = ours[path].arrival.job.name
                        self._report.finished(Outcome(name, error=UserError(f"{name} broke the reader")))
                        self._dispose(ours[path], Outcome(name, error=UserError(why)))
            return bool(self._handled)

    def _read(self, ours: Claims) -> str | None:
        """Read documents and dispose of each; the traceback where it broke, None where it did not."""

        def done(job: Job, outcome: Outcome) -> None:
            if job.path is not None:
                self._dispose(ours[job.path], outcome)

        def again(job: Job, outcome: Outcome) -> bool:
            return job.path is not None and self._comes_again(outcome, ours[job.path].arrival)

        batch = Batch(
            (claim.arrival.job for claim in ours.values()), self._options, self._transcriber, self._target,
            self._report, inbox=True, stop=self._stop.is_set, done=done, again=again,
        )  # fmt: skip
        try:
            batch.run()
        except ModelError as error:
            self._report.given_up(batch.left(error))
            raise
        except OutputError as error:
            if self._watched.once:
                raise
            self._pause(error)
        except _BROKEN:
            return traceback.format_exc()
        return None

    def _comes_again(self, outcome: Outcome, arrival: Arrival) -> bool:
        """Whether what was read is not what lies in the inbox now: that is a document that has just arrived."""
        if not isinstance(outcome.error, SourceChangedError) and not self._inbox.is_other_now(arrival):
            return False
        self._report.note(f"{outcome.name} changed while it was read: it is read again when it is whole")
        return True

    def _dispose(self, claim: Claim, outcome: Outcome) -> None:
        self._handled.add(claim.arrival.path)
        if self._disposal.away(claim.arrival, outcome):
            claim.forget()
        else:
            claim.settle()


@contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[list[int]]:
    """The first SIGTERM or Ctrl-C asks to stop after the pages that are being read, the second one does not ask."""
    received: list[int] = []

    def ask(number: int, _: object) -> None:
        received.append(number)
        stop.set()
        if len(received) > 1:
            raise KeyboardInterrupt

    former = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield received
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
