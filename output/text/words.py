"""Words that a line end broke: `high- quality` and `trans- former` mended by what the document and English have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from output.text import english, maths

Vocabulary = Counter[str]
"""How often a document has each word, lower case; hyphenated words count as one word, broken ones not at all."""

_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_]+(?:-[^\W\d_]+)*")
_BROKEN = re.compile(r"(?<![^\W_])([^\W_]{1,40})-[ \n](?=([^\W_]{1,40}))")
_BROKEN_WORD = re.compile(r"[^\W\d_]+-[ \n][^\W\d_]+")
_SOFT_HYPHEN = re.compile("\u00ad\\s?")
# "double- and triple-annotated": the first word is short for a longer one, and its hyphen hangs on purpose.
_SUSPENDING = frozenset(
    {"and", "or", "nor", "to", "und", "oder", "bzw", "sowie", "bis", "et", "ou", "y", "e", "o", "en", "och"}
)
_PREFIXES = (
    "anti bi co counter cross ex inter intra macro meta micro mid mini multi non over post pre pseudo quasi re self "
    "semi sub tri ultra under"
)
_MAY_BE_FIRST = frozenset(_PREFIXES.split())
_KEEP_BEHIND = frozenset({"self", "non"})
_TAILS = "based driven free level like mounted oriented shaped specific style themed type wide"
_KEEP_BEFORE = frozenset(_TAILS.split())


def vocabulary(texts: Iterable[str]) -> Vocabulary:
    """Count the words of all texts."""
    return Counter(word.lower() for text in texts for word in _WORD.findall(_BROKEN_WORD.sub(" ", text)))


def mend(text: str, known: Vocabulary) -> str:
    """Close the gap after a hyphen, and drop the hyphen too where it only broke a word. Formulas stay."""
    out, at = [], 0
    for formula in maths.find(text):
        out += [_mend_words(text[at : formula.start], known), text[formula.start : formula.end]]
        at = formula.end
    return "".join([*out, _mend_words(text[at:], known)])


def _mend_words(text: str, known: Vocabulary) -> str:
    text = _SOFT_HYPHEN.sub("", text)

    def close(match: re.Match[str]) -> str:
        first, second = match.groups()
        if second.lower() in _SUSPENDING:
            return match[0]
        in_chain = text[match.start() - 1 : match.start()] == "-"  # state-of-the- art
        return first if not in_chain and _broke(first, second, known) else first + "-"

    return _BROKEN.sub(close, text)


def _broke(first: str, second: str, known: Vocabulary) -> bool:
    """Whether the two are halves of one word, rather than two words with a hyphen of their own."""
    if not (second[0].islower() and first[-1].isalpha()) or len(first) == 1 or len(first + second) < 4:
        return False
    first, second = first.lower(), second.lower()
    joined, hyphenated = known[first + second], known[f"{first}-{second}"]
    # The document's own spelling first, whichever of the two it uses more often; a word list only where it is silent.
    if joined != hyphenated:
        return joined > hyphenated
    if not (first + second).isascii():
        return not (known[first] and known[second])  # the list is English
    return english.is_word(first + second) or not _may_be_compound(first, second, known)


def _may_be_compound(first: str, second: str, known: Vocabulary) -> bool:
    if first in _KEEP_BEHIND or second in _KEEP_BEFORE:
        return True
    is_first = first in _MAY_BE_FIRST or english.is_word(first) or known[first] > 0
    return is_first and (english.is_word(second) or known[second] > 0)
