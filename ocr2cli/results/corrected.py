"""The pages as a person has mended them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from output.grounding.blocks import Block, PageBlocks
from output.grounding.parser import clean, strip_special
from output.grounding.roles import Role
from output.text import headings
from pipeline.record.corrections import ADDED, FILE_NAME, Correction


def corrected(pages: Sequence[PageBlocks], corrections: Iterable[Correction]) -> tuple[list[PageBlocks], list[str]]:
    """The pages with their corrections, and a line for each page on which some do not fit: it was read anew since, and
    reads otherwise. Corrections of pages that are not here are left alone."""
    by_page: dict[int, list[Correction]] = defaultdict(list)
    for each in corrections:
        by_page[each.page].append(each)
    done, lines = [], list[str]()
    for page in pages:
        mended, unfit = _page(page, by_page[page.number])
        done.append(mended)
        if unfit:
            what = "a correction does" if unfit == 1 else f"{unfit} corrections do"
            lines.append(f"page {page.number}: {what} not fit what was read; see {FILE_NAME}")
    return done, lines


def as_read(page: PageBlocks) -> PageBlocks:
    """The page with what was read beside what a person made of it: words that a person took out are accounted for."""
    was = dict(page.corrected)
    blocks = (
        replace(block, text=f"{block.text}\n{was[at]}", shown=None) if at in was else block
        for at, block in enumerate(page.blocks)
    )
    return replace(page, blocks=tuple(blocks)) if was else page


def _page(page: PageBlocks, corrections: Iterable[Correction]) -> tuple[PageBlocks, int]:
    blocks, was, unfit = list(page.blocks), dict[int, str](), 0
    for each in corrections:
        text = strip_special(clean(each.text)).strip("\n")
        if each.block == ADDED:
            blocks.append(Block(_label("text", text, ""), (), text))
            was[len(blocks) - 1] = ""
            continue
        at = _place(page.blocks, each)
        if at is None:
            unfit += 1
            continue
        blocks[at] = replace(blocks[at], label=_label(blocks[at].label, text, each.was), text=text)
        was[at] = each.was
    return (replace(page, blocks=tuple(blocks), corrected=tuple(sorted(was.items()))) if was else page), unfit


def _label(label: str, text: str, was: str) -> str:
    """A text to which a person gave hashes is a heading, and one from which they were taken is none."""
    before, now = (headings.split(each)[0] > 0 for each in (was, text))
    if before == now or now == (Block(label, (), "").role in (Role.TITLE, Role.HEADING)):
        return label
    return "sub_title" if now else "text"


def _place(blocks: Sequence[Block], correction: Correction) -> int | None:
    """Where the block is that was read so: at its place, or at another one where that is the only one."""
    if correction.block <= len(blocks) and blocks[correction.block - 1].text == correction.was:
        return correction.block - 1
    same = [at for at, block in enumerate(blocks) if block.text == correction.was]
    return same[0] if len(same) == 1 else None
