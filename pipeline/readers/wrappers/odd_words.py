"""Words that no language writes: capitals and digits in their midst, as where letters of another script are read as the
Latin ones that they resemble."""

from __future__ import annotations

import re
from itertools import pairwise

MARKUP = re.compile(r"<\|ref\|>.*?<\|/det\|>|<[^<>]*>", re.DOTALL)
"""Of a grounded text: heads of blocks with their boxes, tags of tables."""
_COMMAND = re.compile(r"\\[A-Za-z]+")  # of a formula
# Shorter ones are units and numbers of paragraphs.
_WORD = re.compile(r"[^\W_]{3,}")
_DIGIT_WITHIN = re.compile(r"[^\W\d_]\d+[^\W\d_]")
# So that one name in a line of three words says little.
_PRIOR = 4
"""Words that are taken for even beside those of a text."""


def odd_share(text: str) -> float:
    """Share of the words of a grounded text that are odd, 0..1: a capital behind a small letter, or a digit between
    letters. Few pages of any Latin script have more than a tenth of them; Russian that is read as Latin has most."""
    words = [word for word in _WORD.findall(_COMMAND.sub(" ", MARKUP.sub(" ", text))) if not word.isdigit()]
    return sum(map(_is_odd, words)) / (len(words) + _PRIOR)


def _is_odd(word: str) -> bool:
    inner = any(before.islower() and after.isupper() for before, after in pairwise(word))
    return inner or _DIGIT_WITHIN.search(word) is not None
