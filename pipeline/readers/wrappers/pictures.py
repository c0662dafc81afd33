"""Pages without a word in their text: pictures, or print that a network took for pictures."""

from __future__ import annotations

import re
from functools import cache

from pipeline.documents.document import MODEL_DPI, DocumentCache
from pipeline.documents.guard import guard
from pipeline.errors import UserError
from pipeline.readers.wrappers.odd_words import MARKUP
from pipeline.transcript import PageRef, Transcript
from pipeline.views.line_pitch import is_print
from pipeline.views.ready_page import StandingPage, stand


def is_wordless(page: Transcript) -> bool:
    """Whether a whole page has no word in its text."""
    return not (page.ref.part or page.ref.asked or re.search(r"\w", MARKUP.sub("", page.text)))


def lacks_its_print(page: Transcript) -> bool:
    """Whether a page is wordless and has lines of print in its pixels. Takes a raster where the former holds; a page
    that cannot be looked at is believed."""
    if not is_wordless(page):
        return False
    try:
        return guard().call(_is_print, page.ref)
    except UserError:
        return False


@cache
def _documents() -> DocumentCache:
    return DocumentCache(1)


def standing(ref: PageRef) -> StandingPage:
    """A page that was read, to be looked at once more. In the guard's process."""
    return stand(_documents(), ref, MODEL_DPI, upright=True)


def _is_print(ref: PageRef) -> bool:
    """In the guard's process."""
    return is_print(standing(ref).pixels[..., 1])
