"""What went wrong, by its cause: many pages with one fault are one line, and the end of a long run says it again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

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


def faults(lines: Iterable[str]) -> list[Fault]:
    """Lines like "page 3: it is broken", those that say the same of several pages taken together."""
    pages: dict[str, list[int]] = {}
    for line in lines:
        found = _PAGE.fullmatch(line)
        pages.setdefault(found[2] if found else line, []).extend([int(found[1])] if found else [])
    return [Fault(text, tuple(sorted(set(numbers)))) for text, numbers in pages.items()]


def ranges(numbers: Iterable[int]) -> str:
    """1-3, 7"""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in runs)


@dataclass
class _Cause:
    documents: list[str] = field(default_factory=list)
    count: int = 0


class Causes:
    """Collects what went wrong with documents, to say it once more with the cause first."""

    def __init__(self) -> None:
        self._causes: dict[str, _Cause] = {}
        self._beyond = 0

    def __bool__(self) -> bool:
        return bool(self._causes)

    def add(self, name: str, fault: Fault) -> None:
        """Of the document of this name, which the text may name as well."""
        cause = fault.text.removeprefix(name).lstrip(": ").replace(name, "it")
        if cause not in self._causes and len(self._causes) >= _MOST_CAUSES:
            self._beyond += 1
            return
        entry = self._causes.setdefault(cause, _Cause())
        entry.count += 1
        if len(entry.documents) < _NAMED:
            entry.documents.append(f"{name} {_pages(fault.pages)}" if fault.pages else name)

    def lines(self) -> Iterator[str]:
        """A line for each cause, those of most documents first."""
        for cause, entry in sorted(self._causes.items(), key=lambda item: -item[1].count):
            more = entry.count - len(entry.documents)
            yield f"{cause}: {', '.join(entry.documents)}{f' and {more} more' if more else ''}"
        if self._beyond:
            yield f"and {self._beyond} more of other kinds"


def _pages(numbers: Sequence[int]) -> str:
    return f"page{'' if len(numbers) == 1 else 's'} {ranges(numbers)}"
