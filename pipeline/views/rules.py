"""How pages are cut into views, as data: what differs between the members of the family. No arithmetic on pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

# A fact of the weights: 16 pixels to a patch, and two convolutions of stride 2 behind the patches.
CELL = 64
"""Side in pixels of what becomes one visual token: 4 x 4 patches of 16 pixels."""


@dataclass(frozen=True)
class ViewRules:
    """Sides in pixels, multiples of 64. With `most_tiles` of 0 a page is its global view alone.

    `squashed`: the global view is the page stretched to a square, not padded. `newlines`: a learned token ends every
    row of the map of tiles and of the global view. `dense_tiles`: the most tiles of a page of narrow lines or small
    letters, for a network that has learned more than the released ones did; 0 where such pages are cut as others are.
    """

    tile: int
    base: int
    most_tiles: int
    squashed: bool = False
    newlines: bool = False
    dense_tiles: int = 0

    @cached_property
    def grids(self) -> tuple[tuple[int, int], ...]:
        """All (columns, rows) of 2 to `most_tiles` tiles, in order of area, then of columns; on a tie a later one may
        win, so the order matters."""
        return grids_of(self.most_tiles)

    def tokens(self, columns: int, rows: int) -> int:
        """Positions of a page's image in the sequence: tiles, global view, one separator. (0, 0): no tiles."""
        tile, base, newline = self.tile // CELL, self.base // CELL, int(self.newlines)
        tiles = rows * tile * (columns * tile + newline) if columns else 0
        return tiles + base * (base + newline) + 1

    @property
    def most_tokens(self) -> int:
        """Of the page that takes most."""
        return max(self.tokens(*grid) for grid in ((0, 0), *self.grids, *grids_of(self.dense_tiles)))

    @property
    def tiles_at_most(self) -> int:
        """Of any page, of narrow lines or not."""
        return max(self.most_tiles, self.dense_tiles)

    @property
    def most_bytes(self) -> int:
        """Of the views of the page that has most tiles."""
        return 3 * (self.base**2 + self.tiles_at_most * self.tile**2)


@cache
def grids_of(most: int) -> tuple[tuple[int, int], ...]:
    """All (columns, rows) of 2 to `most` tiles, in order of area, then of columns."""
    shapes = ((c, r) for c in range(1, most + 1) for r in range(1, most + 1) if 2 <= c * r <= most)
    return tuple(sorted(shapes, key=lambda grid: grid[0] * grid[1]))


OCR2_VIEWS = ViewRules(tile=768, base=1024, most_tiles=6)
"""Those of DeepSeek-OCR 2 as released."""
