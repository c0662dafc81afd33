"""Words that a line end broke, `high- quality` and `trans- former`, as `language.hyphens` says they were."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from language.hyphens import Vocabulary, between
from output.text import maths

_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_]+(?:-[^\W\d_]+)*")
_BROKEN = re.compile(r"(?<![^\W_])([^\W_]{1,40})-[ \n](?=([^\W_]{1,40}))")
_BROKEN_WORD = re.compile(r"[^\W\d_]+-[ \n][^\W\d_]+")
_SOFT_HYPHEN = re.compile("\u00ad\\s?")


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
        in_chain = text[match.start() - 1 : match.start()] == "-"  # state-of-the- art
        link = between(match[1], match[2], known, in_chain=in_chain)
        return match[0] if link == "- " else match[1] + link

    return _BROKEN.sub(close, text)
