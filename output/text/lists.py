"""Lists: items that the model ran together get a line each, and markers become Markdown's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

_BULLET = r"[-*+•◦▪●‣∙■□–·]|\\\(\s*\\(?:bullet|cdot|circ)\s*\\\)"
_NUMBER = r"(?P<open>[(\[]?)(?P<value>\d{1,3}|[ivxl]{2,6}|[IVXL]{2,6}|[a-zA-Z])(?P<close>[.)\]])"
_UNITS = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
_ROMAN = [tens + units for tens in ("", "x", "xx", "xxx") for units in _UNITS]  # by their value
_MARKER = re.compile(rf"(?P<indent>\s*)(?P<marker>{_BULLET}|{_NUMBER})\s+(?=\S)")
_SURE_BULLETS = frozenset("-•◦▪●‣■□")  # others, on one line of prose, may be a footnote's mark or a sign
_INNER_BULLET = re.compile(r"(?<=[;.,:])\s+\\\(\s*\\(?:bullet|cdot|circ)\s*\\\)\s+(?=\S)")


@dataclass(frozen=True)
class Item:
    """One item: how far its line was indented, its marker as written, and its text."""

    indent: int
    marker: str
    text: str

    @property
    def is_bullet(self) -> bool:
        return re.fullmatch(_BULLET, self.marker) is not None

    @property
    def number(self) -> int | None:
        """The value of a marker that Markdown can number: `3.` or `3)`."""
        return int(self.marker[:-1]) if re.fullmatch(r"\d+[.)]", self.marker) else None


def split(paragraph: str, is_list: bool) -> tuple[str, tuple[Item, ...]]:
    """Lines before the first item, and the items. `is_list`: the block is labelled so, which makes weak markers count.

    In a block that is not labelled a list only bullets and numbers like `3.` at the start of a line count.
    """
    lines = paragraph.split("\n")
    marked: list[int] = []
    markers: set[str] = set()
    for i, line in enumerate(lines):
        if (marker := _marker(line, is_list)) and _may_count(marker, markers):
            marked.append(i)
            markers.add(marker)
    if not marked or (not is_list and not _is_sure(lines, marked)):
        return paragraph, ()
    items: list[Item] = []
    for start, end in zip(marked, [*marked[1:], len(lines)], strict=True):
        joined = " ".join([lines[start].rstrip(), *(line.strip() for line in lines[start + 1 : end])])
        items += _run_together(_item(joined), is_list)
    return "\n".join(lines[: marked[0]]), tuple(items)


def markdown(items: tuple[Item, ...], inline: Callable[[str], str]) -> str:
    """Items as Markdown lines, nested by their indentation; numbers that Markdown would change are kept as text."""
    lines, levels = [], list[tuple[int, int]]()  # (indent as written, width of all markers up to this level)
    if len(items) == 1 and not items[0].is_bullet and items[0].number is None:
        return inline(f"{items[0].marker} {items[0].text}")  # a lone "(a) …" needs no bullet before it
    countable = _counts_up(items)
    for item in items:
        while levels and item.indent <= levels[-1][0]:
            levels.pop()
        offset = levels[-1][1] if levels else 0
        # Markdown counts by itself from the first number on. Where that would change a printed number, it is kept as
        # text.
        own = item.marker if countable and item.number is not None else "-"
        text = item.text if item.is_bullet or own != "-" else f"{item.marker} {item.text}"
        lines.append(f"{' ' * offset}{own} {inline(text)}")
        levels.append((item.indent, offset + len(own) + 1))
    return "\n".join(lines)


def _marker(line: str, is_list: bool) -> str:
    """The marker of the item that a line begins, "" where it begins none."""
    match = _MARKER.match(line)
    if not match or (match["open"] == "[" and match["close"] != "]"):
        return ""
    counts = is_list or match["value"] is None or re.fullmatch(r"\d+[.)]", match["marker"])
    return match["marker"] if counts else ""


def _may_count(marker: str, before: set[str]) -> bool:
    """Whether a marker may stand here: capitals may be a name's (`A. Field`) and must begin or follow a count."""
    return not any(c.isupper() for c in marker) or begins(marker) or any(follows(other, marker) for other in before)


def _is_sure(lines: list[str], marked: list[int]) -> bool:
    """Whether the marked lines of unlabelled text are a list: a usual marker, or a rare one that is repeated.

    A number alone begins one as its first line, or as 1: an address has a "3. Stock".
    """
    first = _item(lines[marked[0]])
    counts = first.number is not None and (marked[0] == 0 or first.number <= 1)
    return len(marked) > 1 or first.marker in _SURE_BULLETS or counts


def _item(line: str) -> Item:
    match = _MARKER.match(line)
    assert match, "called for marked lines only"
    return Item(len(match["indent"].expandtabs(4)), match["marker"], line[match.end() :].strip())


def _run_together(item: Item, is_list: bool) -> list[Item]:
    """The items that stand on one line, cut where the same bullet comes again, or the next number."""
    if item.is_bullet:
        again = rf"\s{re.escape(item.marker)}\s+(?=\S)"
        may_cut = is_list or item.marker not in "-*+–·"
        pattern = f"{_INNER_BULLET.pattern}|{again}" if may_cut else _INNER_BULLET.pattern
        return [replace(item, text=text.strip()) for text in re.split(pattern, item.text)]
    return _numbers_apart(item) if is_list else [item]


def _numbers_apart(item: Item) -> list[Item]:
    items = [item]
    while parts := next(filter(None, (_cut(items[-1], after) for after in _next_markers(items[-1].marker))), None):
        items[-1:] = parts
    return items


def _cut(item: Item, following: str) -> list[Item]:
    before, found, after = item.text.partition(f" {following} ")
    if not found or not after.strip():
        return []
    return [replace(item, text=before.rstrip()), Item(item.indent, following, after.lstrip())]


def follows(marker: str, after: str) -> bool:
    """Whether an item marked `after` can be the next one of the same level: the same bullet, or the next number."""
    return after == marker if re.fullmatch(_BULLET, marker) else after in _next_markers(marker)


def begins(marker: str) -> bool:
    """Whether a level can begin with this marker."""
    return re.fullmatch(_BULLET, marker) is not None or marker.strip("([.)]") in ("1", "a", "i", "A", "I")


def _next_markers(marker: str) -> Iterator[str]:
    """What may count on from a marker: `(j)` and `(ii)` from `(i)`."""
    match = re.fullmatch(_NUMBER, marker)
    value = match["value"] if match else ""
    found = [str(int(value) + 1)] if value.isdigit() else []
    if len(value) == 1 and value.isalpha() and value.lower() != "z":
        found.append(chr(ord(value) + 1))
    if value.lower() in _ROMAN[1:-1]:
        after = _ROMAN[_ROMAN.index(value.lower()) + 1]
        found.append(after.upper() if value.isupper() else after)
    return (f"{match['open']}{after}{match['close']}" for after in found if match)


def _counts_up(items: tuple[Item, ...]) -> bool:
    """Whether every level's numbers go up by one, as Markdown will show them."""
    last: dict[int, int] = {}
    for item in items:
        last = {indent: n for indent, n in last.items() if indent <= item.indent}
        if item.number is None:
            last.pop(item.indent, None)
        elif item.number != last.get(item.indent, item.number - 1) + 1:
            return False
        else:
            last[item.indent] = item.number
    return True
