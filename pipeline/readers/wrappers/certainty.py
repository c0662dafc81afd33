"""What a network was not sure of is known for it: a page below the lower threshold counts as not read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from pipeline.model.checkpoints.thresholds import Thresholds
from pipeline.readers.wrappers.around import Around
from pipeline.readers.wrappers.odd_words import odd_share
from pipeline.readers.wrappers.pictures import is_wordless, lacks_its_print
from pipeline.readers.wrappers.unread import with_unread
from pipeline.transcriber import Transcriber
from pipeline.transcript import Finish, PageRef, Transcript

# Of 90 drawn pages of nine kinds (`train_nano.unfamiliar`, the half for fitting) the best unreadable one is at .77 with
# 0, at .57 with 1, .47 with 2 and .42 with 3, the worst that was read at .82, .81, .81, .80. Twice is most of what
# there is to gain, and pages of codes, whose tokens are sure, keep their certainty.
_ODD = 2.0
"""How many times the doubt about a text is added where all its words are odd."""
_VERSION = 5
"""Of what is judged by, in the settings key: 1 the mean probability, 2 odd words as well, 3 pages of pictures, 4 print
that no block has, too, 5 the same without doubts about where a picture stands."""
_BLOCK = re.compile(r"(?=<\|ref\|>)")


class Judging(Around):
    """A Transcriber around a network's: pages that it was not sure of end as UNSURE or are marked as doubtful, and such
    of print of which it saw pictures alone end as EMPTY."""

    def __init__(self, inner: Transcriber, thresholds: Thresholds) -> None:
        super().__init__(inner)
        self._thresholds = thresholds

    @property
    def settings(self) -> str:
        """The inner one's, and the thresholds."""
        return settings_with_thresholds(self._inner.settings, self._thresholds)

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Read every page once, in any order; see `Transcriber`."""
        return map(self.judged, self._inner.transcribe(pages))

    def judged(self, page: Transcript) -> Transcript:
        """See `judged`."""
        return judged(page, self._thresholds)


def judged(page: Transcript, thresholds: Thresholds) -> Transcript:
    """The same page, marked by how far it can be believed, with what of its print is unread."""
    page = with_unread(page)
    sure = certainty(page)
    # What failed otherwise is told already, and a loop is sure of itself.
    if page.finish is not Finish.STOP or sure is None:
        return page
    if is_wordless(page):
        # Tokens of a box alone: at .62 to 1 on 24 drawn pages that were read as pictures, and are.
        return replace(page, finish=Finish.EMPTY) if lacks_its_print(page) else page
    if sure < thresholds.unreadable:
        return replace(page, finish=Finish.UNSURE)
    return replace(page, doubtful=sure < thresholds.doubtful)


def certainty(page: Transcript) -> float | None:
    """How sure a page is, 0..1: the mean probability of its tokens, doubted the more the more of its words are odd,
    times the share of its print that was read.

    A network that meets a script it never learned writes the letters that it knows, and its tokens are surer of that
    than of worn print; but capitals and digits then stand in the midst of words. None where a reader gave no
    probabilities.
    """
    if page.confidence is None:
        return None
    return _doubted(page.confidence, page.text) * (1 - page.unread_share)


def certainty_by_block(page: Transcript) -> tuple[float, ...]:
    """The same of each block of a page, in order; nothing where nothing is known of blocks."""
    texts = [part for part in _BLOCK.split(page.text) if part.startswith("<|ref|>")]
    if len(texts) != len(page.by_block):
        return page.by_block
    return tuple(map(_doubted, page.by_block, texts))


def _doubted(probability: float, text: str) -> float:
    return max(0.0, probability - (1 - probability) * _ODD * odd_share(text))


def settings_with_thresholds(reader: str, thresholds: Thresholds) -> str:
    """`Judging.settings` around a reader with these settings."""
    return f"{reader}+sure{_VERSION}/{thresholds.unreadable:g}/{thresholds.doubtful:g}"
