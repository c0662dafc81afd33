"""The words of a PDF's page as MuPDF's plain extraction gives them, each with its place and whether it is to be seen.

Nothing here may import from `pipeline.text_layer.lines`, `tables`, `pictures` or `labelling`: this is the witness by
which those are judged, and a witness who asks the accused is none. `tests/pipeline/ledger` holds that.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pipeline.documents.stated.boxes import ticks
from pipeline.documents.stated.fields import page_fields
from pipeline.ledger.units import Box, Unit, is_high, spans_of, stepped, units_of, without_bullets
from pipeline.text_layer.quality import usable_text

if TYPE_CHECKING:
    from pipeline.documents import mupdf

_Spot = tuple[float, float, float, float]  # a word's middle, and how far off in either direction it is still itself
# Of the type size: shadows and poor man's bold stand nearer, the next letter farther. Larger than for the text layer
# (.1 em), since words are compared here, whose likes never stand so near. Chosen, not measured.
_SAME_PLACE = 0.3
_STRIP = 12.0  # points: about a line. Chosen; more costs time only
_APART = 6  # words of a line, most of them a letter each, from which it is looked at closely; chosen
_PIECE = 2  # letters of what may be a piece of a word whose letters stand apart; chosen
_FIGURES = re.compile(r"(?<!\S)\d \d")
_SYMBOLS = range(0xF020, 0xF07F)  # where symbol fonts put what has the codes of ASCII


class Kind(StrEnum):
    """Why a word need not be among the blocks, or that it must."""

    VISIBLE = "visible"
    HIDDEN = "hidden"  # painted by nothing: render mode 3, or wholly transparent, and no picture below
    OUTSIDE = "outside"  # its middle is not on the displayed page
    OVERPRINT = "overprint"  # the same word again at the same place
    UNREADABLE = "unreadable"  # codes without a meaning: U+FFFD, private use
    UNREAD = "unread"  # to be seen, but not by MuPDF: see `second.py`


@dataclass(frozen=True, slots=True)
class OwnWord:
    """What stands between two spaces."""

    text: str
    box: Box
    kind: Kind = Kind.VISIBLE


@dataclass(frozen=True)
class OwnPage:
    """All words of a page, in the order of the extraction. `sound`: whether the text layer can be believed."""

    words: tuple[OwnWord, ...]
    sound: bool


def read_own_page(page: mupdf.Page) -> OwnPage:
    """All words of a page, hidden ones and those outside it, too. Raises what pymupdf raises on a broken page.

    What is raised or lowered is apart from what it stands beside.
    """
    from pipeline.documents import letters

    whole = letters.WholeLines(page)
    lines = list(map(spans_of, whole.by_spans))
    if any(map(_is_closer_look_due, lines)):
        lines = _by_letters(whole.by_letters)
    units = [unit for spans in without_bullets(lines) for unit in units_of(spans)]
    raw = "\n".join(unit.text for unit in units)
    return OwnPage(tuple(_without_marks(page, list(_words(page, units)))), usable_text(raw))


def _is_closer_look_due(spans: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a line looks like letters with a space behind each, or has numbers that MuPDF turns round."""
    from pipeline.documents import letters

    text = "".join(span["text"] for span in spans)
    words = text.split()
    is_apart = len(words) >= _APART and 2 * sum(len(word) == 1 for word in words) > len(words)
    # A short line, of whose letters MuPDF sees some apart.
    short = [len(word) <= _PIECE for word in words]
    in_pieces = len(words) > 1 and 2 * sum(short) >= len(words)
    # Among other words: three pieces in a row, or figures that may be of one number.
    in_parts = any(map(all, zip(short, short[1:], short[2:], strict=False))) or _FIGURES.search(text) is not None
    is_moved = any(map(is_high, spans))
    return is_apart or in_pieces or in_parts or is_moved or letters.has_such_numbers(text)


def _by_letters(lines: Iterable[mupdf.Line]) -> list[list[dict[str, Any]]]:
    """The spans of lines of letters: without spaces that only letterspacing makes, numbers as read."""
    from pipeline.documents import letters

    placed = ({**line, "spans": spans_of(line)} for line in lines)
    return [
        [{**one, "text": "".join(char["c"] for char in one["chars"])} for one in stepped(letters.numbers_turned(spans))]
        for spans in map(letters.unspaced, placed)
    ]


def _without_marks(page: mupdf.Page, words: Sequence[OwnWord]) -> Iterator[OwnWord]:
    """The words but for what ticks a box: a dingbats font has it as a letter or a digit."""
    if not any(len(word.text) == 1 for word in words):
        yield from words
        return
    from pipeline.documents import mupdf

    shown = mupdf.displayed(page)
    boxes = [mupdf.turned(shown, tick.box) for tick in ticks(page, _letters(page), page_fields(page))]
    for word in words:
        middle = (word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2
        if len(word.text) > 1 or not any(_holds(box, *middle) for box in boxes):
            yield word


def _letters(page: mupdf.Page) -> Iterator[tuple[str, Box]]:
    """The letters of a page, which is read when the first of them is asked for: few pages have boxes."""
    from pipeline.documents import letters

    for line in letters.text_lines(page):
        yield from ((char["c"], char["bbox"]) for span in line["spans"] for char in span["chars"])


def _words(page: mupdf.Page, units: Sequence[Unit]) -> Iterator[OwnWord]:
    from pipeline.documents import mupdf

    a, b, c, d, e, f = mupdf.turning(page)
    width, height = page.rect.width, page.rect.height
    pictures = _pictures(page) if not all(unit.painted for unit in units) else []
    seen = _Seen(height)
    for unit in units:
        x0, y0, x1, y1 = unit.box
        x0, x1 = sorted((a * x0 + c * y0 + e, a * x1 + c * y1 + e))
        y0, y1 = sorted((b * unit.box[0] + d * y0 + f, b * unit.box[2] + d * y1 + f))
        box, text = (x0, y0, x1, y1), _readable(unit.text)
        if not text:
            yield OwnWord(unit.text, box, Kind.UNREADABLE)
            continue
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        kind = Kind.VISIBLE
        if not (0 <= x <= width and 0 <= y <= height):
            kind = Kind.OUTSIDE
        elif not unit.painted and not any(_holds(picture, x, y) for picture in pictures):
            kind = Kind.HIDDEN
        elif seen.again(text, (x, y, *_reach(unit))):
            kind = Kind.OVERPRINT
        yield OwnWord(text, box, kind)


def _pictures(page: mupdf.Page) -> list[Box]:
    """Invisible text over a picture is what a scan's OCR wrote, and so the page's own text."""
    return [page_box(info["bbox"], page) for info in page.get_image_info()]


def page_box(raw: Iterable[float], page: mupdf.Page) -> Box:
    """A box of pymupdf's on the displayed page."""
    from pipeline.documents import mupdf

    box = (mupdf.Rect(*raw) * mupdf.turning(page)).normalize()
    return box.x0, box.y0, box.x1, box.y1


def _holds(box: Box, x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _reach(unit: Unit) -> tuple[float, float]:
    """How far off, in points, the same word is the same once more: what OCR found lies where its word does by half."""
    near = _SAME_PLACE * unit.size
    if unit.painted:
        return near, near
    x0, y0, x1, y1 = unit.box
    return max(near, (x1 - x0) / 2), max(near, (y1 - y0) / 2)


class _Seen:
    """Where words stand on a page of some height, found by their texts and the strips that they reach into."""

    def __init__(self, height: float) -> None:
        self._last = int(height // _STRIP)
        self._spots: dict[tuple[str, int], list[_Spot]] = defaultdict(list)

    def again(self, text: str, spot: _Spot) -> bool:
        """Whether a word stands at the place of one before with its text; else it is entered."""
        x, y, across, down = spot
        strips = range(max(int((y - down) // _STRIP), 0), min(int((y + down) // _STRIP), self._last) + 1)
        for a, b, wide, high in (other for strip in strips for other in self._spots.get((text, strip), ())):
            if abs(x - a) < max(across, wide) and abs(y - b) < max(down, high):
                return True
        for strip in strips:
            self._spots[text, strip].append(spot)
        return False


def _readable(text: str) -> str:
    """The text with U+FFFD for codes that mean nothing; "" where it consists of little else.

    Three and more codes of a symbol font that are ASCII's letters and digits are text in a font with a wrong map.
    """
    if text.isascii():
        return text
    as_ascii = "".join(chr(ord(c) - 0xF000) if ord(c) in _SYMBOLS else c for c in text)
    if sum(ord(c) in _SYMBOLS and chr(ord(c) - 0xF000).isalnum() for c in text) >= 3:
        text = as_ascii
    kept = "".join("\ufffd" if unicodedata.category(c) in ("Co", "Cn", "Cs", "Cc") else c for c in text)
    return kept if 2 * kept.count("\ufffd") < len(text) else ""
