"""What stands around the text of a page: running headers, footers, page numbers, footnotes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from train_nano import invent
from train_nano.draw import Fill
from train_nano.layout import Piece, one_line, paragraph
from train_nano.maker import Maker
from train_nano.measure import TextStyle, width_of
from train_nano.sheet import Frame

ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiv", "xviii", "xxi", "xxiv")


def single(
    maker: Maker, label: str | None, text: str, style: TextStyle, x: float, y: float, align: str = "left"
) -> bool:
    """Place one line with its top at y; False where it is empty or too wide for the page."""
    text = maker.theme.text(text, style.family)
    width = width_of(text, style)
    left = x - {"left": 0.0, "center": width / 2, "right": width}[align]
    if not text or left < 1 or left + width > maker.sheet.width - 1 or y + style.leading > maker.sheet.height:
        return False
    spans = one_line(text, style, 0.0, style.first_baseline)
    maker.sheet.place(Piece(label, text, width, style.leading, spans), left, y)
    return True


def rule(maker: Maker, x: float, y: float, width: float, thick: float = 0.0) -> None:
    """A horizontal rule."""
    thick = thick or maker.theme.unit * float(maker.rng.uniform(0.3, 1.0))
    maker.sheet.place(Piece(None, "", width, thick, marks=[Fill(0, 0, width, thick)]), x, y)


def divider(maker: Maker, x: float, y: float, height: float) -> None:
    """A thin rule between columns, its left edge at x."""
    thick = maker.theme.unit * 0.5
    maker.sheet.place(Piece(None, "", thick, height, marks=[Fill(0, 0, thick, height)]), x, y)


def columns(maker: Maker, area: Frame, shares: Sequence[float], gap: float, ruled: bool) -> list[Frame]:
    """An area cut into columns whose widths are as these `shares`, with a gap, or a rule in its middle, in between."""
    room = (area.width - gap * (len(shares) - 1)) / sum(shares)
    frames, x = list[Frame](), area.x
    for share in shares:
        if ruled and frames:
            divider(maker, x - gap / 2, area.y, area.height)
        frames.append(Frame(x, area.y, share * room, area.height))
        x += share * room + gap
    return frames


def page_number(maker: Maker) -> str:
    """A page number in one of its many forms."""
    number = str(maker.between(1, 999) if maker.chance(0.6) else maker.between(1, 20))
    forms = (number,) * 5 + (
        f"- {number} -", f"– {number} –", f"Page {number}", f"Page {number} of {int(number) + maker.between(0, 40)}",
        f"{number}/{int(number) + maker.between(0, 40)}", f"[{number}]", invent.pick(maker.rng, ROMAN), f"A-{number}",
        f"{maker.between(1, 12)}-{maker.between(1, 60)}", f"p. {number}",
    )  # fmt: skip
    return invent.pick(maker.rng, forms)


def running_text(maker: Maker) -> str:
    """What a running header or footer says."""
    rng = maker.rng
    makers: tuple[Callable[[], str], ...] = (
        lambda: maker.texts.heading(rng), lambda: maker.texts.heading(rng).upper(), lambda: invent.company(rng),
        lambda: invent.date(rng), lambda: f"{invent.name(rng)} et al.", lambda: f"Chapter {maker.between(1, 30)}",
        lambda: invent.url(rng), lambda: f"© {maker.between(1990, 2026)} {invent.company(rng)}",
        lambda: f"Vol. {maker.between(1, 90)}, No. {maker.between(1, 12)}, {maker.between(1950, 2026)}",
        lambda: f"doi:10.{invent.digits(rng, 4)}/{invent.digits(rng, 7)}", lambda: f"CONFIDENTIAL – {invent.code(rng)}",
    )  # fmt: skip
    return invent.pick(rng, makers)()


def header(maker: Maker, area: Frame) -> Frame:
    """A running header of one to three parts above the text area; returns the area."""
    theme, style = maker.theme, _small(maker)
    y = area.y - style.leading - theme.size * float(maker.rng.uniform(0.4, 1.2))
    if y < 2:
        lower = 2 + style.leading + theme.size - area.y
        area, y = Frame(area.x, area.y + lower, area.width, area.height - lower), 2.0
    numbered = maker.chance(0.4)
    parts = {"left": "", "center": "", "right": ""}
    for place in ("center",) if maker.chance(0.35) else ("left",) if maker.chance(0.5) else ("left", "right"):
        parts[place] = running_text(maker)
    if numbered:
        parts[invent.pick(maker.rng, ("left", "right"))] = ""
    _row(maker, "header", parts, style, area, y, page_number(maker) if numbered else "")
    if maker.chance(0.35):
        rule(maker, area.x, y + style.leading * 1.1, area.width)
    return area


def _row(maker: Maker, label: str, parts: dict[str, str], style: TextStyle, area: Frame, y: float, number: str) -> None:
    """Texts at the left, centre and right of one line, in that order, with the number in a free corner."""
    xs = {"left": area.x, "center": area.x + area.width / 2, "right": area.x + area.width}
    widths = {place: width_of(maker.theme.text(text), style) for place, text in parts.items()}
    free = [place for place in ("left", "right") if not parts[place]]
    corner = invent.pick(maker.rng, free) if free else ""
    crowded = sum(widths.values()) + 6 * style.size > area.width
    for place in ("left", "center", "right"):
        if place == corner and number:
            single(maker, "page_number", number, style, xs[place], y, place)
            continue
        hidden = crowded and place != "left" and widths["left"]
        if parts[place] and not hidden and widths[place] < area.width * 0.7:
            single(maker, label, parts[place], style, xs[place], y, place)


def footer(maker: Maker, area: Frame) -> None:
    """A page number, a footer, or both under the text area; called last."""
    style = _small(maker)
    bottom, lowest = area.y + area.height, maker.sheet.height - style.leading - 2
    y = min(bottom + maker.theme.size * float(maker.rng.uniform(0.3, 1.3)), lowest)
    if y < bottom + 0.2 * style.size:
        return
    draw = maker.rng.random()
    if draw < 0.55:
        place = invent.pick(maker.rng, ("center", "center", "left", "right"))
        x = {"left": area.x, "center": area.x + area.width / 2, "right": area.x + area.width}[place]
        single(maker, "page_number", page_number(maker), style, x, y, place)
        return
    parts = {"left": running_text(maker), "center": "", "right": ""}
    if maker.chance(0.2):
        parts = {"left": "", "center": running_text(maker), "right": ""}
    if maker.chance(0.3):
        rule(maker, area.x, y - style.size * 0.3, area.width)
    _row(maker, "footer", parts, style, area, y, page_number(maker) if draw < 0.85 else "")


def reserve_notes(maker: Maker, column: Frame) -> tuple[Frame, Callable[[], None]]:
    """Shorten a column for footnotes; the function returned places them, so that they are read after its text."""
    theme, rng = maker.theme, maker.rng
    style = replace(theme.style(0.8), leading=theme.size * 0.8 * 1.18, align=theme.align)
    pieces, height = [], 0.0
    start = maker.between(1, 30)
    for i in range(maker.between(1, 3)):
        mark = str(start + i) if maker.chance(0.8) else invent.pick(rng, "*†‡")
        text = theme.text(
            f"{mark} {maker.texts.run(rng).sentence() if maker.chance(0.7) else 'See ' + invent.url(rng)}"
        )
        piece, rest = paragraph("footnote", text, style)(column.width, 6 * style.leading)
        if piece is None or rest is not None or not piece.spans:
            continue
        if maker.chance(0.6):
            _raise_mark(piece, len(mark))
        pieces.append(piece)
        height += piece.height
    if not pieces or height > column.height / 3:
        return column, lambda: None
    top = column.y + column.height - height

    def place() -> None:
        if maker.chance(0.8):
            rule(
                maker,
                column.x,
                top - style.size * 0.4,
                column.width * float(rng.choice([0.25, 0.4, 1.0])),
                theme.unit * 0.4,
            )
        y = top
        for piece in pieces:
            y = maker.sheet.place(piece, column.x, y)

    return Frame(column.x, column.y, column.width, column.height - height - style.size * 1.2), place


def _raise_mark(piece: Piece, many: int) -> None:
    """The first characters small and raised."""
    span = piece.spans[0]
    if len(span.codes) <= many:
        return
    cut = {
        name: (getattr(span, name)[:many], getattr(span, name)[many:])
        for name in ("codes", "shown", "source", "x", "advance")
    }
    small = replace(span, size=span.size * 0.68, y=span.y - span.size * 0.33, **{k: v[0] for k, v in cut.items()})
    small.advance = small.advance * np.float32(0.68)
    small.x = small.x[0] + np.concatenate([[0], np.cumsum(small.advance)[:-1]]).astype(np.float32)
    piece.spans[0:1] = [small, replace(span, **{k: v[1] for k, v in cut.items()})]


def _small(maker: Maker) -> TextStyle:
    scale = float(maker.rng.choice([0.75, 0.85, 0.9, 1.0]))
    return replace(maker.theme.style(scale, face=int(maker.rng.choice([0, 0, 0, 2, 1]))), ligatures=False)
