"""The lines of a paragraph as one string."""

from __future__ import annotations

import re

from language.hyphens import Vocabulary, between
from pipeline.text_layer.lines.lines import SOFT_HYPHEN

_CJK = "\u2e80-\u2fdf\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef"
CJK_START = re.compile(f"^[{_CJK}]")
"""Text that begins with Chinese, Japanese or Korean, which has no spaces."""
_CJK_END = re.compile(f"[{_CJK}]$")
# A slash within a word, an address or a path is followed by no blank: "and/or", "https://example.org/a".
_PATH_END, _PATH_START = re.compile(r"[^\s/]/{1,2}$"), re.compile(r"[\w~%]")
_RANGE = re.compile(r"(?<!\s)\d–$")  # and one of numbers goes on: "406–415"
_LONGEST_END = 3  # characters that the longest of these patterns looks at
_LAST_PART = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?$")
_FIRST_PART = re.compile(r"^[^\W\d_]+")


def join_lines(lines: list[str], known: Vocabulary) -> str:
    """One string of the lines: words hyphenated at line ends are mended, CJK text is joined without a space."""
    text = ""
    for line in filter(None, (one.strip() for one in lines)):
        text = _join(text, line, known) if text else line
    return text.replace(SOFT_HYPHEN, "")


def _join(text: str, line: str, known: Vocabulary) -> str:
    if text.endswith(SOFT_HYPHEN):
        return text[:-1] + line
    if text[-1] in "-\u2010" and len(text) > 1 and text[-2].isalnum():
        return _mend(text, line, known)
    end = text[-_LONGEST_END:]
    if _CJK_END.search(end) and CJK_START.match(line):
        return text + line
    if (_PATH_END.search(end) and _PATH_START.match(line)) or (_RANGE.search(end) and line[0].isdigit()):
        return text + line
    return f"{text} {line}"


def _mend(text: str, line: str, known: Vocabulary) -> str:
    """Join a line that ends in a hyphen with the next one, keeping the hyphen where it belongs to the word."""
    head, tail = _LAST_PART.search(text[:-1]), _FIRST_PART.match(line)
    if not head or not tail:
        return text + line
    in_chain = text[: head.start()].endswith("-")  # state-of-the- / art
    link = between(head.group(), tail.group(), known, in_chain=in_chain)
    return text[:-1] + (text[-1] + link[1:] if link else "") + line
