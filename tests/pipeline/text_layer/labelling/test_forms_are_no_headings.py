"""What a form has to be filled is no heading, however large beside the small print of its fields."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("size", [9, 12, 14])
def test_boxes_and_dots_in_larger_type_are_no_headings(page, read, column, size):
    column(page, ["Application for a berth"], 60, 60, size=20)
    for i in range(8):
        column(page, [f"Name, street and town of owner {i}", "as in the register of ships"], 60, 100 + 30 * i, size=6)
    for i, name in enumerate(("Sail", "Motor", "Multihull")):
        page.draw_rect((60 + 120 * i, 391, 70 + 120 * i, 401))
        column(page, [name], 76 + 120 * i, 400, size=size)
    column(page, ["Signature ................................   Date ...................."], 60, 450, size=size)
    labels = {block.content: block.label for block in read(page)}
    assert [text for text, label in labels.items() if label in ("title", "sub_title")] == ["# Application for a berth"]
    assert "Signature" in " ".join(labels)
    assert all(f"{name}" in " ".join(labels) for name in ("Sail", "Motor", "Multihull"))
