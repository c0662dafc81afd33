"""Grounded text to blocks: a total parser that takes any string, runs in linear time and evaluates nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from output.grounding.blocks import Block, Box
from output.grounding.roles import LABELS

# Coordinates run from 0 to this along both sides of the page, both edges included: the released model's own script
# draws boxes at x / 999 of the width. With 1000, a box at the right edge would end half a point short.
GRID = 999

_TAG = re.compile(r"<\|(/?(?:ref|det))\|>")
_CUT_TAG = re.compile(r"<(?:\|/?(?:r|re|ref|d|de|det)?\|?|｜[^\s｜<>]{0,64})\Z")
_SPECIAL = re.compile(r"<\|[^\s|<>]{1,64}\|>|<｜[^\s｜<>]{1,64}｜>|<image(?:_\d{1,4})?>")
_LABEL = re.compile(r"[^\W\d_][\w /-]{0,39}")
# A label and its box in one mark, as Unlimited-OCR writes them; the mark before each of several pages.
_LABELLED = re.compile(r"\s*([^\W\d_][\w /-]{0,39}?)\s*(\[[\d \t.,+\[\]-]*)")
_PAGE = re.compile(r"\A\s*<page>|<page>(?=\s*(?:<\|(?:ref|det)\|>|\Z))", re.IGNORECASE)
_COORDINATE_LINE = re.compile(r"\s*(?:\[[\d \t.,+\[\]-]*?\]\]|\[[\d \t.,+-]*\])|[\s\d.,+\[-]*")
_LINE_BREAK = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# C0 and C1 controls but tab and newline, zero-width and bidirectional controls, interlinear annotation marks.
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\ufeff\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]")
_UNENCODABLE = re.compile("[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_CENTER = re.compile(r"\A\s*<center>(.*?)(?:</center>|\Z)", re.IGNORECASE | re.DOTALL)
_TABLE = re.compile(r"<table\b.*?(?:</table>|\Z)", re.IGNORECASE | re.DOTALL)


@dataclass
class _Draft:
    label: str = ""
    boxes: list[Box] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    confidence: float | None = None
    begun: bool = False  # whether any part is more than white space

    def add(self, part: str) -> None:
        self.begun = self.begun or bool(part.strip())
        self.parts.append(part)

    def done(self) -> Block:
        text = _tidy("".join(self.parts), self.label)
        return Block(self.label, tuple(self.boxes), text, confidence=self.confidence)


def parse(text: str, confidences: Sequence[float] = ()) -> tuple[Block, ...]:
    """Read `<|ref|>LABEL<|/ref|><|det|>[[x1, y1, x2, y2], …]<|/det|>` blocks, and those of Unlimited-OCR,
    `<|det|>LABEL [x1, y1, x2, y2]<|/det|>`, in the order of the text.

    Never raises. Text outside the tags is kept, in order; special tokens and control characters are not. Boxes are
    clamped to 0..999 and their corners ordered; those with fewer than four numbers are dropped. Labels are lower case
    with underscores; text before the first tag has the label "". An empty `table` block whose HTML stands in the
    caption block after it (the released model does so) gets its HTML back, behind that caption. `confidences`: one for
    each `<|ref|>` of the text, or none.
    """
    known = confidences if len(confidences) == text.count("<|ref|>") else ()
    # Cleaned first: a control character within a tag would hide it here and show it to a renderer that drops the
    # character.
    drafts = _drafts(_PAGE.sub("", _CUT_TAG.sub("", clean(text))), known)
    blocks = [draft.done() for draft in drafts]
    return tuple(_tables_in_place([b for b in blocks if b.text or b.boxes]))


def clean(text: str) -> str:
    """Text without control characters, with plain line breaks, and safe to encode as UTF-8."""
    return _UNENCODABLE.sub("\ufffd", _CONTROL.sub("", _LINE_BREAK.sub("\n", text)))


def strip_special(text: str) -> str:
    """Text without special tokens, also such as appear only once an inner one is taken out."""
    # After three rounds, what is still nested was made to be: it is defused below, in one pass, and stays visible.
    for _ in range(3):  # not until none is left: tokens nested in each other would take a round each
        text, found = _SPECIAL.subn("", text)
        if not found:
            return text
    return text.replace("<|", "< |").replace("<｜", "< ｜").replace("<image", "< image")


def _drafts(text: str, confidences: Sequence[float]) -> list[_Draft]:
    """Walk over the tags; each comes with the text up to the next one and the name of that next one."""
    drafts = [_Draft()]
    sure = iter(confidences)
    for tag, body, following in _events(text):
        if tag == "ref":
            before, confidence = len(drafts), next(sure, None)
            _on_ref(drafts, body, following)
            for draft in drafts[before:]:
                draft.confidence = confidence
        elif tag == "det":
            _on_det(drafts, body, following)
        else:
            drafts[-1].add(body)
    return drafts


def _events(text: str) -> Iterator[tuple[str, str, str]]:
    parts = ["", *_TAG.split(text), ""]
    for i in range(0, len(parts) - 2, 2):
        yield parts[i], parts[i + 1], parts[i + 2]


def _on_ref(drafts: list[_Draft], body: str, following: str) -> None:
    name = strip_special(body).strip()
    is_label = _LABEL.fullmatch(name) is not None
    if following in ("/ref", "det") and (is_label or not name):
        drafts.append(_Draft(_named(name)))
    elif following == "/ref":
        drafts.append(_Draft())  # prose between the tags is text that must not be lost
        drafts[-1].add(body)
    elif not (name.lower() in LABELS or (not following and _begins_label(name))):
        drafts[-1].add(body)


def _named(label: str) -> str:
    return re.sub(r"[\s-]+", "_", label.strip().lower())


def _begins_label(name: str) -> bool:
    """Whether a page that was cut off inside a tag may have been writing a label."""
    return any(label.startswith(name.lower()) for label in LABELS)


def _on_det(drafts: list[_Draft], body: str, following: str) -> None:
    if found := _LABELLED.match(body):
        rest = body[found.end() :]
        if following == "/det" and not rest.strip():
            drafts.append(_Draft(_named(found[1]), list(_boxes(found[2]))))
            return
        if _begins_label(found[1].strip()) or not rest.strip():  # not closed: the page was cut off, or goes on in text
            drafts.append(_Draft(_named(found[1]), list(_boxes(found[2])) if found[2].rstrip().endswith("]") else []))
            drafts[-1].add(rest)
            return
    if not following and _begins_label(body.strip()):
        return  # a page that was cut off inside a label
    first, _, rest = body.partition("\n")
    if following != "/det" or any(c.isalpha() for c in rest):  # not closed, or closed only after some text
        # Without its closing tag, coordinates end where they cease to be numbers: what follows them is text of the
        # page.
        found = _COORDINATE_LINE.match(body)
        first, rest = (body[: found.end()], body[found.end() :]) if found else ("", body)
        if not following and not any(c.isalpha() for c in rest):
            rest = ""  # coordinates that a cut-off page did not finish
    else:
        first, rest = body, ""
    current = drafts[-1]
    if current.begun and (current.boxes or not current.label):
        drafts.append(current := _Draft("text"))
    current.label = current.label or "text"
    current.boxes.extend(_boxes(first))
    current.add(rest)


def _boxes(text: str) -> Iterator[Box]:
    for group in re.split(r"[\[\]]+", text):
        numbers = [_coordinate(item) for item in group.split(",") if item.strip()]
        for i in range(0, len(numbers) - 3, 4):
            if box := _box(numbers[i : i + 4]):
                yield box


def _coordinate(item: str) -> int | None:
    try:
        number = float(item)
    except ValueError:
        return None
    return None if math.isnan(number) else round(min(max(number, 0), GRID))


def _box(numbers: list[int | None]) -> Box | None:
    x1, y1, x2, y2 = numbers
    if x1 is None or y1 is None or x2 is None or y2 is None:
        return None
    return Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))


def _tidy(text: str, label: str) -> str:
    if label != "code":  # the released model centres whole captions; a tag within a text is printed on the page
        text = _CENTER.sub(r"\1", text)
    lines = strip_special(text).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def _tables_in_place(blocks: list[Block]) -> Iterator[Block]:
    """Give an empty table the HTML that follows its caption; the table then stands where that HTML stood."""
    waiting: list[Block] = []
    for block in blocks:
        found = _TABLE.search(block.text) if waiting and block.label.endswith(("_caption", "footnote")) else None
        if block.label == "table" and not block.text:
            waiting.append(block)
        elif found:
            yield replace(block, text=block.text[: found.start()].strip())
            yield replace(waiting.pop(0), text=found.group())
            if rest := block.text[found.end() :].strip():
                yield Block("text", (), rest)
        elif block.label.endswith(("_caption", "footnote")) and waiting:
            yield block
        else:
            yield from waiting
            waiting = []
            yield block
    yield from waiting
