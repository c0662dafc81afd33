"""What went wrong, by its cause: many pages with one fault are one line, and the end of a long run says it again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

_FIGURE = re.compile(r"(?<![\w.])\d+\.\d+(?!\.?\d|\w)")
"""A measured figure: where nothing else differs, the cause is the same."""
_PAGE = re.compile(r"page (\d+): (.*)", re.DOTALL)
_MOST_CAUSES = 50
"""Kept for the end; more kinds of failure than that nobody reads, and a watch folder may run for a year."""
_NAMED = 5
"""Documents that are named for one cause; the others are counted."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with some pages of a document, or with the whole of it where there are no `pages`."""

    text: str
    pages: tuple[int, ...] = ()

    def __str__(self) -> str:
        """ "pages 1-3, 7: it is broken" """
        return f"{_pages(self.pages)}: {self.text}" if self.pages else self.text


class _Words:
    """What was said first of several texts that differ in their figures alone, and the range of each figure."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._bounds = [(figure, figure) for figure in _FIGURE.findall(text)]

    def widen(self, text: str) -> None:
        """Another one of them."""
        self._bounds = [
            (min(low, new, key=float), max(high, new, key=float))
            for (low, high), new in zip(self._bounds, _FIGURE.findall(text), strict=True)
        ]

    def __str__(self) -> str:
        bounds = iter(self._bounds)
        return _FIGURE.sub(lambda _: _between(*next(bounds)), self._text)


def _alike(text: str) -> str:
    return _FIGURE.sub("", text)


def faults(lines: Iterable[str]) -> list[Fault]:
    """Lines like "page 3: it is broken", those that say the same of several pages taken together."""
    found: dict[str, tuple[_Words, list[int]]] = {}
    for line in lines:
        page = _PAGE.fullmatch(line)
        text = page[2] if page else line
        words, pages = found.setdefault(_alike(text), (_Words(text), []))
        words.widen(text)
        pages.extend([int(page[1])] if page else [])
    return [Fault(str(words), tuple(sorted(set(pages)))) for words, pages in found.values()]


def ranges(numbers: Iterable[int]) -> str:
    """1-3, 7"""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in runs)


def some(names: Sequence[str], count: int | None = None) -> str:
    """The first names of `count`, or of as many as there are: "a.pdf, b.pdf and 3 more"."""
    more = (len(names) if count is None else count) - len(names[:_NAMED])
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more else "")


@dataclass
class _Cause:
    """What went wrong with some documents. `predicate`: the words go on behind a document's name ("is encrypted")."""

    words: _Words
    predicate: bool
    documents: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, document: str, words: str) -> None:
        self.count += 1
        self.words.widen(words)
        if len(self.documents) < _NAMED:
            self.documents.append(document)

    def __str__(self) -> str:
        """ "a.pdf is encrypted", "a.pdf, b.pdf and 3 more: each is encrypted", "a.pdf page 1: it was cut" """
        names = some(self.documents, self.count)
        if not self.predicate:
            return f"{names}: {self.words}"
        return f"{names} {self.words}" if self.count == 1 else f"{names}: each {self.words}"


class Causes:
    """Collects what went wrong with documents, to say it once more, a line for each cause."""

    def __init__(self) -> None:
        self._causes: dict[str, _Cause] = {}
        self._beyond = 0

    def __bool__(self) -> bool:
        return bool(self._causes)

    def add(self, name: str, fault: Fault) -> None:
        """Of the document of this name, which the text may name as well."""
        predicate = fault.text.startswith(f"{name} ")
        words = fault.text.removeprefix(name).lstrip(": ").replace(name, "it")
        cause = _alike(words)
        if cause not in self._causes and len(self._causes) >= _MOST_CAUSES:
            self._beyond += 1
            return
        entry = self._causes.setdefault(cause, _Cause(_Words(words), predicate))
        entry.add(f"{name} {_pages(fault.pages)}" if fault.pages else name, words)

    def lines(self) -> Iterator[str]:
        """A line for each cause, those of most documents first."""
        yield from map(str, sorted(self._causes.values(), key=lambda cause: -cause.count))
        if self._beyond:
            yield f"and {self._beyond} more of other kinds"


def _between(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"


def _pages(numbers: Sequence[int]) -> str:
    return f"page{'' if len(numbers) == 1 else 's'} {ranges(numbers)}"
