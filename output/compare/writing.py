"""From blocks to Markdown: which words no stage of the output wrote and no count names."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

from output.compare.matching import absent
from output.compare.read_markdown import alternatives, parts
from output.compare.tokens import is_number, plain, tokens
from output.grounding.accounts import Dropped
from output.grounding.blocks import Block, PageBlocks

Lines = Callable[[], Iterable[str]]
"""The lines of the Markdown, from the first one each time."""


def lost(
    pages: Iterable[PageBlocks], left_out: Iterable[Dropped], lines: Lines, before: Iterable[str] = ()
) -> dict[int, tuple[str, ...]]:
    """The words of the blocks that the Markdown lacks, by page; `left_out` are the texts that were not written.

    Those must stand in the Markdown once, or in what was written `before` it; only numbers that count pages need not.
    A word that comes several times is taken to be missing where most of the missing words are.
    """
    pages = tuple(pages)
    aside: dict[int, list[Dropped]] = defaultdict(list)
    for one in left_out:
        if one.block is not None:  # else it is in no block
            aside[one.page].append(one)
    there = written(lines())
    needed: Counter[str] = Counter()
    for page in pages:
        needed += _to_write(page, aside[page.number])
    missing = list((needed - there).elements())
    if missing:
        # Cheap first: whole tokens as multisets, and only what is then missing is looked for letter by letter.
        missing = list(absent(missing, list((there - needed).elements()), _around(lines, missing), there))
    if missing:
        named = [token for line in lines() for text in alternatives(line) for token in tokens(text)]
        missing = list((Counter(missing) - Counter(named)).elements())
    found = _by_page(Counter(missing), {page.number: _to_write(page, aside[page.number]) for page in pages if missing})
    for number, words in _never_written(aside, {*there, *before}):
        found[number] = (*found.get(number, ()), *words)
    return found


def written(lines: Iterable[str]) -> Counter[str]:
    """The tokens of a Markdown file."""
    return Counter(token for part in parts(lines) for token in tokens(part))


def _to_write(page: PageBlocks, left_out: Iterable[Dropped]) -> Counter[str]:
    """What must be written of a page."""
    counts: Counter[str] = Counter()
    for block in page.blocks:
        counts += _needed(block)
    return counts - Counter(token for one in left_out for token in tokens(plain(one.text)))


def _needed(block: Block) -> Counter[str]:
    """The tokens of a block as it was read; marks of footnotes are numbered anew, and may be letters or symbols."""
    read = Counter(tokens(plain(block.text)))
    if not block.notes:
        return read
    shown = Counter(tokens(plain(block.content)))
    marks = Counter(token for token in (read - shown).elements() if is_number(token) or _is_letter(token))
    excused = Counter(dict(marks.most_common(len(block.notes))))
    return (read - excused) | (shown - read)


def _is_letter(token: str) -> bool:
    return len(token) == 1 and token.isalpha()


def _around(lines: Lines, missing: Sequence[str]) -> str:
    """The parts of the Markdown in which numbers with separators may stand in another form."""
    parted = [token for token in missing if is_number(token) and not token.isdigit()]
    if not parted:
        return ""
    firsts = {token[:1] for token in parted}
    return "\n".join(part for part in parts(lines()) if any(first in part for first in firsts))


def _by_page(missing: Counter[str], pages: Mapping[int, Counter[str]]) -> dict[int, tuple[str, ...]]:
    """Shares out the missing words among the pages that have them, first to the page that has the most."""
    found: dict[int, tuple[str, ...]] = {}
    for number in sorted(pages, key=lambda number: -(missing & pages[number]).total()):
        there = pages[number] & missing
        if there:
            found[number] = tuple(there.elements())
            missing = missing - there
    return found


def _never_written(aside: Mapping[int, Sequence[Dropped]], there: Container[str]) -> Iterator[tuple[int, list[str]]]:
    """What was left out as standing elsewhere, and stands nowhere."""
    counting = _counting(aside)
    for number, texts in aside.items():
        words = [
            token
            for one in texts
            if one.kind != "page_number"
            for token in tokens(plain(one.text))
            if token not in there and not (token.isdigit() and int(token) - number in counting)
        ]
        if words:
            yield number, words


def _counting(aside: Mapping[int, Sequence[Dropped]]) -> set[int]:
    """By how much the numbers that count pages differ from the pages' own: differences that come twice."""
    offsets = Counter(
        int(token) - number
        for number, texts in aside.items()
        for token in {token for one in texts for token in tokens(one.text) if token.isdigit() and len(token) < 6}
    )
    return {offset for offset, count in offsets.items() if count > 1}
