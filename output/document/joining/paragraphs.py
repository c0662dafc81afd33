"""What a page's or column's end broke is joined: paragraphs, and the last item of a list."""

from __future__ import annotations

import re
from collections.abc import Sequence

from output.document.flow import Piece
from output.document.footnotes import REFERENCE
from output.grounding import geometry
from output.grounding.roles import Role

_FLOATING = (Role.FIGURE, Role.TABLE, Role.CAPTION, Role.RUNNING)
_CLOSERS = " \t\n\"'”’»)]*_"
_ENDS_SENTENCE = tuple(".!?:;。！？：；…│")
# Characters of a text that may go on: less is a label, an address, a field of a form. Half a line of a column; chosen,
# not measured. Lower, and labels are joined to what stands below them; higher, and short last lines stay cut.
_FEWEST = 40
_CJK = r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]"
_ITEM = re.compile(r"\(?[a-z0-9]{1,3}[.)]\s|[-•◦▪●‣■□–*]\s")
_TABLE_NOTE = re.compile(r"\s*(?:[a-z]{1,2}\s+[A-Z]|[*†‡§※]|\\\(|<sup>|(?:[Nn]otes?|[Ss]ources?)\b\s*[.:])")
# In the grid of 999, a page of A4 being 842 points high: a note stands within two lines of its table (30), left edges
# of one column agree within 10 points (12), and that, or .4 of a line's height, is the most that lies between two lines
# of one paragraph. Chosen from how pages are set, not measured: larger, and two paragraphs become one.
_NEAR = 30
_FOOT = 600  # notes begin below three fifths of a page, as those of the text layer do
_EDGE = 12
_LEADING = 0.4
_OUTDENT = 4  # of the same grid, less than any indent and more than an edge that is rounded
_OF_A_FORMULA = re.compile(r"(?:where|with|and|or|for|if)\b")


def paragraphs(pieces: Sequence[Piece]) -> list[Piece]:
    """Join a text that stops within a sentence with the one that goes on in the next column or page.

    What lies between (figures, tables, captions, footnotes, running heads) then comes after the whole. The second text
    must begin with a small letter, or, in Chinese, Japanese and Korean, stand on the next page.
    """
    out: list[Piece] = []
    opened: int | None = None  # where in `out` the text is that may go on
    note: int | None = None  # and where the last footnote
    for at, piece in enumerate(pieces):
        if note is not None and _goes_on_as_note(out[note], piece, pieces[at + 1 :]):
            out[note] = out[note].joined(piece, text=_joined_text(out[note].text, piece.text))
        elif out and _says_picture(out[-1], piece):
            opened = None
            out.append(piece)
        elif opened is not None and _goes_on(out, opened, piece):
            out[opened] = out[opened].joined(piece, text=_joined_text(out[opened].text, piece.text))
        else:
            if not (_floats(piece) or (out and _notes_table(out[-1], piece))):
                opened = len(out) if piece.role in (Role.TEXT, Role.LIST) else None
            note = len(out) if piece.block.label == "footnote" else note
            out.append(piece)
    return out


def _says_picture(before: Piece, after: Piece) -> bool:
    """Whether a text is that of the picture before it, as of a formula in fragments: no sentence goes on with it."""
    is_same = before.number == after.number and after.box is not None and before.box == after.box
    return before.role is Role.FIGURE and is_same


def _goes_on_as_note(note: Piece, after: Piece, following: Sequence[Piece]) -> bool:
    """Whether a text at the foot of the next page, over its notes, is the rest of a note that stops in a sentence."""
    if after.number - note.last.number != 1 or after.role is not Role.TEXT or not _is_open(note.text):
        return False
    rest = (piece for piece in following if piece.number == after.number)
    is_low = after.box is not None and after.box.y1 > _FOOT
    return is_low and after.text.lstrip()[:1].islower() and all(_floats(piece) for piece in rest)


def _floats(piece: Piece) -> bool:
    return piece.role in _FLOATING or piece.block.label == "footnote"


def _goes_on(out: Sequence[Piece], opened: int, after: Piece) -> bool:
    """Whether the text at `opened`, behind which only floating pieces have come, goes on with `after`."""
    before, floats = out[opened], len(out) - 1 > opened
    if floats and (_notes_table(out[-1], after) or (out[-1].role is Role.TEXT and _right_below(out[-1], after))):
        return False
    if after.role not in (Role.TEXT, Role.LIST) or _floats(after) or not (before.block.label and after.block.label):
        return False
    first, second = before.text, after.text.lstrip()
    if len(first) < _FEWEST or " " not in second.strip() or _ITEM.match(second):
        return False
    on_next = after.number - before.last.number == 1
    on_page = after.number == before.last.number and (
        floats or _cut_within(before.last, after) or _in_next_column(before.last, after)
    )
    if not (on_next or on_page):
        return False
    # Such a text belongs to the formula right above it, not to a paragraph that a figure cut off.
    if floats and not on_next and _OF_A_FORMULA.match(second):
        return False
    return _is_open(first) and (second[0].islower() or (on_next and _is_open_cjk(first, second)))


def _notes_table(before: Piece, after: Piece) -> bool:
    """Whether a text right below a table, or below such a text, explains it: `a Without tax.`"""
    is_note = _TABLE_NOTE.match(after.text) is not None and _right_below(before, after)
    return is_note and (before.role is Role.TABLE or _TABLE_NOTE.match(before.text) is not None)


def _right_below(before: Piece, after: Piece) -> bool:
    near = before.number == after.number and geometry.gap(before.block, after.block) <= _NEAR
    return near and geometry.share_columns(before.block, after.block)


def _cut_within(before: Piece, after: Piece) -> bool:
    """Whether two boxes of one page and column overlap by a part of a line, or lie as near to each other as lines do:
    those of a paragraph cut in two.

    What stands at the left edge of a list, or left of it, closes the clause whose items the list's last ones are."""
    a, b = before.box, after.box
    if a is None or b is None:
        return False
    if before.role is Role.LIST and (before.text.split("\n")[-1][:1].isspace() or b.x1 < a.x1 - _OUTDENT):
        return False
    between_lines = min(_EDGE, _LEADING * (a.y2 - a.y1), _LEADING * (b.y2 - b.y1))
    follows = a.y1 < b.y1 < a.y2 + between_lines and a.y2 < b.y2
    return follows and abs(a.x1 - b.x1) <= _EDGE and b.x2 <= a.x2 + _EDGE


def _in_next_column(before: Piece, after: Piece) -> bool:
    """Whether the reading goes up to the top of another column of the same page."""
    a, b = before.box, after.box
    if a is None or b is None:
        return False
    return b.y1 < a.y1 and (b.x1 >= a.x2 - 10 or b.x2 <= a.x1 + 10)


def _is_open(text: str) -> bool:
    """Whether a text ends within a sentence."""
    text = REFERENCE.sub("", text).rstrip(_CLOSERS)
    return bool(text) and not text.endswith((*_ENDS_SENTENCE, "\\]", "$$"))


def _is_open_cjk(first: str, second: str) -> bool:
    return re.search(rf"(?:{_CJK}|[，、,])$", first.rstrip()) is not None and re.match(_CJK, second) is not None


def _joined_text(first: str, second: str) -> str:
    first, second = first.rstrip(), second.lstrip()
    between_cjk = re.search(rf"(?:{_CJK}|[，、])$", first) and re.match(rf"{_CJK}", second)
    is_korean = re.match(r"[\uac00-\ud7a3]", second) is not None
    return first + ("" if between_cjk and not is_korean else " ") + second
