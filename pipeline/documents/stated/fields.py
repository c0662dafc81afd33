"""The fields of a PDF's form on one page: their names, what is filled in, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from pipeline.documents import mupdf

Box = tuple[float, float, float, float]

_PUSH_BUTTON = 1
_MOST_FIELDS = 3000  # of a page: a tax form has some hundreds
_LONGEST = 10_000  # characters of a value


class FieldKind(StrEnum):
    """What a field is, as PDF has it (ISO 32000-1, 12.7.4)."""

    TEXT = "text"
    CHECK = "check"
    RADIO = "radio"
    CHOICE = "choice"
    SIGNATURE = "signature"


_KINDS = {2: FieldKind.CHECK, 3: FieldKind.CHOICE, 4: FieldKind.CHOICE, 5: FieldKind.RADIO, 6: FieldKind.SIGNATURE,
          7: FieldKind.TEXT}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One field; `box` is in points of the page's own frame, `page` from 1.

    `value`: the text or choice; of boxes and radio buttons what they stand for where they are `checked`, which is None
    for all else. `label` is what a screen reader says.
    """

    page: int
    name: str
    kind: FieldKind
    value: str
    box: Box
    checked: bool | None = None
    label: str = ""

    @property
    def is_box(self) -> bool:
        """Whether it is ticked and not filled in."""
        return self.checked is not None


def page_fields(page: mupdf.Page) -> list[Field]:
    """The fields that a reader sees, in the order of the file; push buttons are none."""
    return list(_fields(page))


def buttons(page: mupdf.Page) -> list[Box]:
    """Where push buttons lie, in the page's own frame: their captions are printed, but head nothing."""
    found = islice(page.widgets(types=[_PUSH_BUTTON]), _MOST_FIELDS)
    return [mupdf.own_box(page, widget.rect) for widget in found]


def _fields(page: mupdf.Page) -> Iterator[Field]:
    for count, widget in enumerate(page.widgets()):
        kind = _KINDS.get(widget.field_type)
        if count == _MOST_FIELDS:
            return
        if kind is None or widget.field_display in (1, 3):  # hidden, or not on the screen
            continue
        value = widget.field_value
        text = _line(", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value)
        name, label, box = _line(widget.field_name), _line(widget.field_label), mupdf.own_box(page, widget.rect)
        if kind in (FieldKind.CHECK, FieldKind.RADIO):
            on = _on_state(widget)
            checked = text not in ("", "Off", "False") and (kind is FieldKind.CHECK or text == on)
            yield Field(mupdf.number(page), name, kind, _exported(widget, on) if checked else "", box, checked, label)
        else:
            yield Field(mupdf.number(page), name, kind, "" if kind is FieldKind.SIGNATURE else text, box, None, label)


def _on_state(widget: mupdf.Widget) -> str:
    try:
        return _line(widget.on_state()) or "Yes"
    except (*mupdf.ERRORS, LookupError, AttributeError):
        return "Yes"


def _exported(widget: mupdf.Widget, on: str) -> str:
    """What a box stands for: its state, or the text that /Opt has at that place (ISO 32000-1, 12.7.4.2.3)."""
    texts = widget.choice_values or []
    place = int(on) if on.isdecimal() else len(texts)
    return _line(texts[place]) if place < len(texts) and isinstance(texts[place], str) else on


def _line(text: object) -> str:
    """Printable text, whose lines stay."""
    lines = str(text or "").replace("\r\n", "\n").replace("\r", "\n")[:_LONGEST].split("\n")
    return "\n".join("".join(c if c.isprintable() else " " for c in line) for line in lines).strip()
