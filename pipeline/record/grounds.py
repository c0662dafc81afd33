"""Where places lie: in folders of a disk, or elsewhere with a copy in folders while a document is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline.record.locks import Lock
from pipeline.record.log import FILE_NAME, NEW_NAME

STATE_NAME = ".place.json"
"""In a document's folder: whose the place is, and the SHA-256 of the Markdown as written; locked while in use."""


@dataclass(frozen=True)
class Place:
    """The files of one document: its Markdown, and the folder for everything else."""

    markdown: Path
    folder: Path

    @property
    def log(self) -> Path:
        """The record."""
        return self.folder / FILE_NAME

    @property
    def new_log(self) -> Path:
        """A record that is not whole yet and will replace the other."""
        return self.folder / NEW_NAME

    @property
    def state(self) -> Path:
        """See `STATE_NAME`."""
        return self.folder / STATE_NAME


class Hold(Protocol):
    """A place that nobody else may write to until it is released, or its owner's process has ended."""

    def write(self, data: bytes) -> None:
        """Let the place's state be this."""

    def release(self) -> None:
        """Give it back; may be called twice."""


class Ground(Protocol):
    """Errors are OSError, which `writing` tells, or OutputError."""

    @property
    def shared(self) -> bool:
        """Whether somebody who finds a place held does well to wait for it: others do the same work elsewhere."""

    def look(self, place: Place) -> None:
        """Let the place's folder on this disk show what is there now."""

    def fill(self, place: Place) -> None:
        """Let the folder of a place that was looked at show all files with what is in them: names alone are enough for
        who writes them anew."""

    def hold(self, place: Place, state: bytes) -> Hold | None:
        """Take a place that was looked at, with this as its state; None where somebody else has it."""

    def publish(self, place: Place) -> None:
        """The files of a place that is held are whole: let others see them."""


class Disk:
    """The Ground whose folders are the places themselves: what is written is there."""

    shared = False

    def look(self, place: Place) -> None:
        """It shows what is there."""

    def fill(self, place: Place) -> None:
        """As above."""

    def hold(self, place: Place, state: bytes) -> Hold | None:
        """The state is written by the claim that comes of it, which knows the former one."""
        return Lock.take(place.state)

    def publish(self, place: Place) -> None:
        """They are seen."""


DISK = Disk()
