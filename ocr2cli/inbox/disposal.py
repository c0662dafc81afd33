"""A watched document when it has been dealt with: where it goes, and what is said of one that failed."""

from __future__ import annotations

from pathlib import Path

from ocr2cli.inbox.inbox import Arrival, Inbox
from ocr2cli.inbox.shelves import FolderShelf, Shelf, shelf
from ocr2cli.record.outcome import Outcome


class Disposal:
    """`output`, `done` and `failed` are folders, or URLs of what acts as one in a bucket."""

    def __init__(self, inbox: Inbox, output: Path, done: Path | None, failed: Path | None) -> None:
        self._inbox = inbox
        self._done = None if done is None else shelf(done)
        self._failed = None if failed is None else shelf(failed)
        self._notes = self._failed or shelf(output)

    def away(self, arrival: Arrival, outcome: Outcome) -> bool:
        """Move a document that has been dealt with; False where it stays. Raises OutputError."""
        if outcome.status == "done":
            return self._done is not None and self._moved(arrival, self._done)
        inside = arrival.inside
        if isinstance(self._notes, FolderShelf):
            inside = self._notes.unused(inside)
        elif self._failed is not None and (data := self._inbox.read(arrival)) is not None:
            inside = self._failed.keep(inside, data)
        self._notes.note(inside.with_name(f"{inside.name}.error.txt"), _explanation(outcome))
        if self._failed is None:
            return False
        if isinstance(self._failed, FolderShelf):
            return self._moved(arrival, self._failed)
        self._inbox.remove(arrival)
        return True

    def _moved(self, arrival: Arrival, to: Shelf) -> bool:
        if isinstance(to, FolderShelf) and arrival.url is None:
            to.move(arrival.path, arrival.inside)
            return True
        data = self._inbox.read(arrival)
        if data is not None:
            to.keep(arrival.inside, data)
            self._inbox.remove(arrival)
        return True


def _explanation(outcome: Outcome) -> str:
    """All that is known of what went wrong, a line each."""
    lines = [outcome.name] if outcome.error is None else [str(outcome.error)]
    lines += [f"page {note.number}: {note.text}" for note in outcome.failed]
    lines += [*outcome.warnings, *outcome.lost_pictures, *outcome.not_made]
    return "\n".join(lines) + "\n"
