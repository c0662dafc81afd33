"""Where a watched file's results go, and the file itself when it has been dealt with."""

from __future__ import annotations

import itertools
import os
import shutil
from contextlib import suppress
from pathlib import Path

from ocr2cli.inputs.plan import Job
from ocr2cli.record.outcome import Outcome
from ocr2cli.record.target import Target
from pipeline.record.writing import writing


class Disposal:
    """Nothing in the folders of what was read is ever replaced by another file of the same name."""

    def __init__(self, inbox: Path, target: Target, done: Path | None, failed: Path | None) -> None:
        self._inbox, self._target, self._done, self._failed = inbox, target, done, failed

    def job(self, path: Path) -> Job:
        """The tree of the inbox is mirrored; whether the place is free is asked when the document is opened."""
        inside = self._inside(path)
        return Job(path, str(path), inside.with_suffix(""), inside=inside)

    def away(self, job: Job, outcome: Outcome) -> bool:
        """Move a file that has been dealt with; False where it stays. Raises OutputError."""
        assert job.path is not None
        if outcome.status == "done":
            return self._done is not None and _move(job.path, self._done / self._inside(job.path))
        folder = self._failed if self._failed is not None else self._target.base
        place = _unused(folder / self._inside(job.path))
        with writing(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            note = place.with_name(place.name + ".error.txt")
            note.write_text(_explanation(outcome), encoding="utf-8", errors="replace")
        return self._failed is not None and _move(job.path, place)

    def _inside(self, path: Path) -> Path:
        return path.relative_to(self._inbox)


def _move(path: Path, place: Path) -> bool:
    """Also to another file system. A file that somebody has removed meanwhile is gone, too."""
    # Right before the move, as other inboxes may put what is done into the same folder.
    place = _unused(place)
    with writing(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            shutil.move(os.fspath(path), os.fspath(place))
    return True


def _unused(place: Path) -> Path:
    """`a.pdf`, or `a-2.pdf` where that is there, and so on."""
    names = (place.with_name(f"{place.stem}-{number}{place.suffix}") for number in itertools.count(2))
    return next(path for path in itertools.chain((place,), names) if not os.path.lexists(path))


def _explanation(outcome: Outcome) -> str:
    """All that is known of what went wrong, a line each."""
    lines = [outcome.name] if outcome.error is None else [str(outcome.error)]
    lines += [f"page {note.number}: {note.text}" for note in outcome.failed]
    lines += [*outcome.warnings, *outcome.lost_pictures, *outcome.not_made]
    return "\n".join(lines) + "\n"
