"""The near end of readers: how many there are, what each was given, and which of them can be used."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from pipeline.cluster.connection import Connection, Tell, ray_module
from pipeline.cluster.reader import Home, Opened, Opener, Reader, Refused, build
from pipeline.errors import ModelError
from pipeline.transcript import PageRef

MANY, FEW = 16, 2
"""Pages sent ahead of what a reader has begun: more than a second's worth for a GPU; for a CPU, where a page may take a
minute, so few that in the end no reader has many left while others have none."""


@dataclass(frozen=True)
class Share:
    """What a reader has to itself on its node; Ray finds a node that has it left."""

    cpus: float = 1.0
    gpus: float = 0.0

    @property
    def stock(self) -> int:
        """Pages to send ahead."""
        return MANY if self.gpus else FEW

    def __str__(self) -> str:
        return f"{self.gpus:g} GPU and {self.cpus:g} CPU" if self.gpus else f"{self.cpus:g} CPU"

    def fits(self, resources: Any) -> int:  # noqa: ANN401 Ray's mapping of names to numbers
        """How many of it there is room for in all."""
        room = [resources.get("CPU", 0.0) / self.cpus] + ([resources.get("GPU", 0.0) / self.gpus] if self.gpus else [])
        return int(min(room))


@dataclass(eq=False)
class Seat:
    """One reader: its actor, and the pages that it has, with the nodes that ended while reading them."""

    actor: Any
    home: Home | None = None
    opened: Opened | None = None
    refused: str = ""
    window: int = FEW
    alone: bool = False
    under_way: dict[PageRef, tuple[str, ...]] = field(default_factory=dict)


Event = tuple[Seat, str, PageRef | None, Future[Any]]
"""The reader, what it was asked, the page, and the answer or what went wrong."""


class Staff:
    """Readers as the cluster has room for them: one more is always asked for, so that nodes that come are used, and
    an autoscaler sees that some are wanted.

    Ray does not restart them: one that was lost with its node would hold its pages until another node comes, while
    others could read them.
    """

    def __init__(self, cluster: Connection, opener: Opener, share: Share, most: int | None, tell: Tell) -> None:
        self._cluster, self._opener, self._share, self._most, self._tell = cluster, opener, share, most, tell
        self._actor = ray_module().remote(Reader).options(
            num_cpus=share.cpus, num_gpus=share.gpus, max_restarts=0, max_task_retries=0, max_concurrency=1 << 14
        )  # fmt: skip
        self.seats: list[Seat] = []
        self.events: SimpleQueue[Event] = SimpleQueue()
        self.known: Opened | None = None

    @property
    def reading(self) -> list[Seat]:
        """Those that pages can be sent to."""
        return [seat for seat in self.seats if seat.opened]

    def hire(self) -> None:
        """Ask for readers, where there may be room for them."""
        pending = sum(1 for seat in self.seats if not seat.opened and not seat.refused)
        room = self._share.fits(self._cluster.resources()) if not self.seats else 0
        for _ in range(max(room, 1) - pending if not pending else 0):
            if self._most is not None and len(self.seats) - self._unusable() >= self._most:
                return
            seat = Seat(self._actor.remote(), window=self._share.stock)
            self.seats.append(seat)
            self.ask(seat, "home", None, seat.actor.home.remote())

    def ask(self, seat: Seat, what: str, page: PageRef | None, reference: Any) -> None:  # noqa: ANN401 an ObjectRef
        """Let an answer come as an event."""
        reference.future().add_done_callback(lambda done: self.events.put((seat, what, page, done)))

    def settle(self, seat: Seat, what: str, answer: Any) -> None:  # noqa: ANN401 what the actor gives
        """A step on the way to a reader that reads. One that cannot is told of, and keeps its share of the node, so
        that no other is tried there. Raises ModelError where none is left that can.
        """
        if what == "home":
            seat.home = answer
            if answer.build == build():
                self.ask(seat, "open", None, seat.actor.open.remote(self._opener))
            else:
                self._refuse(seat, f"has ocr2 {answer.build} and this machine {build()}: install the same on all nodes")
        elif isinstance(answer, Refused):
            self._refuse(seat, f"cannot read: {answer.error}; see to it on that node, or share a folder with it")
        elif self.known is not None and (answer.name, answer.settings) != (self.known.name, self.known.settings):
            self._refuse(seat, f"would read otherwise ({answer.settings}, not {self.known.settings}): name a --model")
        else:
            self.known, seat.opened = answer, answer
            self.ask(seat, "hungry", None, seat.actor.hungry.remote())

    def broken(self, seat: Seat, error: str) -> None:
        """A reader that could not even say where it is: its node has no ocr2, or another one."""
        self._refuse(seat, f"cannot start a reader ({error}): install the same ocr2[ray] on all nodes")

    def dismiss(self, seat: Seat) -> None:
        """It is gone, or is to go."""
        if seat in self.seats:
            self.seats.remove(seat)
        ray_module().kill(seat.actor)

    def dismiss_all(self) -> None:
        """End all of them, whatever they do."""
        for seat in list(self.seats):
            self.dismiss(seat)

    def _unusable(self) -> int:
        return sum(1 for seat in self.seats if seat.refused)

    def _refuse(self, seat: Seat, why: str) -> None:
        seat.refused = f"node {seat.home.address if seat.home else ''} {why}".replace("  ", " ")
        if all(each.refused for each in self.seats):
            raise ModelError(seat.refused)
        self._tell(f"{seat.refused}; the others go on without it")

    def check(self) -> None:
        """Raises ModelError where no reader is left that can read. Those that have no node yet may never get one: what
        is refused keeps its place.
        """
        refused = [seat.refused for seat in self.seats if seat.refused]
        if refused and not any(seat.home and not seat.refused for seat in self.seats):
            raise ModelError(refused[0])
