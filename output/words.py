"""Words that a line end broke: `high- quality` and `trans- former` mended with the document's own vocabulary."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from output import maths

Vocabulary = Counter[str]
"""How often a document has each word, lower case; hyphenated words count as one word."""

_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_]+(?:-[^\W\d_]+)*")
_BROKEN = re.compile(r"(?<![^\W_])([^\W_]{1,40})-[ \n](?=([^\W_]{1,40}))")
_SOFT_HYPHEN = re.compile("\u00ad\\s?")
# "double- and triple-annotated": the first word is short for a longer one, and its hyphen hangs on purpose.
_SUSPENDING = frozenset(
    {"and", "or", "nor", "to", "und", "oder", "bzw", "sowie", "bis", "et", "ou", "y", "e", "o", "en", "och"}
)


def vocabulary(texts: Iterable[str]) -> Vocabulary:
    """Count the words of all texts."""
    return Counter(word.lower() for text in texts for word in _WORD.findall(text))


def mend(text: str, known: Vocabulary) -> str:
    """Close the gap after a hyphen; drop the hyphen too where `known` has the joined word more often. Formulas stay."""
    out, at = [], 0
    for formula in maths.find(text):
        out += [_mend_words(text[at : formula.start], known), text[formula.start : formula.end]]
        at = formula.end
    return "".join([*out, _mend_words(text[at:], known)])


def _mend_words(text: str, known: Vocabulary) -> str:
    def close(match: re.Match[str]) -> str:
        first, second = match.groups()
        if second.lower() in _SUSPENDING:
            return match[0]
        joined, hyphenated = (first + second).lower(), f"{first}-{second}".lower()
        dropped = second[0].islower() and len(joined) >= 4 and known[joined] > known[hyphenated]
        return first if dropped else first + "-"

    return _BROKEN.sub(close, _SOFT_HYPHEN.sub("", text))
