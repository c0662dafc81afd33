"""Writes document.lines: a line for each block, as it was read, and a form feed between two pages."""

from output import Assembly


def lines(assembly: Assembly) -> str:
    """What the file holds. `assembly.document.pages` have the blocks with all that is known of them."""
    pages = []
    for page in assembly.document.pages:
        shown = [block.text for block in page.blocks if block.text and not block.running]
        pages.append("\n".join(" ".join(text.split()) for text in shown))
    return "\f".join(pages) + "\n"
