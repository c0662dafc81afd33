"""Which blocks are headings, by their type or by their words alone, and of which level."""

from __future__ import annotations

import re
from itertools import pairwise

from pipeline.text_layer.labelling.context import Beside, PageFacts
from pipeline.text_layer.lines.blocks import Block, block_of
from pipeline.text_layer.lines.lines import LEADERS
from pipeline.text_layer.lines.writer import Piece, defused
from pipeline.text_layer.paragraphs.paragraphs import CAPTION, paragraph_of

_SECTION = re.compile(
    r"^(?:(?:appendix|chapter|section)\s+)?(?P<number>\d{1,2}(?:\.\d{1,2}){0,4}|[A-Z]|[IVX]{1,5})\.?\s+\S"
)
_NUMBERED = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,3}\.?)\s+[^\W\d_a-z]\w*(?:[\s-]+\S+){0,9}$")
_DATE = re.compile(r"\d{1,2}\.?\s+(?:de\s+)?[^\W\d_]{3,}\.?,?\s+(?:de\s+)?\d{4}$")
_CAPITALS = re.compile(r"^(?=.*[A-Z]{4})[A-Z][A-Z ,:&’'/()-]+$")
# The names of parts that statutes, treaties, plays and epics have, alone on a line with their number.
_DIVISION = re.compile(
    r"(?:(?:P(?:ART|art)|C(?:HAPTER|hapter)|T(?:ITLE|itle)|B(?:OOK|ook)|S(?:CHEDULE|chedule)|A(?:NNEX|nnex)|"
    r"A(?:PPENDIX|ppendix)|A(?:RTICLE|rticle)|A(?:CT|ct)|S(?:CENE|cene)|C(?:ANTO|anto)|T(?:EIL|eil)|K(?:APITEL|apitel)|"
    r"A(?:NHANG|nhang)|A(?:RTIKEL|rtikel)|T(?:ITRE|itre)|C(?:HAPITRE|hapitre)|A(?:NNEXE|nnexe))\s+"
    r"(?:\d{1,3}|[IVXLC]{1,7}|[A-Z]|ONE|TWO|THREE|FOUR|FIVE|One|Two|Three|Four|Five)|SCHEDULE|ANNEX|APPENDIX|PREAMBLE)$"
)
_WORDY = re.compile(r"[^\W\d_]{3}|[\u0590-\U0003ffff]")
_MATHS = re.compile(r"[=∑∫∏√∂∇≤≥∈≈]")
# Above the steps of a half point to which sizes are rounded (1.05 of 10 points), below the smallest step that
# typesetters use for a heading (12 on 10 points).
LARGER = 1.12
"""Of the body's size: larger type is a heading's."""
# More than a heading's step above the body, less than titles have (15 and more on 10 points). Chosen.
TITLE = 1.25
"""Of the body's size: a title's type."""
# Words of a text that ends as a sentence does, from which larger type makes it no heading. Fewer, and "What is a mill."
# is text; more, and an introduction in large print becomes a heading. Chosen, not measured.
_SENTENCE_WORDS = 8
# Words that must stand below a line which only its wording makes a heading: about a line of text. Fewer, and entries of
# numbered lists head each other; more, and headings over short paragraphs stay text. Chosen, not measured.
_PARAGRAPH_WORDS = 12
# Lines of a heading that only its wording shows. Three lines of capitals are a notice or an address, not a heading.
_HEADING_LINES = 2
# Commas of a text that is a list, as of authors, who stand in bold or large type right below a title. Fewer, and
# headings that name three things become text; more, and three authors become a heading. Chosen, not measured.
_NAMES = 3
# A name with the mark of its note or its house, as authors stand below a title; a heading with a note is rare there.
_AUTHOR = re.compile(r"^[^\d.]{3,80}<sup>[∗*⋆†‡§¶♯\d, a-z]{1,8}</sup>$")
# What a form has, in whatever type: a box to be ticked, dots to be written on.
_TO_FILL = re.compile(r"[☐☑☒◻]")
_LETTERED = re.compile(r"\(?[a-z]{1,4}\)\s")
_SENTENCE_END = re.compile(r"[.;,:—–]$")  # a dash leads to what is said below


def heading_of(block: Block, facts: PageFacts, beside: Beside) -> Piece | None:
    """A short block in larger or bolder type than the body, or a line over text that is worded as a heading is."""
    text = joined(block, facts)
    body, size = facts.context.body_size, block.size
    larger = size > LARGER * body
    bold = all(line.bold for line in block.lines) and size > 0.95 * body
    # Titles of papers take four lines; bold type of the body's size that runs over more than two is a stressed
    # paragraph.
    short = len(block.lines) <= (4 if size > 1.3 * body else 2) and len(text) <= 200
    if not short or not _has_words(text) or CAPTION.match(text) or _is_to_fill(block) or _has_items(block):
        return None
    if not (larger or bold or _is_division(block, beside)) and not _is_worded_as_heading(block, text, facts, beside):
        return None
    if _SENTENCE_END.search(text) and not _SECTION.match(text) and (not larger or _is_sentence(block, body)):
        return None
    # Only on page 1, in its upper half and in the document's largest type: later pages repeat titles in running heads.
    label = "title" if _is_title(block, facts) else "sub_title"
    if label != "title" and (text.count(",") >= _NAMES or (facts.number == 1 and _AUTHOR.search(text))):
        return None
    level = 1 if label == "title" else _level(text, size, facts)
    return Piece(label, block.box, "#" * level + " " + text)


def heading_apart(block: Block) -> list[Block]:
    """The block, cut behind what heads it: lines in capitals at its top, in type of its size, or a text beside it."""
    if aside := _beside(block):
        return [block_of(list(block.lines[:aside])), block_of(list(block.lines[aside:]))]
    shouted = 0
    while shouted < len(block.lines) and _CAPITALS.match(block.lines[shouted].text):
        shouted += 1
    if not 0 < shouted <= _HEADING_LINES or shouted == len(block.lines):
        return [block]
    return [block_of(list(block.lines[:shouted])), block_of(list(block.lines[shouted:]))]


def _beside(block: Block) -> int:
    """How many lines at the top of a block stand left of the line behind them, in one row (`fields.py`)."""
    rows = enumerate(pairwise(block.lines), 1)
    return next((at for at, (a, b) in rows if a.box.x1 < b.box.x0 and a.box.is_level_with(b.box)), 0)


def _has_words(text: str) -> bool:
    """Whether there is a word of three letters, or any of a script without spaces; formulas have signs instead."""
    return any(c.isalpha() for c in text) and bool(_WORDY.search(text)) and not _MATHS.search(text)


def _is_to_fill(block: Block) -> bool:
    """Whether its first line is a form's."""
    text = block.lines[0].text
    return bool(_TO_FILL.match(text) or LEADERS.search(text))


def _has_items(block: Block) -> bool:
    """Whether a line below the first begins an item: a clause and what it lists, in whatever type."""
    return any(_LETTERED.match(line.text) for line in block.lines[1:])


def _is_sentence(block: Block, body: float) -> bool:
    """Text that only stands in larger type than a page's small print: its end is a sentence's."""
    return block.size <= 1.3 * body and sum(len(line.words) for line in block.lines) >= _SENTENCE_WORDS


def _is_division(block: Block, beside: Beside) -> bool:
    """A line that only names a part ("PART I", "Article 5"), with its title or not, or that title right below it."""
    if _DIVISION.match(block.lines[0].text):
        return len(block.lines) <= _HEADING_LINES
    above = beside.before
    if not isinstance(above, Block) or len(above.lines) + len(block.lines) > _HEADING_LINES:
        return False
    centred = abs(above.box.middle[0] - block.box.middle[0]) < 2 and abs(above.box.x0 - block.box.x0) > block.size
    near = block.box.y0 - above.box.y1 < block.size
    return bool(_DIVISION.match(above.lines[0].text)) and centred and near


def _is_worded_as_heading(block: Block, text: str, facts: PageFacts, beside: Beside) -> bool:
    """Body type, or small capitals, with a number or all in capitals, right over a paragraph or a numbered heading."""
    if (
        len(block.lines) > _HEADING_LINES
        or block.lines[0].mono
        or block.size < 0.7 * facts.context.body_size
        or len(text) > 70
    ):
        return False
    if _SENTENCE_END.search(text) or not isinstance(beside.after, Block):
        return False
    numbered = None if _DATE.match(text) else _NUMBERED.match(text)
    small = len(block.lines) > 1 or block.size < 0.9 * facts.context.body_size
    if (numbered and small) or (not numbered and (facts.context.capitals or not _CAPITALS.match(text))):
        return False
    after, gap = beside.after.lines[0].text, beside.after.box.y0 - block.box.y1
    if not -0.5 * block.size < gap < 4 * block.size or beside.after.box.overlap_x(block.box) <= 0:
        return False
    is_listed = numbered and any(_is_next(numbered[1], one) for one in (beside.before, beside.after))
    inner = numbered and (found := _NUMBERED.match(after)) and found[1].startswith(numbered[1].rstrip(".") + ".")
    return not is_listed and (bool(inner) or sum(len(line.words) for line in beside.after.lines) >= _PARAGRAPH_WORDS)


def _is_next(number: str, other: Block | Piece | None) -> bool:
    """Whether a block begins with a number of the same depth, so that both are items of a list."""
    found = _NUMBERED.match(other.lines[0].text) if isinstance(other, Block) else None
    return found is not None and found[1].strip(".").count(".") == number.strip(".").count(".")


def joined(block: Block, facts: PageFacts) -> str:
    """The block as one line of text: the lines of a heading or a running head belong together."""
    paragraph = paragraph_of(block.lines, facts.context.known)
    return defused(paragraph.marker + paragraph.text)


def _is_title(block: Block, facts: PageFacts) -> bool:
    sizes = facts.context.heading_sizes
    largest = bool(sizes) and block.size >= 0.97 * sizes[0]
    return (
        facts.number == 1
        and largest
        and block.size > TITLE * facts.context.body_size
        and (block.box.y0 < 0.5 * facts.height)
    )


def _level(text: str, size: float, facts: PageFacts) -> int:
    """2..6: by section number where there is one, else by rank of the font size."""
    if (found := _SECTION.match(text)) and found["number"][0].isdigit():
        return min(2 + found["number"].count("."), 6)
    # One level by size at most: which of several sizes means which level only numbers tell.
    rank = sum(s > 1.05 * size for s in facts.context.heading_sizes)
    return min(2 + min(rank, 1), 6)
