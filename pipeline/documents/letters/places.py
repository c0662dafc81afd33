"""Where letters stand, so that MuPDF's two readings of a page can be compared."""

from __future__ import annotations

Point = tuple[float, float]


def place(origin: Point) -> Point:
    """An origin to a hundredth of a point: the two readings agree to less."""
    return round(origin[0], 2), round(origin[1], 2)
