"""Whether a text layer can be believed, and whether a page without one is blank."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from pipeline.documents import mupdf
from pipeline.transcript import Pixels

if TYPE_CHECKING:
    from pipeline.text_layer.lines.glyphs import PageGlyphs

# Share of unreadable characters above which a layer is garbled. A page of formulas has some per cent of pieces that no
# map names, a layer without a map has all. Lower throws such pages to the network; higher keeps pages of which every
# ninth letter is lost. Chosen between the two, not measured.
_MAX_BAD = 0.1
# Share of vowels among letters: languages in Latin script have 0.30 to 0.50. By the frequencies of English letters, a
# shift within the alphabet leaves .07 to .36, so about half of the shifts fall below; a bound that caught more would
# refuse true text. Chosen, not measured on documents.
_MIN_VOWELS = 0.22
# The dots between the two ends of a line, from a font without a map: one run, with words on both sides.
_LEADERS = re.compile(r"^([^\ufffd\n]*\w[^\ufffd\n]*)\ufffd{6,}([^\ufffd\n]*\w[^\ufffd\n]*)$", re.MULTILINE)
_LATIN_WORD = re.compile(r"\b[a-zà-öø-ÿ]{4,}\b")
_VOWELS = re.compile(r"[aeiouyà-æè-ïò-öøù-ý]")
# Share of characters U+xx00: what ASCII becomes when its bytes are swapped. True text of any script has next to none,
# swapped text nearly only these, so that any share between would do.
_MAX_SWAPPED = 0.5
# Characters: fewer over a picture that fills the page are a stamp on a scan, such as a library's lines of terms. More,
# and a short letter on a coloured sheet is read by the network; fewer, and stamped scans count as read. Chosen.
_STAMP = 300
# Share of the page. Scans have margins cut off by a tenth or two; a photograph that fills half of a page is a figure.
# Chosen, not measured.
_PICTURE = 0.6
# Pixels of the longer side of the raster that is searched for marks: a lone full stop of 10 points (one point wide)
# still darkens a pixel, and drawing costs little.
_PREVIEW = 512


def usable_text(raw: str) -> bool:
    """Whether a page's extracted text is there and is not garbled.

    Leaders that cannot be read do no harm. Signs of fonts without a usable character map: replacement, private-use and
    control characters; UTF-16 with its bytes swapped; "words" nearly without vowels (letters shifted by a constant;
    asked only of 200 Latin letters).
    """
    text = [c for c in _LEADERS.sub(r"\1\2", raw) if not c.isspace()]
    if not text:
        return False
    if sum(map(_unreadable, text)) > _MAX_BAD * len(text):
        return False
    if sum(ord(c) > 0xFF and ord(c) % 256 == 0 for c in text) > _MAX_SWAPPED * len(text):
        return False
    letters = "".join(_LATIN_WORD.findall(raw))
    # Below 200 letters the share is chance: a page of abbreviations would be refused.
    return len(letters) < 200 or len(_VOWELS.findall(letters)) >= _MIN_VOWELS * len(letters)


def _unreadable(char: str) -> bool:
    # Counted as unreadable they would throw out every page of ticked boxes.
    if 0xF000 <= ord(char) <= 0xF0FF:  # the bullets and ticks of symbol fonts: unreadable, but honest
        return False
    return char == "\ufffd" or unicodedata.category(char) in ("Cc", "Cn", "Co", "Cs")


def usable(page: mupdf.Page) -> bool:
    """Whether a page has a text layer that can be believed."""
    from pipeline.text_layer.lines.glyphs import read_glyphs

    glyphs = read_glyphs(page)
    return bool(glyphs.lines or glyphs.turned) and usable_text(glyphs.raw)


def is_stamped_scan(page: mupdf.Page, glyphs: PageGlyphs) -> bool:
    """Whether a page is a picture with but a few words of its own, as libraries add to their scans."""
    from pipeline.text_layer.pictures.figures import image_boxes

    if sum(not c.isspace() for c in glyphs.raw) >= _STAMP:
        return False
    width, height = glyphs.frame.size
    # Added up, because some scanners cut a page into strips.
    return sum(box.area for box in image_boxes(page, glyphs.frame)) >= _PICTURE * width * height


def is_blank(page: mupdf.Page) -> bool:
    """Whether nothing is to be seen on a page: no painting at all, or a small raster of one colour."""
    if not mupdf.painted(page):
        return True
    size = mupdf.displayed(page)
    return is_uniform(mupdf.small_raster(page, _PREVIEW / max(size.width, size.height, 1.0)))


def is_uniform(pixels: Pixels) -> bool:
    """Whether all pixels, shape (…, channels), have the same value in each channel, to 4 of 255."""
    flat = pixels.reshape(-1, pixels.shape[-1])
    # 4 of 255 is what JPEG leaves on an even ground; a pencil's faintest mark is darker.
    return bool(flat.size == 0 or int((flat.max(axis=0).astype(int) - flat.min(axis=0)).max()) <= 4)
