"""Page ranges as people type them: `1,3-5,9-`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.errors import InputError, UserError

_ITEM = re.compile(r"(?P<single>[0-9]{1,9})|(?P<first>[0-9]{1,9})?\s*-\s*(?P<last>[0-9]{1,9})?")


@dataclass(frozen=True)
class PageRanges:
    """Inclusive 1-based ranges in the order typed; `last` is None where a range runs to the end of the document."""

    spec: str
    ranges: tuple[tuple[int, int | None], ...]

    @classmethod
    def parse(cls, spec: str) -> PageRanges:
        """Read `--pages`: single pages `3`, ranges `3-5`, open ranges `9-` and `-3`, separated by commas.

        Raises UserError for anything else, page 0 and backward ranges, so a mistake shows before a file is opened.
        """
        return cls(spec, tuple(_range(item.strip(), spec) for item in spec.split(",")))

    def numbers(self, page_count: int) -> list[int]:
        """The pages meant in a document of `page_count` pages, ascending, each once.

        A range is cut at the end of the document. Raises InputError for a single page that is not there or a range that
        starts behind the last page: then the wrong document or the wrong number was given.
        """
        pages: set[int] = set()
        for first, last in self.ranges:
            if first > page_count:
                has = "1 page" if page_count == 1 else f"{page_count} pages"
                raise InputError(f"--pages {self.spec}: there is no page {first}, the document has {has}")
            pages.update(range(first, min(last or page_count, page_count) + 1))
        return sorted(pages)


def page_numbers(spec: str, page_count: int) -> list[int]:
    """`PageRanges.parse(spec).numbers(page_count)`."""
    return PageRanges.parse(spec).numbers(page_count)


def _range(item: str, spec: str) -> tuple[int, int | None]:
    match = _ITEM.fullmatch(item)
    if match is None or item == "-":
        raise UserError(f"--pages {spec!r}: {item!r} is not a page or a range; write for example --pages 1,3-5,9-")
    first = int(match["single"] or match["first"] or 1)
    last = int(match["single"] or match["last"]) if match["single"] or match["last"] else None
    if first == 0 or last == 0:
        raise UserError(f"--pages {spec!r}: pages are counted from 1")
    if last is not None and last < first:
        raise UserError(f"--pages {spec!r}: {item} runs backward; write {last}-{first}")
    return first, last
