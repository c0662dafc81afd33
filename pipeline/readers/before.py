"""Pages that a small network reads before a large one does: what it writes is the large one's draft."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from pipeline.documents.guard import GuardError, guard
from pipeline.engine.engine import Engine
from pipeline.readers.drafts import OwnText
from pipeline.readers.wrappers.around import Around
from pipeline.transcriber import Transcriber, ready
from pipeline.transcript import PageRef, Transcript

SMALL_SLOTS = 32
"""Pages that the small network reads at once. More, and the large one waits longer for the first of them; nano's slots
take some 10 MB each. Chosen, not measured."""


class ReadBefore(Around):
    """A Transcriber around a large engine, with a small one on the same device.

    A page whose PDF has its text is drafted by that, others by what the small one reads. Both take turns, in one
    thread: as many pages as are there, up to the small one's slots, then the large one goes on.
    """

    _inner: Engine

    def __init__(self, large: Engine, small: Transcriber) -> None:
        super().__init__(large)
        self._small = small

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Read every page once; see `Transcriber`. The text is the large engine's, as without."""
        asked = _Asked()
        # One run for all its turns: the processes that make its pages ready start once.
        reading = self._small.transcribe(asked)

        def draft(refs: Sequence[PageRef]) -> None:
            own = {ref: _own_text(ref) for ref in refs}
            asked.refs.extend(ref for ref in refs if not own[ref])
            own |= {read.ref: read.text for read in islice(reading, len(asked.refs))}
            for ref, text in own.items():
                self._inner.suggest(ref, text)

        yield from self._inner.transcribe(_Drafted(pages, draft))
        next(reading, None)  # nothing is asked any more, so it ends

    @property
    def hear(self) -> Callable[[PageRef, Sequence[int]], None] | None:
        """See `pipeline.transcriber.Attentive`."""
        return self._inner.hear

    @hear.setter
    def hear(self, listener: Callable[[PageRef, Sequence[int]], None] | None) -> None:
        self._inner.hear = listener

    def drop(self, ref: PageRef) -> None:
        """See `pipeline.transcriber.Attentive`."""
        self._inner.drop(ref)

    def close(self) -> None:
        """Both."""
        self._small.close()
        super().close()


def _own_text(ref: PageRef) -> str:
    try:
        return guard().call(OwnText(), ref)
    except GuardError:  # whoever reads the page says what is wrong with it
        return ""


class _Asked:
    """A supply of what is asked for, turn by turn. It is pulled from only while answers are missing, and so never has
    to wait; pulled again, it ends."""

    def __init__(self) -> None:
        self.refs: deque[PageRef] = deque()

    def __iter__(self) -> Iterator[PageRef]:
        return self

    def __next__(self) -> PageRef:
        if not self.refs:
            raise StopIteration
        return self.refs.popleft()

    def ready(self) -> bool:
        """See `pipeline.transcriber.Supply`."""
        return bool(self.refs)


class _Drafted:
    """A supply of pages, some of which are given to `draft` before they come."""

    def __init__(self, pages: Iterable[PageRef], draft: Callable[[Sequence[PageRef]], None]) -> None:
        self._pages = iter(pages)
        self._draft = draft
        self._known: deque[PageRef] = deque()

    def __iter__(self) -> Iterator[PageRef]:
        return self

    def __next__(self) -> PageRef:
        if not self._known:
            some = [next(self._pages)]
            # Only those that are there: others may wait for an answer to these.
            while len(some) < SMALL_SLOTS and ready(self._pages) and (ref := next(self._pages, None)) is not None:
                some.append(ref)
            self._draft([ref for ref in some if not (ref.attempt or ref.part or ref.asked)])
            self._known.extend(some)
        return self._known.popleft()

    def ready(self) -> bool:
        """See `pipeline.transcriber.Supply`."""
        return bool(self._known) or ready(self._pages)
