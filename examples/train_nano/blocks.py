"""Setters of single blocks: paragraphs, headings, lists, furniture, code, formulas."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from train_nano import figures, invent
from train_nano.draw import Fill, Mark, Span
from train_nano.layout import Piece, Setter, line_spans, one_line, paragraph
from train_nano.measure import TextStyle, break_lines, measure, width_of
from train_nano.theme import Theme


def body(rng: Generator, theme: Theme, text: str, first: bool = False, label: str = "text") -> Setter:
    """A running paragraph with some emphasised words."""
    text = theme.text(text)
    return paragraph(label, text, theme.running(indent=not first), emphasis(rng, text, theme.emphasis))


def emphasis(rng: Generator, text: str, share: float) -> NDArray[np.int8] | None:
    """Faces (n,) with a few runs of words in bold or italic."""
    if not share or not text:
        return None
    faces = np.zeros(len(text), np.int8)
    words = [0, *(np.flatnonzero(np.frombuffer(text.encode("utf-32-le"), np.uint32) == 32) + 1).tolist(), len(text) + 1]
    for _ in range(int(rng.poisson(share * len(words) / 2))):
        start = int(rng.integers(len(words) - 1))
        end = min(start + int(rng.integers(1, 5)), len(words) - 1)
        faces[words[start] : words[end] - 1] = int(rng.choice([1, 2, 2]))
    return faces


def heading(theme: Theme, text: str, level: int, scale: float, align: str | None = None) -> Setter:
    """A title (level 1) or a sub-title, whose markup is not on the page."""
    text = theme.text(text.upper() if theme.head_caps else text, theme.head)
    style = theme.style(scale, theme.head_face, align or theme.head_align, theme.head)
    style = replace(style, leading=style.size * 1.2, tracking=style.size * 0.05 if theme.head_caps else 0.0)
    setter = paragraph("title" if level == 1 else "sub_title", text, style, prefix="#" * level + " ")
    return underlined(setter, theme) if theme.head_underlined else setter


def underlined(inner: Setter, theme: Theme) -> Setter:
    """The same with a rule under each line."""

    def set_underlined(width: float, room: float) -> tuple[Piece | None, Setter | None]:
        piece, rest = inner(width, room)
        for span in piece.spans if piece else []:
            assert piece is not None
            x, end, y = float(span.x[0]), float(span.x[-1] + span.advance[-1]), span.y + 0.14 * span.size
            piece.marks.append(Fill(x, y, end, y + max(0.05 * span.size, theme.unit * 0.4)))
        return piece, rest

    return set_underlined


def lines(label: str, texts: list[str], style: TextStyle) -> Setter:
    """Lines that stay lines: addresses, code, key and value."""

    def set_lines(width: float, room: float) -> tuple[Piece | None, Setter | None]:
        spans: list[Span] = []
        row, at = 0, 0
        for text in texts:
            m = measure(text, style)
            broken = break_lines(m, width, width, False)
            for line in broken:
                y = style.first_baseline + row * style.leading
                spans += line_spans(m, line, style, 0.0, width, y, last=True, source=at)
                row += 1
            at += len(text) + 1
        height = row * style.leading
        if height > room:
            return None, set_lines
        return Piece(label, "\n".join(texts), width, height, spans), None

    return set_lines


def listing(
    rng: Generator, theme: Theme, items: list[str], ordered: str = "", depths: list[int] | None = None
) -> Setter:
    """A list block, one item a line. `ordered` is the form of the numbers, such as "{}.", or "" for bullets."""
    style = replace(theme.style(align="left" if rng.random() < 0.5 else theme.align), hyphenate=theme.hyphenate)
    step, gap = theme.size * float(rng.uniform(1.2, 2.4)), theme.gap * float(rng.uniform(0, 0.6))
    margin = theme.size * float(rng.choice([0.0, 1.0, 2.0]))
    start = int(rng.integers(1, 4)) if rng.random() < 0.1 else 1
    levels = depths or [0] * len(items)
    marks = _marks(theme, ordered, start, levels)

    def setter(first: int) -> Setter:
        def set_list(width: float, room: float) -> tuple[Piece | None, Setter | None]:
            spans: list[Span] = []
            rows: list[str] = []
            y, at = 0.0, 0
            for i in range(first, len(items)):
                text, (shown, written) = theme.text(items[i]), marks[i]
                written = "  " * levels[i] + written
                x = margin + step * (levels[i] + 1)
                m = measure(text, style)
                broken = break_lines(m, width - x, width - x, style.hyphenate)
                if y + len(broken) * style.leading > room:
                    break
                if not shown[0].isalnum() and shown[0] != "(":
                    spans += [
                        replace(s, source=np.full(len(s.codes), -1))
                        for s in one_line(shown, style, x - 0.85 * step, y + style.first_baseline)
                    ]
                else:
                    spans += one_line(
                        shown, style, x - 0.35 * theme.size, y + style.first_baseline, at + 2 * levels[i], "right"
                    )
                for line in broken:
                    spans += line_spans(
                        m, line, style, x, width - x, y + style.first_baseline, line[1] == len(text), at + len(written)
                    )
                    y += style.leading
                rows.append(written + text)
                at, y = at + len(rows[-1]) + 1, y + gap
            if not rows:
                return None, set_list
            piece = Piece("list", "\n".join(rows), width, y - gap, spans)
            after = first + len(rows)
            return piece, setter(after) if after < len(items) else None

        return set_list

    return setter(0)


def _marks(theme: Theme, ordered: str, start: int, levels: list[int]) -> list[tuple[str, str]]:
    """What stands before each item: on the page and in the transcript."""
    marks, count = [], start - 1
    for level in levels:
        if ordered and not level:
            count += 1
            mark = ordered.format(chr(96 + (count - 1) % 26 + 1) if "(" in ordered else count)
            marks.append((mark, mark + " "))
        else:
            shown = theme.bullet if not level else "–" if theme.bullet != "–" else "-"
            marks.append((theme.text(shown), "- "))
    return marks


def boxed(rng: Generator, theme: Theme, inner: Setter) -> Setter:
    """A block with a frame or a shade around it; the frame is no part of its box."""
    pad, grey = theme.size * float(rng.uniform(0.4, 1.0)), int(rng.integers(200, 245))
    shaded, thick = rng.random() < 0.5, theme.unit * float(rng.uniform(0.4, 1.2))

    def set_boxed(width: float, room: float) -> tuple[Piece | None, Setter | None]:
        piece, rest = inner(width - 2 * pad, room - 2 * pad)
        if piece is None or rest is not None:
            return None, set_boxed
        height = piece.height + 2 * pad
        marks: list[Mark] = (
            [Fill(0, 0, width, height, grey)] if shaded else figures.frame(0, 0, width, height, thick, theme.ink)
        )
        return Piece(None, "", width, height, marks=marks, children=[(piece, pad, pad)]), None

    return set_boxed


def caption(rng: Generator, theme: Theme, label: str, word: str, text: str, number: str) -> Setter:
    """ "Figure 3: …", with the first words bold at times."""
    head = f"{word} {number}{invent.pick(rng, (':', '.', '.', ' –', ''))}"
    text = theme.text(f"{head} {text}")
    faces = np.zeros(len(text), np.int8)
    if rng.random() < 0.4:
        faces[: len(head)] = 1
    style = theme.style(float(rng.choice([0.8, 0.9, 0.9, 1.0])), face=2 if rng.random() < 0.2 else 0)
    style = replace(style, align="center" if rng.random() < 0.4 else theme.align, leading=style.size * 1.2)
    return paragraph(label, text, style, faces)


def banner(rng: Generator, theme: Theme, inner: Setter) -> Setter:
    """White on a dark bar."""
    pad, dark, light = theme.size * float(rng.uniform(0.2, 0.6)), int(rng.integers(0, 110)), int(rng.integers(225, 256))

    def set_banner(width: float, room: float) -> tuple[Piece | None, Setter | None]:
        piece, rest = inner(width - 2 * pad, room - 2 * pad)
        if piece is None or rest is not None:
            return None, set_banner
        for span in piece.spans:
            span.ink = light
        height = piece.height + 2 * pad
        return Piece(
            None, "", width, height, marks=[Fill(0, 0, width, height, dark)], children=[(piece, pad, pad)]
        ), None

    return set_banner


def pairs(label: str, rows: list[tuple[str, str]], style: TextStyle, leader: str = "") -> Setter:
    """Lines with a text at the left and one at the right end, such as prices or page numbers; dots between them.

    The transcript has the two with a space between, without the dots.
    """

    def set_pairs(width: float, room: float) -> tuple[Piece | None, Setter | None]:
        kept = [(a, b) for a, b in rows if width_of(a, style) + width_of(b, style) + style.size < width]
        kept = kept[: max(int(room / style.leading), 0)]
        spans: list[Span] = []
        at = 0
        for i, (a, b) in enumerate(kept):
            y = i * style.leading + style.first_baseline
            spans += one_line(a, style, 0.0, y, at) if a else []
            spans += one_line(b, style, width, y, at + len(a) + bool(a), "right") if b else []
            if leader and a and b:
                spans += _leader(leader, style, width_of(a, style), width - width_of(b, style), y)
            at += len(f"{a} {b}".strip()) + 1
        if not kept:
            return None, set_pairs
        content = "\n".join(f"{a} {b}".strip() for a, b in kept)
        return Piece(label, content, width, len(kept) * style.leading, spans), None

    return set_pairs


def _leader(mark: str, style: TextStyle, start: float, end: float, y: float) -> list[Span]:
    step = width_of(mark, style)
    many = int((end - start - 0.8 * style.size) / step)
    if many < 1:
        return []
    spans = one_line(mark * many, replace(style, ligatures=False), end - 0.4 * style.size, y, align="right")
    return [replace(span, source=np.full(len(span.codes), -1)) for span in spans]
