"""What a server lets its clients do."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """`size`: bytes of a request. `seconds`: from its first byte to the last of its answer. `queue`: requests that are
    in the house at once. `documents`: files that are converted at once. `token`: what clients have to know. `grace`:
    seconds for what is under way when the server is asked to end."""

    size: int = 64 * MIB
    seconds: float = 600.0
    queue: int = 256
    documents: int = 4
    token: str | None = None
    grace: float = 30.0


class RequestError(Exception):
    """A request that is not granted: its status, and a line that names the remedy. `wait`: seconds to come back in."""

    def __init__(self, status: int, text: str, wait: int | None = None) -> None:
        super().__init__(text)
        self.status, self.wait = status, wait
