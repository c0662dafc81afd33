"""What `ocr2 watch` knows of the place that documents arrive in, be it a folder or a bucket."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Protocol

from ocr2cli.inputs.plan import Job
from pipeline.record.places import bare
from pipeline.record.writing import OutputError
from pipeline.stores.urls import Url


class AwayError(OutputError):
    """The inbox does not answer; it may be back in a while."""


@dataclass(frozen=True)
class Arrival:
    """A document that is complete. `version` tells it from another one that has its name; `inside` is its path within
    the inbox."""

    path: Path
    inside: PurePath
    version: object
    url: Url | None = None

    @property
    def job(self) -> Job:
        """The tree of the inbox is mirrored; whether the place is free is asked when the document is opened."""
        name = str(self.path) if self.url is None else self.url.public
        return Job(self.path, name, bare(self.inside), self.url, self.inside)


class Claim(Protocol):
    """An arrival that is ours alone."""

    @property
    def arrival(self) -> Arrival:
        """Of what."""

    def settle(self) -> None:
        """It has been dealt with, and stays where it is."""

    def forget(self) -> None:
        """It has been dealt with, and has left the inbox."""


Claims = Mapping[Path, Claim]


class Inbox(Protocol):
    """Errors are OutputError, and AwayError where the inbox may be back in a while."""

    @property
    def waiting(self) -> bool:
        """Whether a document is there that was not dealt with, by the last look."""

    def arrivals(self) -> Sequence[Arrival]:
        """Look: what is complete now and was not dealt with, in the order of names; and forget what is gone."""

    def take(self, arrivals: Sequence[Arrival]) -> AbstractContextManager[Claims]:
        """Claims on those that nobody else has, for as long as the body runs. The others do not arrive again at
        once."""

    def is_other_now(self, arrival: Arrival) -> bool:
        """Whether another document lies there now; one that is gone is no other one."""

    def read(self, arrival: Arrival) -> bytes | None:
        """The document's bytes; None where it is gone, or another one."""

    def remove(self, arrival: Arrival) -> None:
        """It leaves the inbox; one that is gone, or another one, is left alone."""

    def sleep(self, stop: threading.Event) -> bool:
        """Wait for a while; whether it should be looked at again now."""

    def close(self) -> None:
        """No more is taken; may be called twice."""
