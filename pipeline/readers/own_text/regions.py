"""Regions that a page's own text could not lay out, as a network read them: its layout, checked word by word.

The text layer knows every letter but not always which belong together; a network sees that, but may misread. So its
table or formula is taken only where it says the same as the own text, and each number as it stands there.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.model.family.blocks import blocks
from pipeline.transcript import Box, Doubt, Transcript

_TAG = re.compile(r"<[^<>]*>")
# A number is what stands before, in and behind its digits, too: −1.9 is not 1.9, and 1,234 not 1.234.
_WORD = re.compile(r"[-+]?\d+(?:[.,:/'’]\d+)*[%‰]?|[^\W\d]+")
_DASHES = str.maketrans("−–‐‑", "----")
_COMMAND = re.compile(r"\\(?:begin|end)\{[^}]*\}|\\[A-Za-z]+|&|\\.")
_SIGN = re.compile(r"[A-Za-z0-9]")

# Names of functions, which the page prints and TeX has commands for.
_FUNCTION = re.compile(
    r"\b(?:sin|cos|tan|cot|sec|csc|arc\w{3}|sinh|cosh|tanh|log|ln|exp|lim|max|min|sup|inf|det)\b", re.I
)
_OPERATOR = re.compile(r"[-+=]")
# What may stand in a table's place: anything else is left out of the result or becomes a picture, with its words.
_TABLES = {"table", "table_caption", "table_footnote", "text", "title", "sub_title", "list"}
_FORMULAS = {"equation", "formula", "display_formula", "isolate_formula", "interline_equation"}

# Of the network's block that must lie in the region: blocks beside it touch it with their edges, and boxes of networks
# are off by a line at most. Half parts the two; chosen, as there are no blocks in between.
_INSIDE = 0.5
_SAME_WORDS = 0.98  # of both sides: one word in fifty may differ by a hyphen or an accent; numbers never
# Of the letters and digits: TeX spells out what the page draws (\sum, \alpha), and sets limits in another order. A
# formula that lacks one letter of ten is another formula.
_SAME_SIGNS = 0.95

_NOWHERE: Box = (0, 0, 0, 0)


@dataclass(frozen=True)
class _Part:
    """A block as it stands in its text, `raw`, with its label, its first box, and what stands under its head."""

    label: str
    box: Box
    raw: str
    content: str


def settled(own: Transcript, seen: Transcript) -> Transcript:
    """The page's own text, with what `seen` has in place of the doubts that it settles; `own` where it settles none.

    `seen` is a network's reading of the same page, whose other blocks are not looked at.
    """
    mine, theirs = _parts(own.text), _parts(seen.text)
    if not seen.finish.good or len(mine) <= max((at for doubt in own.doubts for at in doubt.blocks), default=0):
        return own
    instead: dict[int, Sequence[_Part]] = {}
    for doubt in own.doubts:
        answer = _answer(doubt, [mine[at] for at in doubt.blocks], theirs)
        if answer:
            instead |= dict.fromkeys(doubt.blocks, ()) | {doubt.blocks[0]: answer}
    if not instead:
        return own
    parts = (part for at, own_part in enumerate(mine) for part in instead.get(at, (own_part,)))
    text = "".join(part.raw.rstrip("\n") + "\n\n" for part in parts)
    return replace(
        own, text=text, reader=f"{own.reader}+{seen.reader}", prompt_tokens=seen.prompt_tokens,
        output_tokens=seen.output_tokens, confidence=seen.confidence, drafted=seen.drafted,
    )  # fmt: skip


def _answer(doubt: Doubt, own: Sequence[_Part], theirs: Sequence[_Part]) -> list[_Part]:
    """The blocks that a network has at the place of a doubt, where they are of its kind and say the same; else none."""
    around = _around([block.box for block in own])
    found = [block for block in theirs if _share(block.box, around) >= _INSIDE]
    mine, other = "\n".join(b.content for b in own), "\n".join(b.content for b in found)
    if doubt.kind == "table":
        labels = {block.label for block in found}
        same = "table" in labels and labels <= _TABLES and _same_words(mine, other)
    else:
        same = bool(found) and all(block.label in _FORMULAS for block in found) and _same_signs(mine, other)
    return found if same else []


def _parts(text: str) -> list[_Part]:
    return [
        _Part(b.label, next(iter(b.boxes), _NOWHERE), text[b.start : b.end], text[b.content : b.end].strip())
        for b in blocks(text)
    ]


def _around(boxes: Sequence[Box]) -> Box:
    x1, y1, x2, y2 = zip(*boxes, strict=True)
    return min(x1), min(y1), max(x2), max(y2)


def _share(box: Box, around: Box) -> float:
    """The share of a box that lies in another one."""
    width = min(box[2], around[2]) - max(box[0], around[0])
    height = min(box[3], around[3]) - max(box[1], around[1])
    area = (box[2] - box[0]) * (box[3] - box[1])
    return max(width, 0) * max(height, 0) / area if area > 0 else 0.0


def _same_words(one: str, other: str) -> bool:
    mine, theirs = Counter(_words(one)), Counter(_words(other))
    numbers = [Counter({w: n for w, n in words.items() if any(map(str.isdigit, w))}) for words in (mine, theirs)]
    return numbers[0] == numbers[1] and _alike(mine, theirs) >= _SAME_WORDS


def _words(text: str) -> Iterator[str]:
    plain = html.unescape(_TAG.sub(" ", text)).translate(_DASHES)
    return (word.casefold() for word in _WORD.findall(plain))


def _same_signs(one: str, other: str) -> bool:
    """Whether two formulas have the same letters, digits and + − =, names of functions and of TeX left aside."""
    one = _FUNCTION.sub("", _TAG.sub("", one)).translate(_DASHES)
    other = _FUNCTION.sub("", _COMMAND.sub("", other)).translate(_DASHES)
    mine, theirs = Counter(_SIGN.findall(one)), Counter(_SIGN.findall(other))
    digits = [Counter({c: n for c, n in signs.items() if c.isdigit()}) for signs in (mine, theirs)]
    operators = Counter(_OPERATOR.findall(one)) == Counter(_OPERATOR.findall(other))
    return bool(mine) and operators and digits[0] == digits[1] and _alike(mine, theirs) >= _SAME_SIGNS


def _alike(one: Counter[str], other: Counter[str]) -> float:
    """What two bags share, of the larger one; 1 for two empty ones."""
    return (one & other).total() / max(one.total(), other.total(), 1) if one or other else 1.0
