"""Lines of print on a page, found in its pixels alone: where they run, and about how many letters they have.

Letters of Latin and similar scripts stand close together between two heights, with paper above and below; within, a
stroke begins or ends every few pixels. Photographs, halftones, stains, holes and the edges of a scan lack one of these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.transcript import PageRef, Pixels, PrintLines
from pipeline.views.ink import CELL, Ink, Shares, ink

# Cells: what bridges the gaps between words and is not as wide as most gutters. Of its densest row in reach a line has
# at least half where small letters are, and less where only b, d, p and q reach.
_ACROSS: Final = 5
_REACH: Final = 12  # rows
_LEAST: Final = 0.06
_DENSE: Final = 0.5
# Rows that small letters are high: type of 4 to 40 points. Lower are rules and dots, higher are pictures.
_HEIGHTS: Final = 4, 40
# Of what follows, 98 of 100 lines of 300 drawn pages, half of them worn, lie within. Ends of strokes over the height of
# a small letter: scratches and grain have fewer (the median is .25), textures fewer or more.
_STROKES: Final = 1.1, 5.0
# The same of what is not this many heights long, which may be chance: pieces of pictures.
_SHORT: Final = 10
_STROKES_OF_SHORT: Final = 1.4, 4.0
_DARK: Final = 0.7  # share of ink: bars and shadows have more
# Pixels down for one across, and heights: print runs straight, the edges of what is in a picture bend.
_STEEP: Final = 0.06
_BENT: Final = 0.15
# How much darker than its paper the ink is, over the spread of the paper: in pictures grounds and shapes are alike.
_CLEAR: Final = 2.0
# Heights: shorter is a letter or a speck. Page numbers of one digit are not seen.
_LONG: Final = 2.5
_FEWEST: Final = 3  # cells
# Where paper is nearest to a line, as a share of the ink in it: 0.1 in 95 of 100 drawn lines, 0.35 and more in three
# of four pieces of grain and halftones.
_PAPER: Final = 0.4
_WITHIN: Final = (-0.25, 0.0, 0.25)
_BESIDE: Final = (0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.1)
"""Heights from a line's middle at which its ink, and the paper beside it, are looked for."""
# Runs of dense cells: a page of small print has 6,000. With more it is all texture, and costs time for nothing.
_MOST: Final = 30_000

_PLACES = np.array([*_WITHIN, *(-far for far in _BESIDE), *_BESIDE])[:, None]

Ints = NDArray[np.intp]


@dataclass(frozen=True)
class _Samples:
    """Dense cells, put together by line and column; all arrays are (n,) and sorted by line. `y` is their middle row and
    `rows` their number."""

    line: Ints
    column: Ints
    y: NDArray[np.float64]
    rows: Ints
    dark: NDArray[np.float64]
    edges: NDArray[np.float64]

    def lines(self) -> Iterator[Ints]:
        """Places of each line's samples that have ink in them."""
        for places in np.split(np.arange(len(self.line)), np.flatnonzero(np.diff(self.line)) + 1):
            yield places[self.dark[places] > 0]


def print_of(ref: PageRef, pixels: Pixels) -> PrintLines | None:
    """The lines of an upright page, to be held against its text; None where less than that is asked for."""
    return None if ref.part or ref.asked else lines_of_print(pixels[..., 1])


def lines_of_print(grey: NDArray[np.uint8]) -> PrintLines | None:
    """The lines of a raster of shape (height, width); None where it is too small, or too rough, to tell."""
    if grey.shape[0] < 2 * _REACH or grey.shape[1] < _ACROSS * CELL:
        return None
    seen = ink(grey)
    samples = _samples(seen)
    if samples is None:
        return None
    found = [_sampled(seen, samples, at, number) for number, at in enumerate(_letters(seen, samples))]
    return PrintLines(np.concatenate(found, dtype=np.float32) if found else np.empty((0, 5), np.float32))


def _letters(seen: Ink, samples: _Samples) -> Iterator[Ints]:
    """The samples of each line that looks like letters."""
    for line in samples.lines():
        if len(line) < _FEWEST:
            continue
        height = _height(samples, line)
        at = line[samples.rows[line] >= height / 2]  # without leaders and the ends of rules
        if (
            len(at) >= max(_FEWEST, _LONG * height / CELL)
            and _like_letters(samples, at, height)
            and _stands_on_paper(seen.dark, samples, at, height)
            and _is_clear(seen.grey, samples, at, height)
        ):
            yield at


def _like_letters(samples: _Samples, at: Ints, height: float) -> bool:
    """Whether strokes and ink are as dense as letters are, and in a straight line."""
    strokes, dark = height * float(samples.edges[at].mean()), float(samples.dark[at].mean())
    fewest, most = _STROKES if len(at) * CELL >= _SHORT * height else _STROKES_OF_SHORT
    if not (_HEIGHTS[0] <= height <= _HEIGHTS[1] and fewest <= strokes <= most and dark <= _DARK):
        return False
    across, down = samples.column[at] - samples.column[at].mean(), samples.y[at] - samples.y[at].mean()
    lean = float((across * down).sum() / max((across**2).sum(), 1))
    return abs(lean) <= _STEEP * CELL and float((down - lean * across).std()) <= _BENT * height


def _height(samples: _Samples, line: Ints) -> float:
    """Rows of a line's small letters: of most of what is over half as high as the highest, as no leader is."""
    rows = np.sort(samples.rows[line])  # np.quantile takes ten times as long
    high = rows[np.searchsorted(rows, rows[int(0.97 * (len(rows) - 1))] / 2) :]
    return float(high[int(0.9 * (len(high) - 1))])


def _stands_on_paper(dark: Shares, samples: _Samples, at: Ints, height: float) -> bool:
    """Whether there is less ink right above and right below."""
    places = samples.y[at] + height * _PLACES
    ink = dark[np.clip(places.round().astype(np.intp), 0, len(dark) - 1), samples.column[at]].mean(axis=1)
    within, above, below = np.split(ink, (len(_WITHIN), len(_WITHIN) + len(_BESIDE)))
    return bool(max(above.min(), below.min()) <= _PAPER * within.mean())


def _is_clear(grey: NDArray[np.uint8], samples: _Samples, at: Ints, height: float) -> bool:
    """Whether what is around the letters is of one brightness, beside that of the letters."""
    y, column = samples.y[at], samples.column[at]
    rows = slice(max(int(y.min() - height), 0), int(y.max() + height) + 1)
    # A third of the columns says the same.
    part = np.sort(grey[rows, column.min() * CELL : (column.max() + 1) * CELL : 3], axis=None).astype(np.float32)
    count = len(part)
    half = np.searchsorted(part, (part[int(0.03 * count)] + part[int(0.85 * count)]) / 2)
    darker, low, middle, high = (
        part[int(place)] for place in (half / 2, *(half + (count - half - 1) * share for share in (0.25, 0.5, 0.75)))
    )
    return bool(middle - darker >= _CLEAR * (high - low + 2))  # 2 of 255, as drawn paper has no spread at all


def _sampled(seen: Ink, samples: _Samples, at: Ints, number: int) -> NDArray[np.float64]:
    """Rows as `PrintLines` has them."""
    height = _height(samples, at)
    across, down = 999 / seen.grey.shape[1], 999 / seen.grey.shape[0]
    x, y = (samples.column[at] + 0.5) * CELL * across, (samples.y[at] + 0.5) * down
    same = np.ones(len(at))
    # A small letter is about as wide as it is high.
    return np.stack([number * same, x, y, height / 2 * down * same, CELL / height * same], axis=1)


def _samples(seen: Ink) -> _Samples | None:
    """None where there are too many."""
    dense = _dense(seen.dark)
    row, start, end = _runs(dense)
    if len(row) > _MOST:
        return None
    group, length = _joined(row, start, end, dense.shape[0]), end - start
    columns = dense.shape[1]
    rows = np.repeat(row, length)
    column = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length - start, length)
    key, where, count = np.unique(np.repeat(group, length) * columns + column, return_inverse=True, return_counts=True)

    def mean(values: Ints | Shares) -> NDArray[np.float64]:
        sums = np.bincount(where, values.astype(np.float64), len(key))
        return np.asarray(sums / count, np.float64)

    dark, edges = mean(seen.dark[rows, column]), mean(seen.edges[rows, column])
    return _Samples(key // columns, key % columns, mean(rows), count, dark, edges)


def _dense(dark: Shares) -> NDArray[np.bool_]:
    """Cells where small letters may be: (height, columns)."""
    half = _ACROSS // 2
    sums = np.cumsum(np.pad(dark, ((0, 0), (half + 1, half))), axis=1)
    around = ((sums[:, _ACROSS:] - sums[:, :-_ACROSS]) / _ACROSS).astype(np.float32)
    dense: NDArray[np.bool_] = around > np.maximum(_LEAST, _DENSE * _highest(around))
    return dense


def _highest(values: Shares) -> Shares:
    """The highest value within _REACH rows."""
    size, window = 1, 2 * _REACH + 1
    best = np.pad(values, ((_REACH, _REACH), (0, 0)))
    while 2 * size <= window:
        best = np.maximum(best[:-size], best[size:])
        size *= 2
    return np.maximum(best[: -(window - size)], best[window - size :])


def _runs(dense: NDArray[np.bool_]) -> tuple[Ints, Ints, Ints]:
    """Row, first column and column behind the last, of each run of dense cells, from top to bottom."""
    padded = np.pad(dense, ((0, 0), (1, 1))).ravel()
    turns = np.flatnonzero(padded[1:] ^ padded[:-1]) + 1
    row, start = np.divmod(turns[::2], dense.shape[1] + 2)
    return row, start - 1, start - 1 + turns[1::2] - turns[::2]


def _joined(row: Ints, start: Ints, end: Ints, height: int) -> Ints:
    """A number for each run, the same where runs of neighbouring rows touch."""
    parent = list(range(len(row)))

    def root(run: int) -> int:
        while parent[run] != run:
            parent[run] = parent[parent[run]]
            run = parent[run]
        return run

    first, starts, ends = np.searchsorted(row, np.arange(height + 1)).tolist(), start.tolist(), end.tolist()
    for y in range(1, height):
        above, here = first[y - 1], first[y]
        while above < first[y] and here < first[y + 1]:
            if starts[above] < ends[here] and starts[here] < ends[above]:
                one, other = sorted((root(above), root(here)))
                parent[other] = one
            if ends[above] < ends[here]:
                above += 1
            else:
                here += 1
    return np.array([root(run) for run in range(len(row))], np.intp)
