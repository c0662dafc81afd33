"""Pages of which some come again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from pipeline.transcriber import Transcriber, ready
from pipeline.transcript import Box, PageRef, Transcript


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

    def read_by(self, reader: Transcriber) -> Iterator[Transcript]:
        """Every page once, as it is settled, in any order."""
        while self.pending():
            for transcript in reader.transcribe(self):
                if (settled := self.settle(transcript)) is not None:
                    yield settled

    def settle(self, read: Transcript) -> Transcript | None:
        """The page that is done by this, if one is; what is to come again comes by `again`."""
        raise NotImplementedError


@dataclass
class _Waiting:
    page: Transcript
    missing: set[Box]
    found: list[Transcript] = field(default_factory=list)


class ByParts(Returning):
    """Pages to be read, and parts of those that were: a page is given when its parts are done."""

    printed = False
    """Whether the parts are print, and so read as a page is."""

    def __init__(self, pages: Iterable[PageRef]) -> None:
        super().__init__(pages)
        self._waiting: dict[PageRef, _Waiting] = {}

    def parts(self, page: Transcript) -> tuple[Transcript, Sequence[Box]]:
        """The page that waits, and the places on it that are read by themselves; without any, it is done."""
        raise NotImplementedError

    def whole(self, page: Transcript, parts: Sequence[Transcript]) -> Transcript:
        """The page with what its parts say, however they ended."""
        raise NotImplementedError

    def settle(self, read: Transcript) -> Transcript | None:
        """See `Returning`."""
        part = read.ref.part
        if part is None or read.ref.printed is not self.printed:
            return self._begun(read)
        page = replace(read.ref, part=None, printed=False)
        waiting = self._waiting.get(page)
        if waiting is None or part not in waiting.missing:  # another's part, of whose page this one knows nothing
            return self._begun(read)
        waiting.missing.discard(part)
        waiting.found.append(read)
        if waiting.missing:
            return None
        del self._waiting[page]
        return self.whole(waiting.page, waiting.found)

    def _begun(self, read: Transcript) -> Transcript | None:
        page, places = self.parts(read)
        if not places:
            return page
        self._waiting[page.ref] = _Waiting(page, set(places))
        self.again(replace(page.ref, part=place, printed=self.printed) for place in places)
        return None
