"""What is known of pages before they are read: the text of a former try, or what somebody else says of them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

from pipeline.transcript import PageRef

# A page that ended badly comes again at once, before those that are not begun; on a GPU hundreds are under way.
_MOST = 1024
"""Texts that are kept: a few megabytes."""


class Former:
    """Texts of the pages that were read last, and of those that somebody else has read."""

    def __init__(self) -> None:
        self._texts: OrderedDict[PageRef, str] = OrderedDict()
        self._suggested: OrderedDict[PageRef, str] = OrderedDict()

    def note(self, ref: PageRef, text: str) -> None:
        """A page was read so, in whichever attempt; what a loop left of it counts, too."""
        _keep(self._texts, replace(ref, attempt=0), text)

    def suggest(self, ref: PageRef, text: str) -> None:
        """A page that is not read yet may say this."""
        _keep(self._suggested, ref, text)

    def text(self, ref: PageRef) -> str:
        """The last text of a page that is tried again, what was suggested for others; empty where there is none."""
        return self._texts.get(replace(ref, attempt=0), "") if ref.attempt else self._suggested.get(ref, "")


def _keep(texts: OrderedDict[PageRef, str], page: PageRef, text: str) -> None:
    texts[page] = text
    texts.move_to_end(page)
    if len(texts) > _MOST:
        texts.popitem(last=False)
