"""What is not written where it stands because it stands elsewhere: the list that the ledger of words asks for."""

from __future__ import annotations

from output.document.joining.assemble import Assembly
from output.grounding.blocks import Dropped, PageBlocks
from output.options import Running


def left_out(assembly: Assembly) -> tuple[Dropped, ...]:
    """Every text of the document's blocks that is not written on its page, in page order."""
    if assembly.options.headers is not Running.DROP:
        return ()
    return tuple(one for page in assembly.document.pages for one in left_out_of(page))


def left_out_of(page: PageBlocks) -> list[Dropped]:
    """What runs over the pages and is on this one, whose blocks have their facts."""
    return [
        Dropped(page.number, at, "page_number" if block.running == "page_number" else "running", block.text)
        for at, block in enumerate(page.blocks)
        if block.running and block.text.strip()
    ]
