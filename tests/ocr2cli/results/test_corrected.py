"""Headings that a person makes, deepens or takes away, in the Markdown that `ocr2 render` writes."""

import json

import pymupdf
import pytest

LINE = "A line of plain text that is long enough for a paragraph of its own, as it stands here."
READ = ("--model", "text-layer", "--format", "md,json")


@pytest.fixture
def blocks(ocr2):
    """The text of each block of a page with a head, a text, two lesser heads, and a text."""
    with pymupdf.open() as made:
        page = made.new_page()
        for y, size, font, text in (
            (90, 22, "hebo", "Of Words"), (130, 11, "helv", LINE), (180, 14, "hebo", "The first part"),
            (220, 11, "helv", LINE), (270, 14, "hebo", "The second part"), (310, 11, "helv", LINE),
        ):  # fmt: skip
            page.insert_text((72, y), text, fontsize=size, fontname=font)
        made.save(ocr2.folder / "a.pdf")
    assert ocr2("convert", "a.pdf", "-o", "out", *READ).returncode == 0
    (page,) = json.loads((ocr2.folder / "out/a/blocks.json").read_text())["pages"]
    return [block["text"] for block in page["blocks"]]


@pytest.fixture
def mended(ocr2, blocks):
    def mend(changes):
        rows = [
            {"page": 1, "block": at, "was": blocks[at - 1] if at else "", "text": text} for at, text in changes.items()
        ]
        (ocr2.folder / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        done = ocr2("render", "out/a", "--corrections", "mine.jsonl", "-q")
        assert (done.returncode, done.stderr) == (0, "")
        return (ocr2.folder / "out/a.md").read_text().replace(LINE, "…").split("\n\n")

    return mend


def test_nothing_changed(ocr2, blocks):
    assert len(blocks) == 6
    text = (ocr2.folder / "out/a.md").read_text().replace(LINE, "…").split("\n\n")
    assert [part.strip() for part in text] == ["# Of Words", "…", "## The first part", "…", "## The second part", "…"]


def test_hashes_that_a_person_changes_are_the_level(mended):
    assert mended({3: "#### The first part", 5: "# The second part"})[2::2] == [
        "#### The first part",
        "# The second part",
    ]


def test_hashes_that_stay_leave_the_level_to_the_document(mended, blocks):
    hashes = blocks[2].split()[0]
    assert mended({3: f"{hashes} The 1st part"})[2] == "## The 1st part"


def test_a_text_becomes_a_heading_and_a_heading_a_text(mended):
    """The letters of what was a heading are still bold in the PDF."""
    parts = mended({1: "Of Words", 2: "### A third part", 0: "## At the end"})
    assert [part.strip() for part in parts] == [
        "**Of Words**", "### A third part", "## The first part", "…", "## The second part", "…", "## At the end",
    ]  # fmt: skip
