"""How narrow a page's lines are: the distance from line to line, from pixels alone."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

# Pixels down: holds at least four lines of the widest pitch that is told. Smaller tells less, larger mixes columns'
# heads and texts.
WINDOW: Final = 256
# Across the page: narrower than a column of a newspaper (a sixth to an eighth), so that lines of neighbours do not mix.
STRIPS: Final = 16
# Pixels: nearer peaks are halftones and the strokes within letters.
LEAST: Final = 8
# Pixels: wider ones are not told, and need no more tiles (`crops.NARROW` is 44 of the stretched page).
MOST: Final = 60
# Share of a window's variance that lines explain; noise and pictures stay below. Higher, and windows with a heading
# among their lines say nothing. Chosen, not measured.
CLEAR: Final = 0.3
# The first peak this near to the highest is the pitch: multiples of it are peaks, too, and may be higher by chance.
_NEAR: Final = 0.65
# The narrow lines of a page count, though most of it may be set wider: what is lost is lost in small print.
_QUANTILE: Final = 0.3
# Windows with lines, below which nothing is said: a heading and a signature are no page of narrow lines.
_FEW: Final = 6
# The same for a page of print: of 40 drawn photographs the most has 16, of drawn pages of 500 characters and more the
# least 27.
_PRINT: Final = 22


def line_pitch(grey: NDArray[np.uint8]) -> float | None:
    """Pixels from one line of text to the next where lines are narrow, for a raster of shape (height, width).

    The page is looked at through windows; the pitch of a window is where the darkness of its rows is most like itself,
    and the page's is the 30th percentile. None where there is hardly any text.
    """
    rows = _darkness(grey)
    pitches = _pitches(rows)
    return float(np.quantile(pitches, _QUANTILE)) if len(pitches) >= _FEW else None


def is_print(grey: NDArray[np.uint8]) -> bool:
    """Whether lines of text stand on a good part of a raster of shape (height, width): not of a photograph."""
    return len(_pitches(_darkness(grey))) >= _PRINT


def _darkness(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Mean darkness of each row in each strip: (strips, height)."""
    height, width = grey.shape
    across = max(width // STRIPS, 1)
    count = width // across
    strips = grey[:, : count * across].reshape(height, count, across)
    return np.asarray(255 - strips.mean(2, dtype=np.float32).T, np.float32)


def _pitches(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pitch of each window that has lines, in pixels: (windows with lines,)."""
    step = WINDOW // 2
    if rows.shape[1] < WINDOW:
        return np.empty(0, np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(rows, WINDOW, axis=1)[:, ::step].reshape(-1, WINDOW)
    windows = windows - windows.mean(1, keepdims=True)
    spectrum = np.abs(np.fft.rfft(windows, 2 * WINDOW)) ** 2
    alike = np.fft.irfft(spectrum)[:, : MOST + 1]
    overlap = 1 - np.arange(MOST + 1) / WINDOW  # a shifted window has less of itself to be compared with
    alike = alike / np.maximum(alike[:, :1], 1e-3) / overlap
    inner = alike[:, LEAST:MOST]
    peaks = (inner >= alike[:, LEAST - 1 : MOST - 1]) & (inner > alike[:, LEAST + 1 :])
    heights = np.where(peaks, inner, -1.0)
    best = heights.max(1)
    first = (heights >= _NEAR * best[:, None]).argmax(1) + LEAST
    lines = (best > CLEAR) & (windows.std(1) > 4)
    return np.asarray(first[lines], np.float32)
