"""The two ways in which members write a block's label and place, and one turned into the other."""

from __future__ import annotations

import re
from typing import Final, Literal

Grammar = Literal["ref-det", "det"]
"""`<|ref|>LABEL<|/ref|><|det|>[[x1, y1, x2, y2]]<|/det|>` and a line break, or `<|det|>LABEL [x1, y1, x2, y2]<|/det|>`
with the text right behind it."""

PAGE: Final = "<PAGE>"
"""What stands before every page where several are read at once; no special token."""

_HEAD: Final = re.compile(r"<\|ref\|>([^<\n]*)<\|/ref\|><\|det\|>\[(\[[\d, ]+\])\]<\|/det\|>\n?")
_BETWEEN: Final = re.compile(r"\n\n+(?=<\|det\|>)")


def as_written(text: str, grammar: Grammar) -> str:
    """A text whose heads are of the first kind, as a member of this grammar writes it."""
    if grammar == "ref-det":
        return text
    return _BETWEEN.sub("\n", _HEAD.sub(r"<|det|>\1 \2<|/det|>", text)).rstrip("\n")
