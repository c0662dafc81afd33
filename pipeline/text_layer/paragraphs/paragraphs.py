"""Blocks → paragraphs and list items: where a new one begins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from language.hyphens import Vocabulary
from pipeline.text_layer.lines.blocks import Block
from pipeline.text_layer.lines.geometry import Rect, bounds
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.paragraphs.clauses import LEVEL, items
from pipeline.text_layer.paragraphs.joining import CJK_START, join_lines
from pipeline.text_layer.paragraphs.shape import Shape

# A long dash opens speech, and a star that another follows explains the marks of a table: neither is a bullet.
_BULLET = re.compile(r"^[•◦▪●○■□‣⁃∙·➢❖❑◆⬧➔]\s*|^[–-]\s+|^\*\s+(?!.*\*)")
# Signs that are bullets in company alone: by itself a star opens a note, and a dash a thought.
_WEAK = re.compile(r"^[–*-]\s")
_DASHED = re.compile(r"^[–-]\s+(?=[^\W\d_])")
_SAID = re.compile(r"^–\s+[\"“„«‘¡¿]*[^\W\d_].*[.!?…][\"'”’»)]*$")
_CALLED = re.compile(r"[!?][\"'”’»)]*$")
_TICKED = re.compile(r"^[☐☑☒◻✓✔✗✘]\s*\S")  # a bullet that says something
_SPEECH = re.compile(r"^—\s+\S")
_DATE = r"\d{1,2}\.\s+[^\W\d_]{3,}\s+\d{4}\b"  # 12. Mai 2021
_NUMBER = re.compile(rf"^(?!{_DATE})(\(?(?:\d{{1,3}}|[a-zA-Z]|[ivx]{{1,5}}|[IVX]{{2,5}})[.)]|\[\d{{1,3}}\])\s+(?=\S)")
_DECIMAL = re.compile(r"^(\d{1,3}(?:\.\d{1,3}){1,4})\.?\s+[^\W\d_]")
_STOPPED = re.compile(r"[.!?:;…][\"'”’»)]*$")
# Em by which words that close a clause stand left of its last item, an indent at least; and of a word space.
_OUTER, _SPACE = 0.7, 0.6
_STEP = re.compile(r"^\d{1,3}\s?[:∶]\s+\S")  # of an algorithm; no list's marker in Markdown
# Em: quotations are set in by one to four; what stands further right has a picture or a drop cap at its left. Chosen.
_WIDEST_INSET = 5
_SEPARATOR = re.compile(r"^[-=_*~.\s–—]{5,}$")  # a rule made of characters
_RANGE_START = re.compile(r"^[^–—-].*\d(?:\s?[ap]\.?m\.?)?$", re.I)  # 5:00 / – 6:30
_RANGE_END = re.compile(r"^[–—-]\s+\d")
_LED = re.compile(r"\w\s?(?:(?:\.\s?){5,}|\ufffd)\s?\w")  # the two ends of a line, with leaders between
CAPTION = re.compile(
    r"^(?:(?P<figure>fig(?:ure|ura|uur|\.)?|abb(?:ildung|\.)?|рис(?:унок|\.)?|图|圖)"
    r"|(?P<table>tab(?:le|elle|leau|la|ela|ella|\.)?|табл(?:ица|\.)|cuadro|quadro|exhibit|表))"
    r"(?:\s*\d+|[\s.]\s*(?:[A-Z]{1,3}\.?\d+|(?:[A-Z]|[IVX]+)(?![^\W\d_])))[\w.-]*\s*(?:[:.|–—-]|$|\s(?=[A-Z\u4e00-\u9fff(]))",
    re.I,
)
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


@dataclass(frozen=True)
class Paragraph:
    """Lines that make one paragraph, heading or list item. `marker` is "- ", "1. ", … for list items, else "".

    `whole` is the text with its sign as printed.
    """

    lines: tuple[Line, ...]
    box: Rect
    text: str
    marker: str = ""
    whole: str = ""


def split_paragraphs(block: Block, known: Vocabulary, others: Iterable[Block] = ()) -> list[Paragraph]:
    """The paragraphs of a block, from top to bottom. `known`: the document's words; `others`: the blocks beside it."""
    groups = [block.lines[a:b] for a, b in pairwise([*beginnings(block), len(block.lines)])]
    found = [paragraph_of(group, known) for group in groups]
    listed = [one for one in found if one.marker == "- "]
    if _are_said(listed) or (len(listed) == 1 and _WEAK.match(listed[0].whole) and not any(map(_has_items, others))):
        return [replace(one, text=one.whole, marker="") if one in listed else one for one in found]
    return found


def _are_said(items: Sequence[Paragraph]) -> bool:
    """Whether what stands behind dashes is speech: whole sentences, of which some ask or call and others do not."""
    calls = sum(bool(_CALLED.search(item.whole)) for item in items)
    return 0 < calls < len(items) and all(_SAID.match(item.whole) for item in items)


def _has_items(block: Block) -> bool:
    return any(_BULLET.match(line.text) for line in block.lines)


def beginnings(block: Block) -> list[int]:
    """The places of the lines that begin the paragraphs of a block, 0 first."""
    listed, shape = items(block), Shape(block)
    starts, closing = [0], set[int]()
    for i in range(1, len(block.lines)):
        if starts[-1] in listed and _closes(block, listed - closing, starts[-1], i):
            closing |= {i, i - 1}
        elif i not in listed and not (_begins_behind(block, i) if starts[-1] in closing else _begins(shape, i)):
            continue
        starts.append(i)
    return starts


def paragraph_of(lines: tuple[Line, ...], known: Vocabulary) -> Paragraph:
    text = join_lines([line.marked for line in lines], known)
    box = bounds(line.box for line in lines)
    if (found := _BULLET.match(text)) and found.end() < len(text):
        return Paragraph(lines, box, text[found.end() :], "- ", text)
    if _TICKED.match(text):
        return Paragraph(lines, box, text, "- ", text)
    if found := _NUMBER.match(text):
        return Paragraph(lines, box, text[found.end() :], found.group(1) + " ")
    return Paragraph(lines, box, text)


def _begins(shape: Shape, i: int) -> bool:
    """Whether a new paragraph begins at line i > 0 of the block."""
    block = shape.block
    line, last = block.lines[i], block.lines[i - 1]
    if _RANGE_END.match(line.text) and _RANGE_START.search(last.text):
        return False
    if _counts_on(block, i):
        return True
    if _goes_on_behind_dash(block, i):
        return False
    if (
        _BULLET.match(line.text)
        or _TICKED.match(line.text)
        or _SPEECH.match(line.text)
        or _SEPARATOR.match(line.text)
        or _SEPARATOR.match(last.text)
    ):
        return True
    if _STEP.match(line.text) and _STEP.match(block.lines[0].text):
        return True
    if line.opens_raised and block.lines[0].opens_raised:
        return True  # notes, each behind its mark
    if shape.is_paged:
        return True
    if _LED.search(line.text) and _LED.search(last.text) and not line.text[-1:].isdigit():
        return True
    if shape.is_centred:
        return False
    indents = shape.indents
    if shape.hangs:  # that turns the rule round: what begins at the edge begins an entry
        return indents[i] < 0.3
    if _sets_in(block, indents, i):
        return True
    if indents[i] > 0.7 and line.text[:1].islower() and not _STOPPED.search(last.text) and indents[i - 1] < 0.3:
        return False  # the second line of an entry that hangs
    if _NUMBER.match(line.text) and (last.text[-1:] in ".;:" or _NUMBER.match(block.lines[0].text)):
        return True
    indented = 0.7 < indents[i] < 5 and indents[i - 1] < 0.3 and not _NUMBER.match(last.text + " ")
    if indented and not (_BULLET.match(block.lines[0].text) or _NUMBER.match(block.lines[0].text)):
        return True
    return _ended_early(block, i)


def _closes(block: Block, items: set[int], item: int, i: int) -> bool:
    """Whether line i, left of the item that begins at line `item`, closes what the items stand in.

    Either the line above ended early, or the items' own lines go on at their marks or right of them, or, where no item
    tells, the line above ends as an item does.
    """
    line, last, size = block.lines[i], block.lines[i - 1], block.size
    if block.lines[item].box.x0 - line.box.x0 <= _OUTER * size:
        return False
    if block.box.x1 - last.box.x1 > line.words[0].box.width + _SPACE * size:
        return True
    lefts = [block.lines[k + 1].box.x0 - block.lines[k].box.x0 for k in items if k + 1 < i and k + 1 not in items]
    return all(left > -LEVEL * size for left in lefts) if lefts else last.text[-1] in ",;"


def _begins_behind(block: Block, i: int) -> bool:
    """Whether a new paragraph begins at line i, behind words that close a clause: these hang on no item."""
    numbered = _NUMBER.match(block.lines[i].text) and _STOPPED.search(block.lines[i - 1].text)
    return bool(numbered) or _ended_early(block, i)


def _counts_on(block: Block, i: int) -> bool:
    """Whether line i begins with the decimal number that follows the one of a line above it: 2.1, 2.2."""
    found = _DECIMAL.match(block.lines[i].text)
    before = [mark for line in block.lines[:i] if (mark := _DECIMAL.match(line.text))] if found else []
    if not found or not before or _LED.search(block.lines[i].text):
        return False  # entries of contents have their own form
    *outer, last = map(int, before[-1][1].split("."))
    return [*outer, last + 1] == [int(part) for part in found[1].split(".")]


def _goes_on_behind_dash(block: Block, i: int) -> bool:
    """Whether a dash at the head of line i is one within a sentence, before which a line ended for want of room."""
    line, last = block.lines[i], block.lines[i - 1]
    if not _DASHED.match(line.text) or _BULLET.match(block.lines[0].text) or last.text[-1] in ".:;!?":
        return False
    first = line.words[1] if len(line.words) > 1 else line.words[0]
    return first.text[:1].islower() and block.box.x1 - last.box.x1 < first.box.x1 - line.box.x0 + _SPACE * line.size


def _sets_in(block: Block, indents: Sequence[float], i: int) -> bool:
    """Whether a quotation begins at line i or has ended above it: two lines or more that are set in to one place.

    They go on from a line of text that itself goes on from the one before, which the first line of an entry does not.
    """
    if indents[i - 1] > 0.7 and indents[i] >= 0.3:
        return False  # within one
    start = i
    while start and indents[start - 1] > 0.7:
        start -= 1
    if not 0.7 < indents[start] < _WIDEST_INSET or start < 2 or max(indents[start - 2 : start]) > 0.3:
        return False
    end = start
    while end < len(indents) and abs(indents[end] - indents[start]) < 0.3:
        end += 1
    if i not in (start, end):
        return False
    run = [one.text for one in block.lines[start:end]]
    # Of lines that each begin a paragraph of their own, the next one hardly begins with a small letter.
    goes_on = len(run) > 1 and run[1][:1].islower()
    is_list = any(_BULLET.match(text) or _NUMBER.match(text) for text in run)
    return goes_on and not is_list and not _ended_early(block, start - 1)


def _ended_early(block: Block, i: int) -> bool:
    """Whether the first word of line i would have fitted on the line before: breaking lines is greedy."""
    line, last = block.lines[i], block.lines[i - 1]
    room = block.box.x1 - last.box.x1
    opens = line.text[:1].isupper() or not line.text[:1].isalpha() or bool(CJK_START.match(line.text))
    first = line.words[0].box.width if not CJK_START.match(line.text) else 2 * line.size
    # .6 em is a word space and what ragged setting leaves; a tenth of the width, so that narrow ragged columns, which
    # end early at every other line, are not cut into one paragraph each. Chosen, not measured.
    return opens and room > first + 0.6 * line.size and room > 0.1 * block.box.width
