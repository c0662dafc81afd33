"""Links and emphasis of a piece, written into its text: as Markdown, or as HTML within a table."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from output.grounding.blocks import PLAIN, Style
from output.marks import emphasis, links
from output.marks.emphasis import Run
from output.marks.places import Pending
from output.options import MathStyle
from output.text import escape
from output.text.escape import CODE, LINK, STYLE

_BRACKET = re.compile(r"(?<!\\)([\[\]])")
_MARK = re.compile("([\ufdd2-\ufdd7])")
_HTML = (("struck", "s"), ("bold", "b"), ("italic", "i"), ("code", "code"))


@dataclass(frozen=True)
class Mark:
    """What is to be written around text[start:end]: a link to `target`, or a `style`."""

    start: int
    end: int
    target: str = ""
    style: Style = PLAIN


class Marks:
    """The marks of a piece that are yet to be written; each is written once."""

    def __init__(self, anchors: Iterable[links.Anchor] = (), styled: Iterable[emphasis.Emphasised] = ()) -> None:
        self._links = Pending(link for link in anchors if links.safe(link.target))
        self._styled = Pending(styled)

    def of(self, text: str) -> list[Mark]:
        """The marks of one text, each within or beside the others."""
        leading = [Mark(s.start, s.end, s.target) for s in links.spans(text, self._links.places(text))]
        runs = emphasis.runs(text, self._styled.places(text))
        return sorted([*leading, *_cut(runs, leading, text)], key=lambda m: (m.start, -m.end, m.target != ""))

    def over(self, texts: Sequence[str]) -> list[list[Mark]]:
        """The marks of each of the texts that a piece consists of, as the cells of a table."""
        starts = list(accumulate((len(text) + 1 for text in texts), initial=0))
        found = self.of("\n".join(texts))
        return [
            [
                Mark(max(m.start, start) - start, min(m.end, start + len(text)) - start, m.target, m.style)
                for m in found
                if m.start < start + len(text) and m.end > start
            ]
            for text, start in zip(texts, starts, strict=False)
        ]


def _cut(runs: Sequence[Run], leading: Sequence[Mark], text: str) -> Iterator[Mark]:
    """Runs, cut where a link begins or ends within them."""
    for run in runs:
        crossed = [m for m in leading if m.start < run.start < m.end < run.end or run.start < m.start < run.end < m.end]
        edges = sorted({run.start, run.end, *(m.end for m in crossed if m.start < run.start)}
                       | {m.start for m in crossed if m.start > run.start})  # fmt: skip
        style = run.style
        if crossed or any(run.start <= m.start and m.end <= run.end for m in leading):
            style = style.without(Style(code=True))  # nothing leads anywhere within code
        for start, end in pairwise(edges):
            while start < end and text[start].isspace():
                start += 1
            while start < end and text[end - 1].isspace():
                end -= 1
            if start < end and style != PLAIN:
                yield Mark(start, end, style=style)


def markdown(text: str, marks: Sequence[Mark], math: MathStyle, in_cell: bool = False, starts_line: bool = True) -> str:
    """A text with its marks as Markdown; see `escape.inline`."""
    if not marks:
        return escape.inline(text, math, in_cell, starts_line)
    shown = escape.inline(_marked(text, marks), math, in_cell, starts_line)
    return _resolved(_MARK.split(shown), marks)


def as_html(text: str, marks: Sequence[Mark], shown: Callable[[str], str]) -> str:
    """A text with its marks as HTML; `shown` escapes what is between."""
    out, at = [], 0
    for where, is_open, mark in _events(marks):
        out.append(shown(text[at:where]))
        at = where
        names = [tag for name, tag in _HTML if getattr(mark.style, name)]
        if mark.target:
            target = html.escape(html.unescape(mark.target))
            out.append(f'<a href="{target}">' if is_open else "</a>")
        else:
            out += [f"<{tag}>" for tag in names] if is_open else [f"</{tag}>" for tag in reversed(names)]
    return "".join([*out, shown(text[at:])])


def plain(text: str, marks: Sequence[Mark]) -> str:
    """A text in which nothing but what is struck out is marked."""
    for mark in reversed([mark for mark in marks if mark.style.struck]):
        text = text[: mark.start] + emphasis.STRUCK.format(text[mark.start : mark.end]) + text[mark.end :]
    return text


def _events(marks: Sequence[Mark]) -> Iterator[tuple[int, bool, Mark]]:
    """Where marks open and close, in the order of the text; what opens last closes first."""
    opened: list[Mark] = []
    for mark in marks:
        while opened and opened[-1].end <= mark.start:
            yield opened[-1].end, False, opened.pop()
        opened.append(mark)
        yield mark.start, True, mark
    while opened:
        yield opened[-1].end, False, opened.pop()


def _signs(mark: Mark) -> str:
    return LINK if mark.target else CODE if mark.style.code else STYLE


def _marked(text: str, marks: Sequence[Mark]) -> str:
    """The text with a noncharacter where each mark opens and closes."""
    out, at = [], 0
    for where, is_open, mark in _events(marks):
        out += [text[at:where], _signs(mark)[0 if is_open else 1]]
        at = where
    return "".join([*out, text[at:]])


def _resolved(parts: list[str], marks: Sequence[Mark]) -> str:
    """Escaped text, cut at the noncharacters, as Markdown."""
    events = list(_events(marks))
    written: dict[int, str] = {}
    depth, opened = 0, list[tuple[int, Mark]]()
    for at, (_, is_open, mark) in zip(range(1, len(parts), 2), events, strict=True):
        if is_open:
            opened.append((at, mark))
            depth += bool(mark.target)
        else:
            start, mark = opened.pop()
            written[start], written[at] = _around(parts, start, at, mark)
            depth -= bool(mark.target)
        if depth and not (opened and opened[-1][1].style.code):
            parts[at + 1] = _BRACKET.sub(r"\\\1", parts[at + 1])
    for at, sign in written.items():
        parts[at] = sign
        if sign == "[" and parts[at - 1].endswith("!"):
            parts[at - 1] = parts[at - 1][:-1] + "\\!"  # else it were a picture
    return "".join(parts)


def _around(parts: Sequence[str], start: int, end: int, mark: Mark) -> tuple[str, str]:
    """What opens and what closes a mark; tags where Markdown's own signs would not be read as such."""
    if mark.target:
        return "[", f"]({mark.target})"
    if mark.style.code:
        return "`", "`"
    before, first = _end(parts, start - 1), _begin(parts, start + 1)
    last, after = _end(parts, end - 1), _begin(parts, end + 1)
    if parts[start - 2 : start] == [STYLE[1], ""] or not (_opens(before, first) and _opens(after, last)):
        tags = [tag for name, tag in _HTML if getattr(mark.style, name)]
        return "".join(f"<{tag}>" for tag in tags), "".join(f"</{tag}>" for tag in reversed(tags))
    stars = "*" * (2 * mark.style.bold + mark.style.italic)
    waves = "~~" * mark.style.struck
    return waves + stars, stars + waves


def _opens(outside: str, inside: str) -> bool:
    """Whether a run of stars between the two is one that opens (CommonMark 0.31, 6.2); the same backwards closes."""
    return not inside.isspace() and (
        not escape.is_punctuation(inside) or outside.isspace() or escape.is_punctuation(outside)
    )


def _begin(parts: Sequence[str], at: int) -> str:
    """The first character from here on; a space at the text's end. A mark there counts as punctuation."""
    return parts[at][:1] or (parts[at + 1] if at + 1 < len(parts) else " ")


def _end(parts: Sequence[str], at: int) -> str:
    return parts[at][-1:] or (parts[at - 1] if at > 0 else " ")
