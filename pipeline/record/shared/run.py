"""A run shows that it lives: one small object that it puts again and again, and by which others know its holds."""

from __future__ import annotations

import json
import os
import secrets
import socket
import time
from contextlib import suppress
from datetime import datetime, timedelta

from pipeline.stores.errors import ChangedError, StoreError
from pipeline.stores.store import Store, Version

FOLDER = ".ocr2/runs"
"""Below the folder for the results."""
BEAT = 15.0
"""Seconds between two signs of life: a thousand machines put seventy objects a second, which no bucket minds."""
DEAD = timedelta(seconds=75)
"""Without a sign: three may be lost, and the fourth be late, before a run counts as gone."""
_FORGOTTEN = timedelta(days=1)  # after which the last sign of a run that was killed is cleared away


class Run:
    """This process as others see it. Only the store's clock counts: those of machines differ."""

    def __init__(self, store: Store, prefix: str) -> None:
        """Raises StoreError, at once where nothing may be written there."""
        self.token = secrets.token_hex(8)
        self._store, self._folder = store, f"{prefix}{FOLDER}/"
        self._version: Version | None = None
        self._shown = 0.0
        self._clock: tuple[datetime, float] = self._show()
        self._sweep()

    def beat(self) -> None:
        """Show that this run lives, where it is time to. Raises StoreError."""
        if time.monotonic() - self._shown > BEAT:
            self._clock = self._show()

    def is_alive(self, token: object) -> bool:
        """Whether the run of this token still shows itself. Raises StoreError."""
        if not isinstance(token, str) or not token.isalnum():
            return False
        seen = self._store.head(self._folder + token)
        return token == self.token or (seen is not None and self._now() - seen.time < DEAD)

    def end(self) -> None:
        """Nothing is held any more. Where that cannot be told, others find out in their own time."""
        with suppress(StoreError):
            self._store.delete(self._folder + self.token)

    def _show(self) -> tuple[datetime, float]:
        """The store's time, and ours at the same moment."""
        beat = {"host": socket.gethostname(), "process": os.getpid(), "beat": secrets.token_hex(4)}
        key = self._folder + self.token
        try:
            self._version = self._store.put(key, json.dumps(beat).encode(), self._version)
        except ChangedError:  # swept away by somebody whose clock is the store's: it was silent for a day
            self._version = self._store.put(key, json.dumps(beat).encode(), None)
        self._shown = time.monotonic()
        seen = self._store.head(key)
        return (seen.time if seen else self._now()), self._shown

    def _now(self) -> datetime:
        time_then, then = self._clock
        return time_then + timedelta(seconds=time.monotonic() - then)

    def _sweep(self) -> None:
        with suppress(StoreError):
            for found in self._store.inside(self._folder)[0]:
                if self._now() - found.time > _FORGOTTEN:
                    self._store.delete(found.key)
