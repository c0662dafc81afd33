"""How far what was read agrees with the PDF's own text: the one check of a reader that needs no truth."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

from output.compare.own import OwnWord, inside
from output.compare.tokens import plain, words
from output.grounding.accounts import Agreement
from output.grounding.blocks import Box, PageBlocks
from output.grounding.parser import GRID
from output.grounding.roles import Role, role

# Chosen, not measured: a page in ten of whose letters one is wrong is not worth reading, while ligatures, formulas and
# headings in small capitals cost two or three in a hundred of a page that was read well.
LEAST_CHARACTERS = 0.9
"""Below this share of characters found again, or of characters that are there, a page is doubtful."""
# Chosen, not measured: with one letter in twenty wrong, words of five letters are right in .77 of all cases. Higher,
# and pages of formulas are doubtful throughout; lower, and a page of another document passes.
LEAST_WORDS = 0.7
"""The same for words: any two English pages share most of their letters, but not their words."""

# Letters and digits: less own text, such as a stamp or a page number, says nothing about a page.
_LEAST_TEXT = 20
# Share of the page from which a figure is no figure but a page that was not read. Larger, and a network may excuse the
# words of half a page by calling it an image; smaller, and full-page plots are told as losses. Chosen.
_WIDE = 0.5


def excuses(figure: Box) -> bool:
    """Whether own words inside a figure need not have been read."""
    return (figure.x2 - figure.x1) * (figure.y2 - figure.y1) < _WIDE * GRID**2


def agreement(page: PageBlocks, own: Sequence[OwnWord]) -> Agreement | None:
    """Compare the letters and digits, and the words, of a page as multisets; None where there is too little own text.

    Markup, punctuation and order do not count. Own words inside a figure (axis labels, say) need not have been read,
    but may: they count for precision, not for recall.
    """
    figures = [box for block in page.blocks if role(block.label) is Role.FIGURE for box in block.boxes]
    pictured = [box for box in figures if excuses(box)]
    needed = "\n".join(word.text for word in own if not inside(word, pictured, page))
    whole = "\n".join(word.text for word in own)
    read = "\n".join(plain(block.text) for block in page.blocks)
    if len(_characters(needed)) < _LEAST_TEXT:
        return None
    return Agreement(
        _share(_characters(needed), _characters(read)),
        _share(_characters(read), _characters(whole)),
        _share(words(needed), words(read)),
        _share(words(read), words(whole)),
    )


def doubtful(found: Agreement) -> bool:
    """Whether a person should look at the page."""
    return (
        min(found.character_recall, found.character_precision) < LEAST_CHARACTERS
        or min(found.word_recall, found.word_precision) < LEAST_WORDS
    )


def in_words(found: Agreement) -> str:
    """One line for people. Shares are rounded down, so that 100 % is really all of it."""
    recall, precision, words, right = (
        int(share * 100)
        for share in (found.character_recall, found.character_precision, found.word_recall, found.word_precision)
    )
    return (
        f"{recall} % of the PDF's own characters and {words} % of its words were read; "
        f"{precision} % of the characters and {right} % of the words that were read are in the PDF"
    )


def _characters(text: str) -> str:
    # Letters and digits alone: two readings of a page differ in spaces, dashes and quotes without differing in content.
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isalnum())


def _share(part: Sequence[str], whole: Sequence[str]) -> float:
    """How much of the multiset `part` is in `whole`: 0..1; all of it where it is empty."""
    return (Counter(part) & Counter(whole)).total() / len(part) if part else 1.0
