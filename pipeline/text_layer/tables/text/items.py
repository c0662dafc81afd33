"""Where a list begins right below a table."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.text_layer.lines.joining import MARKER
from pipeline.text_layer.tables.text.places import Row
from pipeline.text_layer.tables.text.values import has_bullet, is_value, word_count

# Words of the text of a list's item, em from its mark to it, and em by which places are the same. Fewer words, and a
# number beside a name is an item.
_ITEM_WORDS, _ITEM, _SAME = 2, 3.0, 0.35


def begins_list(above: Sequence[Row], row: Row) -> bool:
    """Whether a row is an item of a list below rows that are none: a mark, or a number, that stands where none of their
    texts begins, and a text behind it. A text that begins with a number or a letter may head the rows below it."""
    if len(row) > 2 or word_count(row[-1]) < _ITEM_WORDS or is_value(row[-1].text):
        return False
    mark, size = row[0].text, row[0].size
    if len(row) == 2:
        is_mark = MARKER.match(mark) is not None or mark.isdecimal()
        if not is_mark or row[1].box.x0 - row[0].box.x1 > _ITEM * size:
            return False
    elif not has_bullet(mark):
        return False
    starts = [piece.box.x0 for one in above for piece in one]
    return len(above) > 1 and all(abs(start - piece.box.x0) > _SAME * size for start in starts for piece in row)
