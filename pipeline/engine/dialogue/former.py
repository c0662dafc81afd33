"""What pages were read as lately: where one is tried again, its first text is a draft of the next."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

from pipeline.transcript import PageRef

# A page that ended badly comes again at once, before those that are not begun; on a GPU hundreds are under way.
_MOST = 1024
"""Texts that are kept: a few megabytes."""


class Former:
    """Texts of the pages that were read last."""

    def __init__(self) -> None:
        self._texts: OrderedDict[PageRef, str] = OrderedDict()

    def note(self, ref: PageRef, text: str) -> None:
        """A page was read so, in whichever attempt; what a loop left of it counts, too."""
        page = replace(ref, attempt=0)
        self._texts[page] = text
        self._texts.move_to_end(page)
        if len(self._texts) > _MOST:
            self._texts.popitem(last=False)

    def text(self, ref: PageRef) -> str:
        """The last text of a page that is tried again; empty where there is none, and for a first attempt."""
        return self._texts.get(replace(ref, attempt=0), "") if ref.attempt else ""
