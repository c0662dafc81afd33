"""Levels by a document's own outline, and when it is not to be trusted."""

import pytest

from output.document.joining.assemble import assemble
from output.grounding.blocks import About, Block, Box, Document, Entry, PageBlocks


def levels(headings, outline):
    """Level by heading; each is a line `## Heading`, or `= Heading` of the document's title."""
    blocks = tuple(
        Block(
            "title" if text.startswith("=") else "sub_title",
            (Box(1, 90 * i, 500, 90 * i + 20),),
            text.replace("=", "#"),
        )
        for i, text in enumerate(headings)
    )
    document = Document("a", (PageBlocks(1, 600, 800, blocks),), About(outline=tuple(Entry(*one) for one in outline)))
    return [block.level for block in assemble(document).document.pages[0].blocks]


HEADINGS = ["= Of Boats", "## Hulls", "## Wooden", "## Steel", "## Sails"]


@pytest.mark.parametrize(
    ("outline", "expected"),
    [
        ([], [1, 2, 2, 2, 2]),
        ([(1, "Hulls", 1), (2, "Wooden", 1), (2, "Steel", 1), (1, "Sails", 1)], [1, 2, 3, 3, 2]),
        ([(1, "Of Boats", 1), (2, "Hulls", 1), (3, "Wooden", 1), (3, "Steel", 1), (2, "Sails", 1)], [1, 2, 3, 3, 2]),
        ([(1, "Of Boats", 1), (1, "Hulls", 1), (2, "wooden", 1), (2, "STEEL", 0), (1, "1 Sails", 2)], [1, 2, 3, 3, 2]),
        ([(1, "Hulls", 1), (2, "Wooden", 1)], [1, 2, 3, 3, 3]),
        ([(1, "Page 1", 1), (1, "Hulls", 1)], [1, 2, 2, 2, 2]),
        ([(1, "Page 1", 1), (1, "Scan", 1), (2, "Steel", 1), (3, "Hull", 1), (3, "Sail", 1)], [1, 2, 2, 2, 2]),
        ([(1, "Hulls", 7), (2, "Wooden", 7), (2, "Steel", 7), (1, "Sails", 7)], [1, 2, 2, 2, 2]),
        ([(4, "Hulls", 1), (9, "Wooden", 1), (9, "Steel", 1), (4, "Sails", 1)], [1, 2, 6, 6, 2]),
    ],
)
def test_levels(outline, expected):
    assert levels(HEADINGS, outline) == expected


def test_one_entry_above_all_others_is_the_title():
    outline = [(1, "Hulls", 1), (2, "Wooden", 1), (2, "Steel", 1), (2, "Sails", 1)]
    assert levels(HEADINGS[1:], outline) == [1, 2, 2, 2]


def test_equal_titles_are_told_apart_by_their_order():
    outline = [(1, "Hulls", 1), (2, "Notes", 1), (1, "Sails", 1), (2, "Notes", 1)]
    assert levels(["= Boats", "## Hulls", "## Notes", "## Sails", "## Notes"], outline) == [1, 2, 3, 2, 3]


def test_of_equal_titles_the_one_on_the_entrys_own_page_is_meant():
    """Entries are matched to headings up to a page off, but the heading that stands on the page itself comes first."""
    outline = (Entry(1, "Boats", 1), Entry(2, "Notes", 4), Entry(1, "Notes", 3))
    found = [(1, "## Boats"), (3, "## Notes"), (4, "## Notes")]
    blocks = [(number, Block("sub_title", (Box(1, 9, 500, 29),), text)) for number, text in found]
    document = Document("a", tuple(PageBlocks(n, 600, 800, (b,)) for n, b in blocks), About(outline=outline))
    assert [page.blocks[0].level for page in assemble(document).document.pages] == [2, 2, 3]
