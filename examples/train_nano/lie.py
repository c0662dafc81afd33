"""How a page lies before the lens: turned by a small angle, and seen from a side as photos are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Lie:
    """A turn by `degrees` (clockwise as seen) about the page's middle; `across` and `down` say by what share the scale
    differs between its middle and its right and lower edge. The page then shrinks so far that all of it is seen."""

    degrees: float = 0.0
    across: float = 0.0
    down: float = 0.0

    def matrix(self, width: int, height: int) -> Points:
        """The projection [3, 3] from pixels of the flat page to pixels of the page as it is seen."""
        angle = np.radians(self.degrees)
        c, s = np.cos(angle), np.sin(angle)
        turned = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
        kept = 1 - abs(self.across) - abs(self.down)
        seen = np.array([[kept, 0, 0], [0, kept, 0], [2 * self.across / width, 2 * self.down / height, 1.0]])
        middle = np.array([[1, 0, width / 2], [0, 1, height / 2], [0, 0, 1.0]])
        whole: Points = middle @ seen @ turned @ np.linalg.inv(middle)
        return whole

    def points(self, points: Points, width: int, height: int) -> Points:
        """Points [n, 2] of the flat page where they are seen."""
        moved = np.column_stack((points, np.ones(len(points)))) @ self.matrix(width, height).T
        out: Points = moved[:, :2] / moved[:, 2:]
        return out

    def boxes(self, boxes: Floats, width: int, height: int) -> Floats:
        """Boxes [n, 4] with their centres where they are seen and their sides as long; the angles are small, so the
        boxes stay upright."""
        if self == FLAT or not len(boxes):
            return boxes
        centres = (boxes[:, :2] + boxes[:, 2:]).astype(np.float64) / 2
        before = np.column_stack((centres, np.ones(len(centres)))) @ self.matrix(width, height).T
        scale = (1 - abs(self.across) - abs(self.down)) / before[:, 2:]
        half = (boxes[:, 2:] - boxes[:, :2]) / 2 * scale
        seen = before[:, :2] / before[:, 2:]
        return np.concatenate((seen - half, seen + half), 1).astype(np.float32)


FLAT = Lie()
