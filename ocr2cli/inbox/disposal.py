"""Where a watched file's results go, and the file itself when it has been dealt with."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path, PurePath

from ocr2cli.inputs.plan import Job, fold
from ocr2cli.record.outcome import Outcome
from ocr2cli.record.places import Place, Target, writing
from ocr2cli.record.transcripts import read
from pipeline.documents.document import digest


class Disposal:
    """The tree of the inbox is mirrored; nothing is ever replaced by another document of the same name."""

    def __init__(self, inbox: Path, target: Target, done: Path | None, failed: Path | None) -> None:
        self._inbox, self._target, self._done, self._failed = inbox, target, done, failed

    def jobs(self, paths: Iterable[Path]) -> list[Job]:
        """One job for each file, with a place that is free or holds an earlier reading of the same document."""
        taken: set[str] = set()
        return [self.job(path, taken) for path in paths]

    def job(self, path: Path, taken: set[str] | None = None) -> Job:
        taken = set() if taken is None else taken
        stem = next(
            stem for stem in self._stems(path)
            if fold(str(stem)) not in taken and _free_for(path, self._target.place(stem))
        )  # fmt: skip
        taken.add(fold(str(stem)))
        return Job(path, str(path), stem)

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

    def _stems(self, path: Path) -> Iterator[PurePath]:
        inside = self._inside(path)
        short = inside.with_suffix("")
        yield short
        yield from (short.with_name(f"{short.name}-{number}") for number in itertools.count(2))


def _free_for(path: Path, place: Place) -> bool:
    """Whether nothing is there, or this very document has been begun there before."""
    if not place.markdown.exists() and not place.folder.exists():
        return True
    record = read(place.log)
    if record is None:
        return not place.markdown.exists() and not any(place.folder.iterdir()) if place.folder.is_dir() else False
    with suppress(OSError):
        return record.key.document == digest(path) and Path(record.name).name == path.name
    return False


def _move(path: Path, place: Path) -> bool:
    """Also to another file system. A file that somebody has removed meanwhile is gone, too."""
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
