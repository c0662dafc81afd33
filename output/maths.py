"""Formulas in text: found, given the delimiters that were asked for, and kept from being read as Markdown or HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from output.options import MathStyle

# Inside the delimiters: an escaped backslash, a command, or a plain character. Exactly one way to match, so linear.
_FORMULA = re.compile(
    r"(?<!\\)(?:"
    r"\\\((?P<inline>(?:\\\\|\\(?![\\()])|[^\\])*+)\\\)(?P<digits>\d+(?:[.,]\d+)*)?"
    r"|\\\[(?P<display>(?:\\\\|\\(?![\\\[\]])|[^\\])*+)\\\]"
    r"|\$\$(?P<dollars>[^$]{1,4000})\$\$"
    r"|\$(?P<dollar>[^\s$](?:[^$\n]{0,400}[^\s$\\])?)\$(?!\d)"
    r")"
)
_LOOKS_LIKE_TEX = re.compile(r"[\\^_{]")
_BLANK_LINE = re.compile(r"\n\s*\n")
_READ_AS_BLOCK = re.compile(r"[-+*>#=|:`~<]|\d+[.)]")
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\{(?:equation|displaymath|math)\*?\}")


@dataclass(frozen=True)
class Formula:
    """A formula at text[start:end]; `latex` is what stands between its delimiters."""

    start: int
    end: int
    latex: str
    display: bool


def find(text: str) -> Iterator[Formula]:
    """Formulas in `\\( \\)`, `\\[ \\]`, `$$ $$`, and in `$ $` where it looks like TeX; unbalanced ones are text."""
    for match in _FORMULA.finditer(text):
        kind = next(name for name in ("inline", "display", "dollars", "dollar") if match[name] is not None)
        latex = match[kind]
        if not latex.strip() or (kind != "display" and _BLANK_LINE.search(latex)):
            continue
        if kind == "dollar" and not _LOOKS_LIKE_TEX.search(latex):
            continue
        # A closing dollar must not be followed by a digit, so the digits move into the formula.
        yield Formula(match.start(), match.end(), latex + (match["digits"] or ""), kind in ("display", "dollars"))


def inline(latex: str, style: MathStyle) -> str:
    """A formula within a line of text."""
    body = _safe(" ".join(latex.split()), style)
    return f"${body}$" if style is MathStyle.DOLLAR else rf"\({body}\)"


def display(latex: str, style: MathStyle) -> str:
    """A formula in lines of its own. Lines that Markdown would take for a list, heading or rule are joined."""
    lines = [line.strip() for line in latex.split("\n") if line.strip()]
    if any(_READ_AS_BLOCK.match(line) for line in lines):
        lines = [" ".join(lines)]
    body = _safe("\n".join(lines), style)
    if _READ_AS_BLOCK.match(body):
        body = "{} " + body  # an empty group: no ink, and the line no longer begins with a list marker
    return f"$$\n{body}\n$$" if style is MathStyle.DOLLAR else f"\\[\n{body}\n\\]"


def undelimited(text: str) -> str:
    """A whole formula block without delimiters, whichever the model wrote, or the text as it is."""
    text = _ENVIRONMENT.sub("", text).strip()
    for left, right in ((r"\[", r"\]"), ("$$", "$$"), (r"\(", r"\)"), ("$", "$")):
        if text.startswith(left) and right not in text[len(left) :]:
            return text[len(left) :].strip()  # the page was cut off here
        if text.startswith(left) and text.endswith(right) and len(text) > len(left) + len(right):
            inner = text[len(left) : -len(right)]
            return text if left in inner and left != r"\(" else inner.strip()
    return text


def _safe(latex: str, style: MathStyle) -> str:
    latex = re.sub(r"<(?=[A-Za-z/!?])", "< ", latex).replace("](", "] (")
    if style is MathStyle.DOLLAR:
        latex = re.sub(r"(?<!\\)\$([^$]*)(?<!\\)\$", r"\\(\1\\)", latex)  # \text{if $x$}
        latex = re.sub(r"(?<!\\)\$", r"\\$", latex)
    if (len(latex) - len(latex.rstrip("\\"))) % 2:
        latex = latex[:-1]  # a last backslash would escape the delimiter
    return latex.strip()
