"""Pages of which some come again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from pipeline.transcriber import ready
from pipeline.transcript import PageRef


class Returning:
    """A supply of pages, and of those that are to be read once more, which go first.

    Safe to ask again after it had none: a reader may pull until nothing is there, and its answers bring pages back.
    """

    def __init__(self, pages: Iterable[PageRef]) -> None:
        self._pages = iter(pages)
        self._again: deque[PageRef] = deque()

    def __iter__(self) -> Iterator[PageRef]:
        return self

    def __next__(self) -> PageRef:
        return self._again.popleft() if self._again else next(self._pages)

    def ready(self) -> bool:
        """See `pipeline.transcriber.Supply`."""
        return bool(self._again) or ready(self._pages)

    def pending(self) -> bool:
        """Whether anything is left; a page is pulled to find out."""
        if not self._again and (ref := next(self._pages, None)) is not None:
            self._again.append(ref)
        return bool(self._again)

    def again(self, refs: Iterable[PageRef]) -> None:
        """These come before all others."""
        self._again.extend(refs)
