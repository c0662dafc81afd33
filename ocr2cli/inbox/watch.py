"""The watch folder: documents are read as they arrive, for as long as nobody says stop."""

from __future__ import annotations

import signal
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ocr2cli.batch.batch import Batch
from ocr2cli.inbox.arrivals import Arrival, Inbox, is_inside
from ocr2cli.inbox.claims import Claim, Claims
from ocr2cli.inbox.disposal import Disposal
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
"""Files that are read together at most: those that came first are moved before others are looked for."""
# Shorter wakes a sleeping machine for nothing, longer is felt by whoever drops a file and waits.
TICK = 0.5
"""Seconds between two looks while a file is being waited for, or where the file system tells nothing."""
# Network file systems tell nothing of what other machines write: this is how long such a file may go unseen.
REST = 10.0
"""Seconds between two looks where nothing is waited for: a message may have been lost."""
# A full disk is not emptied in seconds, and each try reads pages that are then lost. Chosen, not measured.
PAUSE = 30.0
"""Seconds until it is tried again where nothing can be written."""

_BROKEN = (OSError, RuntimeError, ValueError, TypeError, LookupError, ArithmeticError, AssertionError, MemoryError)
"""What a document might provoke that nobody foresaw: the file fails with the traceback, and the next is read."""


@dataclass(frozen=True)
class WatchOptions:
    """`settle`: seconds for which a file must not have changed; `patience`: until one that does not open fails."""

    inbox: Path
    done: Path | None = None
    failed: Path | None = None
    once: bool = False
    recursive: bool = False
    poll: bool = False
    settle: float = 2.0
    patience: float = 30.0


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
        report.note(f"watching {watched.inbox}; results go to {shown(output)}")
        try:
            with closing(transcriber):
                Watcher(watched, options, transcriber, target, report, stop).run()
        finally:
            report.summary()
        return ExitCode.INTERRUPTED if signal.SIGINT in signals else report.exit_code if watched.once else ExitCode.DONE


def _checked_output(watched: WatchOptions, options: Options) -> Path:
    if parse(watched.inbox) is not None:
        url = shown(watched.inbox)
        raise UserError(f"{url}: watch looks at folders; give `ocr2 convert {url}` from time to time, for what is new")
    if not watched.inbox.is_dir():
        raise InputError(f"{watched.inbox} is not a folder: give the folder that documents arrive in")
    output = options.output
    if output is None or output == STDOUT:
        raise UserError("watch writes files: give a folder for them with -o DIR")
    if parse(output) is not None and watched.failed is None:
        raise UserError("with results in a bucket, give a folder of this machine for what fails: --failed DIR")
    for name, folder in (("-o", output), ("--done", watched.done), ("--failed", watched.failed)):
        if folder is not None and is_inside(folder, watched.inbox):
            raise UserError(f"{name} {folder} is inside the inbox, so results would be read again: choose another")
    return output


class Watcher:
    """Rounds of: which files are complete → claim them → read them → move them away."""

    def __init__(
        self,
        watched: WatchOptions,
        options: Options,
        transcriber: Transcriber,
        target: Target,
        report: Report,
        stop: threading.Event,
    ) -> None:
        self._watched, self._options, self._target, self._stop = watched, options, target, stop
        self._transcriber, self._report = transcriber, report
        self._inbox = Inbox(watched.inbox, watched.recursive, watched.settle, watched.patience)
        self._claims = Claims(watched.inbox)
        self._disposal = Disposal(watched.inbox, target, watched.done, watched.failed)
        self._handled: set[Path] = set()  # in the round under way

    def run(self) -> None:
        for _ in self._wakes():
            self._claims.sweep()
            while not self._stop.is_set() and (arrivals := self._inbox.arrivals()[:ROUND]):
                if not self._round(arrivals):
                    break
            if self._watched.once and not self._inbox.waiting:
                return

    def _wakes(self) -> Iterator[None]:
        """Now, and whenever something may have changed, until the end."""
        yield
        quiet = time.monotonic()
        while not self._stop.is_set():
            happened = self._sleep()
            if happened or self._inbox.waiting or self._watched.poll or time.monotonic() - quiet > REST:
                quiet = time.monotonic()
                yield

    def _sleep(self) -> bool:
        """Wait for a while; whether the file system has told of something meanwhile."""
        if self._watched.poll:
            return not self._stop.wait(4 * TICK)
        from watchfiles import watch as changes

        try:
            stream = changes(
                self._watched.inbox, watch_filter=None, debounce=int(TICK * 1000), rust_timeout=int(TICK * 1000),
                yield_on_timeout=True, stop_event=self._stop, recursive=self._watched.recursive,
            )  # fmt: skip
            return bool(next(stream, None))
        except (OSError, RuntimeError):  # the folder is away, or the system has no more watches to give
            return not self._stop.wait(4 * TICK)

    def _round(self, arrivals: list[Arrival]) -> bool:
        """Read files together; one by one where that breaks. False where nothing could be done for now."""
        with ExitStack() as stack:
            ours = {}
            for arrival in arrivals:
                claim = stack.enter_context(self._claims.take(arrival.path))
                if claim is not None and self._is_new(arrival, claim):
                    ours[arrival.path] = arrival, claim
            if not ours:
                return False
            self._handled.clear()
            # What broke the reader among several is not known: each is read once more alone, and only one that breaks
            # it again is set aside.
            broken = self._read(ours)
            if broken is not None:
                for path in [path for path in ours if path not in self._handled]:
                    if (why := self._read({path: ours[path]})) is not None:
                        job = self._disposal.job(path)
                        said = UserError(f"{job.name} broke the reader")
                        self._report.finished(Outcome(job.name, error=said))
                        self._dispose(job, Outcome(job.name, error=UserError(why)), *ours[path])
            return bool(self._handled)

    def _is_new(self, arrival: Arrival, claim: Claim) -> bool:
        if claim.settled(arrival.version) or not arrival.path.exists():
            self._inbox.handled(arrival)
            return False
        return True

    def _read(self, ours: dict[Path, tuple[Arrival, Claim]]) -> str | None:
        """Read files and dispose of each; the traceback where it broke, None where it did not."""

        def done(job: Job, outcome: Outcome) -> None:
            if job.path is not None:
                self._dispose(job, outcome, *ours[job.path])

        def again(job: Job, outcome: Outcome) -> bool:
            return job.path is not None and self._comes_again(outcome, ours[job.path][0])

        batch = Batch(
            map(self._disposal.job, ours), self._options, self._transcriber, self._target, self._report, inbox=True,
            stop=self._stop.is_set, done=done, again=again,
        )  # fmt: skip
        try:
            batch.run()
        except ModelError as error:
            batch.give_up(error)
            raise
        except OutputError as error:
            if self._watched.once:
                raise
            self._report.progress.say(f"ocr2: {error}; trying again in {PAUSE:.0f} s")
            self._stop.wait(PAUSE)
        except _BROKEN:
            return traceback.format_exc()
        return None

    def _comes_again(self, outcome: Outcome, arrival: Arrival) -> bool:
        """Whether what was read is not what lies in the inbox now: that is a document that has just arrived."""
        if not isinstance(outcome.error, SourceChangedError) and not arrival.is_other_now():
            return False
        self._report.note(f"{outcome.name} changed while it was read: it is read again when it is whole")
        return True

    def _dispose(self, job: Job, outcome: Outcome, arrival: Arrival, claim: Claim) -> None:
        self._handled.add(arrival.path)
        if self._disposal.away(job, outcome):
            self._claims.forget(arrival.path)
        else:
            claim.settle(arrival.version)
        self._inbox.handled(arrival)


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
