"""What tells a formula from other text: its signs, and that it has no words but the names of functions."""

from __future__ import annotations

import re

# Operators and signs that stand in display formulas and hardly anywhere else in running text. A hyphen or a slash alone
# does not count: lists of sizes and dates are full of them.
MATHS = re.compile(r"[=∑∫∏√∂∇≤≥≠±×∈∞≈→∝⋅·\u0370-\u03ff\u2200-\u22ff\U0001d400-\U0001d7ff]")
"""A sign of mathematics."""

_TAG = re.compile(r"</?su[bp]>|^#+ ", re.M)
# Greek letters stand alone in formulas, or two by two; four are a word of a Greek text.
_WORD = re.compile(r"[^\W\d_\u0370-\u03ff\U0001d400-\U0001d7ff]{3,}|[\u0370-\u03ff]{4,}")
_FUNCTION = re.compile(
    "(?:arc)?(?:sin|cos|tan)h?|cot|sec|csc|log|exp|lim|max|min|sup|inf|det|dim|ker|mod|gcd|arg(?:max|min)?|rank|var|cov|"
    "for|and|where|otherwise"
)


def is_wordless(text: str) -> bool:
    """Whether a text, with or without tags, has no words, but for the names of functions."""
    text = _TAG.sub("", text)
    return bool(text) and all(_FUNCTION.fullmatch(word.lower()) for word in _WORD.findall(text))
