"""Contents that end in damage: what stood behind it no program can read, and nobody would know that it was there."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.documents import mupdf

_FLATE = frozenset({"/FlateDecode", "[/FlateDecode]", "[ /FlateDecode ]"})
_DEFLATE = 8  # the method in a header of RFC 1950, whose second byte has bits of its own and makes a multiple of 31
# Bytes of a page's contents; longer ones are maps and plots. Unpacking as much takes some 50 ms.
_MOST = 20_000_000


def is_cut_short(page: mupdf.Page) -> bool:
    """Whether the contents of a page, or of a form on it, cannot be unpacked to their end.

    Of contents that are packed otherwise than PDFs are today (Flate) it is not known. Sums that are wrong at an end
    that is there say nothing: all has been unpacked by then.
    """
    document = page.parent
    if not document.is_pdf:
        return False
    numbers = {*page.get_contents(), *(form[0] for form in page.get_xobjects())}
    packed = [number for number in sorted(numbers) if document.xref_get_key(number, "Filter")[1] in _FLATE]
    return any(_ends_early(document.xref_stream_raw(number)) for number in packed)


def _ends_early(data: bytes) -> bool:
    if len(data) < 2 or data[0] % 16 != _DEFLATE or (data[0] * 256 + data[1]) % 31:
        return False
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        unpacking.decompress(data[2:], _MOST)
    except zlib.error:
        return True
    return not unpacking.eof and not unpacking.unconsumed_tail
