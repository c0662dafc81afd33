"""Formulas in text: found, given the delimiters that were asked for, and kept from being read as Markdown or HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from output.options import MathStyle
from output.text import tex

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
    """A formula within a line of text; one that is broken as code, so that no renderer stumbles over it."""
    latex = _ended(" ".join(latex.split()))
    if (fitted := tex.fit(latex, display=False)) is None:
        return _code(latex)
    body = _safe(fitted, style)
    return f"${body}$" if style is MathStyle.DOLLAR else rf"\({body}\)"


def inline_in_html(latex: str, style: MathStyle) -> str:
    """A formula within a line of HTML, in text that is yet to be escaped; one that is broken without delimiters."""
    latex = _ended(" ".join(latex.split()))
    return latex if tex.fit(latex, display=False) is None else inline(latex, style)


def display(latex: str, style: MathStyle) -> str:
    """A formula in lines of its own; one that is broken as code.

    Lines that Markdown would take for a list, heading or rule are joined.
    """
    lines = [line.strip() for line in _ended(latex).split("\n") if line.strip()]
    if (fitted := tex.fit("\n".join(lines), display=True)) is None:
        return fenced("\n".join(lines), "latex")
    lines = fitted.split("\n")
    if any(_READ_AS_BLOCK.match(line) for line in lines):
        lines = [" ".join(lines)]
    body = _safe("\n".join(lines), style)
    # A formula may begin with a minus sign, and Markdown looks at the line before any renderer of formulas does.
    if _READ_AS_BLOCK.match(body):
        body = "{} " + body  # an empty group: no ink, and the line no longer begins with a list marker
    return f"$$\n{body}\n$$" if style is MathStyle.DOLLAR else f"\\[\n{body}\n\\]"


def fenced(code: str, language: str) -> str:
    """Lines of code in a fence that they cannot close."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


def _code(text: str) -> str:
    """Text as a code span, in as many backticks as it takes."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    ticks, space = "`" * (longest + 1), " " if "`" in (text[:1], text[-1:]) else ""
    return f"{ticks}{space}{text}{space}{ticks}"


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


def _ended(latex: str) -> str:
    """Without a last backslash, as of `\\ `, which would escape the delimiter."""
    latex = latex.rstrip()
    return latex[:-1].rstrip() if (len(latex) - len(latex.rstrip("\\"))) % 2 else latex


def _safe(latex: str, style: MathStyle) -> str:
    latex = re.sub(r"<(?=[A-Za-z/!?])", "< ", latex).replace("](", "] (")
    if style is MathStyle.DOLLAR:
        latex = re.sub(r"(?<!\\)\$([^$]*)(?<!\\)\$", r"\\(\1\\)", latex)  # \text{if $x$}
        latex = re.sub(r"(?<!\\)\$", r"\\$", latex)
    return latex.strip()
