"""Pictures without a transcript: imitated photographs, plots, diagrams, logos, stamps, codes."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFilter

from train_nano import invent
from train_nano.draw import Fill, Grey, Mark, Picture, Span
from train_nano.layout import Piece, Setter, one_line
from train_nano.measure import TextStyle, width_of
from train_nano.theme import Theme

OVER = 2  # drawings are made this much larger and averaged down
Drawing = tuple[Grey, list[Span]]


def figure(rng: Generator, theme: Theme, width: float, height: float, kind: str = "") -> Setter:
    """A setter of an image block of at most this size, centred in the column."""

    def set_figure(room_x: float, room_y: float) -> tuple[Piece | None, Setter | None]:
        w = round(min(width, room_x))
        h = round(min(height, height * w / width))
        if h > room_y or w < 16 or h < 12:
            return None, set_figure
        raster, spans = DRAWERS[kind or _kind(rng)](rng, theme, w, h)
        h, w = raster.shape
        left = round((room_x - w) / 2)
        marks: list[Mark] = [Picture(left, 0, raster)]
        if rng.random() < 0.15:
            marks += frame(left, 0, left + w, h, theme.unit * 0.5, theme.ink)
        for span in spans:
            span.x, span.source = span.x + np.float32(left), np.full(len(span.codes), -1)
        return Piece("image", "", room_x, h, spans, marks, (left, 0.0, left + w, float(h))), None

    return set_figure


def frame(x0: float, y0: float, x1: float, y1: float, thick: float, grey: int) -> list[Mark]:
    """Four rules around a rectangle."""
    return [
        Fill(x0, y0, x1, y0 + thick, grey), Fill(x0, y1 - thick, x1, y1, grey),
        Fill(x0, y0, x0 + thick, y1, grey), Fill(x1 - thick, y0, x1, y1, grey),
    ]  # fmt: skip


def _kind(rng: Generator) -> str:
    return str(rng.choice(list(DRAWERS), p=[0.36, 0.24, 0.16, 0.06, 0.08, 0.05, 0.05]))


def photo(rng: Generator, theme: Theme, width: int, height: int) -> Drawing:
    """Smooth noise at two scales with blurred shapes."""
    image = Image.fromarray(rng.integers(20, 236, (int(rng.integers(2, 7)), int(rng.integers(2, 7)))).astype(np.uint8))
    image = image.resize((max(width // 4, 4), max(height // 4, 4)), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    w, h = image.size
    for _ in range(int(rng.integers(2, 14))):
        x, y, a, b = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(2, w / 2), rng.uniform(2, h / 2)
        grey = int(rng.integers(0, 256))
        shape = rng.integers(3)
        if shape == 0:
            draw.ellipse((x - a, y - b, x + a, y + b), fill=grey)
        elif shape == 1:
            draw.rectangle((x, y, x + a, y + b), fill=grey)
        else:
            draw.polygon([(rng.uniform(0, w), rng.uniform(0, h)) for _ in range(4)], fill=grey)
    image = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0, 2)))).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    noise = rng.integers(-128, 128, (64, 64)).astype(np.float32) * float(rng.uniform(0, 0.15))
    tiled = np.tile(noise, (height // 64 + 1, width // 64 + 1))[:height, :width]
    return np.clip(np.asarray(image) + tiled, 0, 255).astype(np.uint8), []


def plot(rng: Generator, theme: Theme, width: int, height: int) -> Drawing:
    """Curves, points or bars over axes with tick labels."""
    style = _small(theme, rng)
    left, bottom = min(4.5 * style.size, width / 3), min(3.4 * style.size, height / 3)
    box = (left, style.size * 0.6, width - style.size * 0.8, height - bottom)
    image, draw = _blank(width, height, 255)
    if rng.random() < 0.5:
        for t in range(1, 5):
            y = box[1] + (box[3] - box[1]) * t / 5
            draw.line([(box[0] * OVER, y * OVER), (box[2] * OVER, y * OVER)], fill=210, width=1)
    kind = rng.integers(3)
    for _ in range(int(rng.integers(1, 4))):
        _series(rng, draw, box, int(kind))
    corners = [(box[0] * OVER, box[1] * OVER), (box[0] * OVER, box[3] * OVER), (box[2] * OVER, box[3] * OVER)]
    draw.line(corners, fill=0, width=2)
    if rng.random() < 0.5:
        draw.line([corners[0], (box[2] * OVER, box[1] * OVER), corners[2]], fill=0, width=2)
    spans = _ticks(rng, theme, style, box) if width > 8 * style.size and height > 7 * style.size else []
    return _down(image), spans


def _series(rng: Generator, draw: ImageDraw.ImageDraw, box: tuple[float, float, float, float], kind: int) -> None:
    count = int(rng.integers(5, 40))
    xs = np.linspace(box[0], box[2], count) * OVER
    walk = np.cumsum(rng.normal(0, 1, count))
    walk = (walk - walk.min()) / max(np.ptp(walk), 1e-6) * rng.uniform(0.4, 0.95)
    ys = (box[3] - walk * (box[3] - box[1])) * OVER
    grey, thick = int(rng.integers(0, 160)), int(rng.integers(2, 6))
    if kind == 0:
        draw.line(list(zip(xs.tolist(), ys.tolist(), strict=True)), fill=grey, width=thick)
    elif kind == 1:
        for x, y in zip(xs, ys, strict=True):
            draw.ellipse((x - thick, y - thick, x + thick, y + thick), fill=grey)
    else:
        step = (xs[1] - xs[0]) * 0.35
        for x, y in zip(xs[1:-1], ys[1:-1], strict=True):
            draw.rectangle((x - step, y, x + step, box[3] * OVER), fill=grey)


def _ticks(rng: Generator, theme: Theme, style: TextStyle, box: tuple[float, float, float, float]) -> list[Span]:
    step = float(rng.choice([0.1, 0.2, 0.5, 1, 2, 5, 10, 25, 100, 1000]))
    spans: list[Span] = []
    many = int(rng.integers(3, 7))
    for t in range(many + 1):
        y = box[3] - (box[3] - box[1]) * t / many
        spans += one_line(f"{t * step:g}", style, box[0] - 0.4 * style.size, y + 0.3 * style.size, align="right")
        x = box[0] + (box[2] - box[0]) * t / many
        label = str(1990 + t * 5) if step > 2 else f"{t * 2}"
        spans += one_line(label, style, x, box[3] + 1.2 * style.size, align="center")
    label = theme.text(invent.item(rng))
    if width_of(label, style) < box[2] - box[0]:
        spans += one_line(label, style, (box[0] + box[2]) / 2, box[3] + 2.6 * style.size, align="center")
    return spans


def pie(rng: Generator, theme: Theme, width: int, height: int) -> Drawing:
    width = height = min(width, height)
    image, draw = _blank(width, height, 255)
    radius = min(width, height) * 0.45 * OVER
    cx, cy, angle = width * OVER / 2, height * OVER / 2, float(rng.uniform(0, 360))
    for share in rng.dirichlet(np.ones(int(rng.integers(2, 8)))):
        end = angle + share * 360
        draw.pieslice(
            (cx - radius, cy - radius, cx + radius, cy + radius),
            angle,
            end,
            fill=int(rng.integers(30, 240)),
            outline=255,
        )
        angle = end
    return _down(image), []


def code(rng: Generator, theme: Theme, width: int, height: int) -> Drawing:
    """A bar code or a square code."""
    if rng.random() < 0.5:
        bars = (np.repeat(rng.integers(0, 2, 60), rng.integers(1, 4, 60)) * 255).astype(np.uint8)
        columns = np.arange(width) * len(bars) // width
        return np.repeat(bars[None, columns], height, 0), []
    side, modules = min(width, height), int(rng.integers(21, 34))
    small = (rng.integers(0, 2, (modules, modules)) * 255).astype(np.uint8)
    return np.asarray(Image.fromarray(small).resize((side, side), Image.Resampling.NEAREST)), []


def diagram(rng: Generator, theme: Theme, width: int, height: int) -> Drawing:
    """Boxes with words and arrows between them."""
    style = _small(theme, rng)
    image, draw = _blank(width, height, 255)
    columns, rows = max(int(width / (9 * style.size)), 1), max(int(height / (5 * style.size)), 1)
    columns, rows = min(columns, int(rng.integers(1, 5))), min(rows, int(rng.integers(1, 5)))
    spans: list[Span] = []
    last: tuple[float, float] | None = None
    for i in range(columns * rows):
        cx, cy = (i % columns + 0.5) * width / columns, (i // columns + 0.5) * height / rows
        w, h = width / columns * 0.62, min(height / rows * 0.5, 4 * style.size)
        if last is not None:
            draw.line([(last[0] * OVER, last[1] * OVER), (cx * OVER, cy * OVER)], fill=60, width=3)
        last = cx, cy
    shade = int(rng.integers(200, 256))
    for i in range(columns * rows):
        cx, cy = (i % columns + 0.5) * width / columns, (i // columns + 0.5) * height / rows
        corners = ((cx - w / 2) * OVER, (cy - h / 2) * OVER, (cx + w / 2) * OVER, (cy + h / 2) * OVER)
        (draw.rounded_rectangle if rng.random() < 0.5 else draw.rectangle)(corners, fill=shade, outline=0, width=2)  # type: ignore[operator]
        word = theme.text(invent.pick(rng, invent.TRADES + invent.ITEMS))
        if width_of(word, style) < w * 0.95:
            spans += one_line(word, style, cx, cy + 0.3 * style.size, align="center")
    return _down(image), spans


def logo(rng: Generator, theme: Theme, width: int, height: int) -> Drawing:
    """A simple mark: polygon or discs."""
    image, draw = _blank(width, height, theme.paper)
    cx, cy, r = width * OVER / 2, height * OVER / 2, min(width, height) * OVER * 0.48
    corners = int(rng.integers(3, 9))
    points = [
        (cx + r * math.cos(a), cy + r * math.sin(a))
        for a in np.linspace(0, 2 * math.pi, corners + 1)[:-1] + rng.uniform(0, 6)
    ]
    grey = int(rng.integers(0, 170))
    if rng.random() < 0.5:
        draw.polygon(points, fill=grey)
    else:
        draw.ellipse((cx - r, cy - r, cx + r, cy + r), fill=grey)
    r *= float(rng.uniform(0.3, 0.7))
    draw.ellipse((cx - r, cy - r, cx + r, cy + r), fill=int(rng.integers(180, 256)))
    return _down(image), []


def scribble(rng: Generator, theme: Theme, width: int, height: int) -> Drawing:
    """A signature."""
    image, draw = _blank(width, height, theme.paper)
    t = np.linspace(0, 1, 60)
    x = (0.08 + 0.84 * t + 0.05 * np.sin(t * rng.uniform(10, 40))) * width * OVER
    y = (
        (0.5 + 0.35 * np.sin(t * rng.uniform(15, 50) + rng.uniform(0, 6)) * np.cos(t * rng.uniform(3, 9)))
        * height
        * OVER
    )
    draw.line(list(zip(x.tolist(), y.tolist(), strict=True)), fill=int(rng.integers(0, 90)), width=4)
    return _down(image), []


DRAWERS: dict[str, Callable[[Generator, Theme, int, int], Drawing]] = {
    "photo": photo, "plot": plot, "diagram": diagram, "pie": pie, "logo": logo, "code": code, "scribble": scribble,
}  # fmt: skip


def _small(theme: Theme, rng: Generator) -> TextStyle:
    return theme.style(float(rng.uniform(0.7, 0.95)))


def _blank(width: int, height: int, grey: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("L", (width * OVER, height * OVER), grey)
    return image, ImageDraw.Draw(image)


def _down(image: Image.Image) -> Grey:
    return np.asarray(image.reduce(OVER))
