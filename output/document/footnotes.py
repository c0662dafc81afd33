"""Footnotes tied to their marks in the text, where both are found on one page beyond doubt."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from output.grounding.blocks import Block, PageBlocks
from output.grounding.roles import Role
from output.text import maths

OPEN, CLOSE = "\ufdd0", "\ufdd1"  # noncharacters, which the parser takes out of what it reads
REFERENCE = re.compile(f"{OPEN}(\\d{{1,6}}){CLOSE}")

_TEX = {r"\ast": "*", r"\dagger": "†", r"\ddagger": "‡", r"\S": "§", r"\P": "¶", r"\star": "⋆"}
_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_SYMBOLS = "*∗⁎†‡§¶⋆"
_RAISED = re.compile(
    r"\\\(\s*(?:\{\s*\})?\s*\^\s*(?:\{\s*([\w*∗†‡§¶]{1,4}|\\[A-Za-z]{1,7})\s*\}|([\d*†‡]|\\[A-Za-z]{1,7}))\s*\\\)"
    r"|<sup>\s*([^<>]{1,4})\s*</sup>|([⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})"
)
_BEGINNING = re.compile(rf"(?:{_RAISED.pattern}|(\d{{1,3}}[.)]?|[{_SYMBOLS}]{{1,3}}))\s*(?=\S)")
_BEHIND_WORD = re.compile(r"(?:[^\W\d_]{3}|[\u3040-\u9fff\uac00-\ud7a3]|[.,;:!?)\]\"”’»])\s?$")  # not `m²`, not `10²`
_WORD = re.compile(r"[^\W\d_]{2}|[\u3040-\u9fff\uac00-\ud7a3]")
# Notes of a block that are looked for; more are a repetition loop, and each is looked for in all texts of its page.
_MOST_NOTES = 100
# Places that one symbol may stand in, as behind the names of authors; more, and it is a bullet or a sign. Fewer, and a
# paper of many authors loses the reference to its note. Chosen, not measured.
_MOST_PLACES = 8


@dataclass(frozen=True)
class _Note:
    """A note: its mark as `1`, `1)`, `*` …, "" for none; what follows the mark; and the whole as written."""

    mark: str
    text: str
    whole: str


@dataclass(frozen=True)
class _Place:
    """Where a mark stands: text[start:end] of a block."""

    block: int
    start: int
    end: int


def link(pages: Sequence[PageBlocks]) -> tuple[PageBlocks, ...]:
    """The pages with marks as references in what is shown, and notes that begin with their reference.

    References are numbered through the document. A note is left as it is unless its mark stands on its page raised, or
    as a symbol behind a word, or once as a plain number right behind a word. Tables are not searched, since Markdown
    has no footnotes within HTML.
    """
    linked, count = [], 0
    for page in pages:
        page, count = _on_page(page, count)
        linked.append(page)
    return tuple(linked)


def _on_page(page: PageBlocks, count: int) -> tuple[PageBlocks, int]:
    """The page with its notes linked, and how many notes are so far; `count` is how many there were before."""
    texts = {i: block.content for i, block in enumerate(page.blocks) if _may_refer(block)}
    notes: dict[int, str] = {}
    for i, block in enumerate(page.blocks):
        if block.label == "footnote":
            notes[i], count = _linked(block.content, texts, count)
    changed = texts | notes
    blocks = (_showing(block, changed.get(i, block.content)) for i, block in enumerate(page.blocks))
    return replace(page, blocks=tuple(blocks)), count


def _linked(text: str, texts: dict[int, str], count: int) -> tuple[str, int]:
    """A block of notes with references in place of their marks, and the number of the last; `texts` get them, too."""
    shown, before = [], count
    for at, note in enumerate(_notes(text)):
        is_sure = at < _MOST_NOTES and bool(note.mark and _WORD.search(note.text))
        found = is_sure and _refer(texts, note.mark, count + 1)
        count += found
        shown.append(f"{OPEN}{count}{CLOSE} {note.text}" if found else note.whole)
    return ("\n\n".join(shown) if count > before else text), count


def _showing(block: Block, text: str) -> Block:
    if text == block.content:
        return block
    return replace(block, shown=text, notes=tuple(dict.fromkeys(map(int, REFERENCE.findall(text)))))


def _may_refer(block: Block) -> bool:
    kinds = (Role.TEXT, Role.LIST, Role.CAPTION, Role.TITLE, Role.HEADING)
    return block.role in kinds and block.label != "footnote"


def _notes(text: str) -> Iterator[_Note]:
    """The notes of a block: each begins a line with its mark; plain numbers must go up."""
    pending: list[str] = []
    last = 0
    for line in text.split("\n"):
        found = _BEGINNING.match(line)
        mark = _mark(found) if found else ""
        number = int(mark.strip(".)")) if mark.strip(".)").isdecimal() else 0
        if pending and mark and (not number or number == last + 1):
            yield _note("\n".join(pending))
            pending = []
        if not pending or number == last + 1:
            last = number
        pending.append(line)
    yield _note("\n".join(pending))


def _note(whole: str) -> _Note:
    found = _BEGINNING.match(whole)
    return _Note(_mark(found), whole[found.end() :], whole) if found else _Note("", whole, whole)


def _mark(found: re.Match[str]) -> str:
    mark = next(group for group in found.groups() if group)
    return _TEX.get(mark, mark).translate(_DIGITS).strip()


def _refer(texts: dict[int, str], mark: str, number: int) -> bool:
    """Put the reference in place of the mark in `texts`; False where it is not found, or too often to be sure."""
    is_symbol = mark[0] in _SYMBOLS
    finder = _symbols if is_symbol else _numbers
    places = [place for i, text in texts.items() for place in finder(i, text, mark)]
    if not places or len(places) > (_MOST_PLACES if is_symbol else 1):
        return False
    # From the last to the first: a reference moves what stands behind it.
    for place in reversed(places):
        text = texts[place.block]
        texts[place.block] = f"{text[: place.start].rstrip(' ')}{OPEN}{number}{CLOSE}{text[place.end :]}"
    return True


def _numbers(block: int, text: str, mark: str) -> list[_Place]:
    raised = list(_raised(block, text, mark.strip(".)")))
    if not mark.strip(".)").isdecimal():
        return raised  # a letter on the line may be the end of any word
    least = 2 if mark.endswith(")") else 4  # letters before it, so that neither `L2` nor `CO2` is a reference
    ending = r"\)" if mark.endswith(")") else r"(?=[,;:)]|\.?(?:\s|$))"
    plain = rf"(?:[^\W\d_]{{{least}}}[.,;:!?\"”’)\]]{{0,2}})({mark.strip('.)')}{ending})"
    return raised + _outside_formulas(block, text, plain, lambda _: True)


def _symbols(block: int, text: str, mark: str) -> list[_Place]:
    gap = "" if "*" in mark else r"\s?"  # `2 * 3` has no note
    pattern = rf"(?<=[\w.,;:!?)\]\"”’]){gap}(?<![*])({re.escape(mark)})(?![\w*])"
    return sorted(
        [
            *_raised(block, text, mark),
            *_outside_formulas(block, text, pattern, lambda m: text[: m.start(1)].strip() != ""),
        ],
        key=lambda place: place.start,
    )


def _raised(block: int, text: str, mark: str) -> Iterator[_Place]:
    for found in _RAISED.finditer(text):
        if _mark(found) == mark and _BEHIND_WORD.search(text, max(found.start() - 4, 0), found.start()):
            yield _Place(block, found.start(), found.end())


def _outside_formulas(block: int, text: str, pattern: str, is_good: Callable[[re.Match[str]], bool]) -> list[_Place]:
    formulas = [(f.start, f.end) for f in maths.find(text)]
    found = (match for match in re.finditer(pattern, text) if is_good(match))
    return [
        _Place(block, match.start(1), match.end(1))
        for match in found
        if not any(start < match.end(1) and match.start(1) < end for start, end in formulas)
    ]
