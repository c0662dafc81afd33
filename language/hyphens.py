"""What a hyphen at the end of a line was: the mark of a broken word, part of a compound, or one that hangs.

The one rule of the house: the text layer asks it where it joins the lines of a PDF, the output where a model wrote
`high- quality`, as it saw a line end there.
"""

from __future__ import annotations

from collections import Counter

from language import english

Vocabulary = Counter[str]
"""How often a document has each word, lower case; hyphenated words count as one word, broken ones not at all."""

# "double- and triple-annotated": the first word is short for a longer one, and its hyphen hangs on purpose.
_HANG_BEFORE = frozenset({"and", "und", "oder", "bzw", "sowie", "och"})
# These are endings of words, too (rifiu-to, mach-en, mot-or): the hyphen hangs only behind a whole word or a prefix.
_MAY_HANG_BEFORE = frozenset({"or", "nor", "to", "bis", "et", "ou", "y", "e", "o", "en"})
_PREFIXES = (
    "anti bi co counter cross ex inter intra macro meta micro mid mini multi non over post pre pseudo quasi re self "
    "semi sub tri ultra under"
)
_MAY_BE_FIRST = frozenset(_PREFIXES.split())
_KEEP_BEHIND = frozenset({"self", "non"})
_TAILS = "based driven free level like mounted oriented shaped specific style themed type wide"
_KEEP_BEFORE = frozenset(_TAILS.split())


def between(first: str, second: str, known: Vocabulary, *, in_chain: bool = False) -> str:
    """What belongs between two parts that a hyphen and a line's end (or a gap) part: "", "-" or "- ".

    `in_chain`: a hyphen stands before the first, too, as in state-of-the- / art.
    """
    if _hangs(first.lower(), second.lower(), known):
        return "- "
    return "" if not in_chain and _broke(first, second, known) else "-"


def _hangs(first: str, second: str, known: Vocabulary) -> bool:
    if known[first + second] or english.is_word(first + second):
        return False  # thou-sand and gra-y, however they are parted
    return second in _HANG_BEFORE or (second in _MAY_HANG_BEFORE and _may_be_first(first, known))


def _broke(first: str, second: str, known: Vocabulary) -> bool:
    """Whether the two are halves of one word, rather than two words with a hyphen of their own."""
    if not (second[0].islower() and first[-1].isalpha()) or len(first + second) < 4:
        return False
    first, second = first.lower(), second.lower()
    joined, hyphenated = known[first + second], known[f"{first}-{second}"]
    # The document's own spelling first, whichever of the two it uses more often: names and terms are in no list. A word
    # list only where it is silent.
    if joined != hyphenated:
        return joined > hyphenated
    if len(first) == 1:  # x-axis and e-mail; but a-tion, where a scan's text has a gap before it
        return not (english.is_word(second) or (known[second] > 0 and not english.is_word(first + second)))
    if not (first + second).isascii():
        return not (known[first] and known[second])  # the list is English
    return english.is_word(first + second) or not _may_be_compound(first, second, known)


def _may_be_compound(first: str, second: str, known: Vocabulary) -> bool:
    if first in _KEEP_BEHIND or second in _KEEP_BEFORE:
        return True
    return _may_be_first(first, known) and _is_word(second, known)


def _may_be_first(first: str, known: Vocabulary) -> bool:
    return first in _MAY_BE_FIRST or _is_word(first, known)


def _is_word(word: str, known: Vocabulary) -> bool:
    return english.is_word(word) or known[word] > 0
