"""What a cell may hold: numbers, signs, marks, and what of it is never wrapped."""

from __future__ import annotations

import re

from pipeline.text_layer.lines.lines import Line

_NOTHING = re.compile(r"[-–—−‒…·.*×x|+]{1,3}|n\.?/?\s?a\.?|k\.\s?A\.", re.I)
# How many a group has, under its name in a head.
_GROUP = re.compile(r"[(\[]?[nN]\s?=")
# In what a column is counted, in its head: (in 1,000).
_UNIT = re.compile(r"[(\[][^\W\d_]*[^\W\d_A-Z][^\W\d_]*\.?\s")
_BULLET = re.compile(r"[•◦▪●○■□‣⁃∙·➢❖✓]")
_DOTS = re.compile(r"[.…·]+")
_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"\d")
_SIGNS = re.compile(r"(?:[$€£¥₹%‰()\[\]±+#]|USD|EUR|CHF|GBP|Rs\.?)+")


def word_count(line: Line) -> float:
    """Words of a line, without leaders; two signs of Chinese count as one."""
    words = sum(not _DOTS.fullmatch(word.text) for word in line.words)
    return max(words, sum(ord(c) > 0x2E7F for c in line.text) / 2)


def is_value(text: str) -> bool:
    """Whether a cell's text is a number, an amount, a date, or a sign that stands for none: what is never wrapped."""
    text = text.strip()
    if _NOTHING.fullmatch(text):
        return True
    if _GROUP.match(text) or _UNIT.match(text):
        return False
    digits = len(_DIGIT.findall(text))
    return digits > 0 and len(_LETTER.findall(_SIGNS.sub("", text))) <= min(digits, 3)


def is_answer(text: str) -> bool:
    """Whether a cell has a value, or a mark alone: a tick, a dot."""
    return is_value(text) or is_bullet(text)


def is_sign(text: str) -> bool:
    """Whether the text is but a currency sign, a per cent sign or a bracket that belongs to a number beside it."""
    return bool(_SIGNS.fullmatch(text.strip()))


def is_bullet(text: str) -> bool:
    """Whether the text is but the mark of a list's item."""
    return bool(_BULLET.fullmatch(text.strip()))


def has_bullet(text: str) -> bool:
    """Whether the text begins as a list's item does."""
    return bool(_BULLET.match(text.strip()))
