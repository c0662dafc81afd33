"""What the text layer says it could not lay out: formulas in fragments, columns that were poured out, and no more."""

import random

import pymupdf
import pytest
from drawn_tables.pages import page as drawn_page
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.text_layer.page import read_page

PROSE = "The value of the fraction follows from what was said above, and it does not depend on the path that is taken."


def drawn(*texts):
    """A page with each (x, y, size, text), between two paragraphs; what is in doubt on it, as (kind, contents)."""
    with pymupdf.open() as document:
        page = document.new_page(width=600, height=800)
        font = pymupdf.Font("cjk")  # it has mathematical signs
        writer = pymupdf.TextWriter(page.rect)
        writer.fill_textbox((60, 60, 540, 140), PROSE * 3, font=font, fontsize=11)
        for x, y, size, text in texts:
            writer.append((x, y), text, font=font, fontsize=size)
        writer.fill_textbox((60, 500, 540, 580), PROSE * 3, font=font, fontsize=11)
        writer.write_text(page)
        read = read_page(page)
    blocks = [block.partition("<|/det|>\n")[2].strip() for block in read.text.split("<|ref|>")[1:]]
    return [(doubt.kind, [blocks[at] for at in doubt.blocks]) for doubt in read.doubts]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    x=st.integers(150, 380), size=st.sampled_from([9, 11, 14]), apart=st.floats(1.3, 1.9), over=st.sampled_from("abN∂")
)
def test_a_fraction_is_one_doubt(x, size, apart, over):
    y = 300
    found = drawn((x, y, size, "f ="), (x + 2.6 * size, y - apart * size / 2, size, over + " + 1"),
                  (x + 2.6 * size, y + apart * size / 2, size, "2 c"))  # fmt: skip
    assert len(found) <= 1
    if found:  # where the parts touch, they are one block already, in their order
        ((kind, parts),) = found
        assert kind == "formula" and "".join("".join(parts).split()).count("1") == 1


def test_limits_above_and_below_a_sign_are_parts_of_its_formula():
    ((kind, parts),) = drawn(
        (300, 300, 14, "∑"), (302, 284, 8, "n"), (296, 314, 8, "k = 1"), (330, 300, 11, "f(k) = 0")
    )
    assert kind == "formula" and parts == ["", "n ∑ k = 1 f(k) = 0"]  # its picture first


@pytest.mark.parametrize("text", ["E = mc", "a ≤ b and b ≤ c"])
def test_a_formula_that_is_one_block_is_no_doubt(text):
    assert drawn((250, 300, 11, text)) == []


@pytest.mark.parametrize("words", [("12", "March"), ("Chapter", "= 7"), ("A", "B")])
def test_short_texts_are_no_formula(words):
    assert drawn((250, 280, 11, words[0]), (250, 330, 11, words[1])) == []


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.integers(4, 8), pitch=st.integers(20, 30), off=st.floats(0.5, 0.9), columns=st.integers(2, 3))
def test_columns_of_values_that_were_poured_out_are_one_doubt(rows, pitch, off, columns):
    """Columns far apart whose rows do not stand at one height: no rule and no row tells that they are a table's."""
    found = drawn(*((90 + 180 * c, 240 + pitch * r + off * pitch * (c % 2), 11, f"{r}{c}.5")
                    for c in range(columns) for r in range(rows)))  # fmt: skip
    assert [kind for kind, _ in found] in ([], ["table"])
    for _, parts in found:
        words = " ".join(parts).split()
        assert sorted(words) == sorted(f"{r}{c}.5" for c in range(columns) for r in range(rows))


@pytest.mark.parametrize("seed", range(12))
def test_columns_that_each_have_their_own_leading_are_read_row_by_row_or_are_in_doubt(seed):
    rng = random.Random(seed)
    size, rows, columns = rng.choice([9, 10, 11]), rng.randint(5, 9), rng.randint(2, 4)
    pitch = rng.uniform(1.4, 2.2) * size
    pitches = [pitch, *(pitch * rng.uniform(0.82, 1.0) for _ in range(columns - 1))]
    texts = [[f"{'ABCDEFGHI'[r]}{c}" if c == 0 else f"{r + 1}{c}.5" for c in range(columns)] for r in range(rows)]
    top, bottom, upright = 300 - 1.5 * size, 300 + pitch * rows, rng.random() < 0.5
    with pymupdf.open() as document:
        page = document.new_page(width=600, height=800)
        page.insert_textbox((60, 60, 540, 200), PROSE * 3, fontsize=size)
        for row, cells in enumerate(texts):
            for column, text in enumerate(cells):
                page.insert_text((80 + 110 * column, 300 + pitches[column] * row), text, fontsize=size)
        for x in range(72, 73 + 110 * columns, 110) if upright else ():
            page.draw_line((x, top), (x, bottom))
        for y in (top, bottom):
            page.draw_line((72, y), (72 + 110 * columns, y))
        read = read_page(page)
    whole = ["".join(f"<td>{cell}</td>" for cell in cells) for cells in texts]
    told = all(row in read.text.replace("th>", "td>") for row in whole)
    assert told or [doubt.kind for doubt in read.doubts] == ["table"]


@pytest.mark.parametrize(
    "kind",
    ["grouped_labels", "bill", "programme", "panels", "rules_in_part", "side_by_side", "dark_head", "chart", "code"],
)
def test_cells_in_the_middle_of_their_rows_are_no_doubt(kind):
    for seed in range(2):
        with pymupdf.open("pdf", drawn_page(kind, seed).pdf) as document:
            assert [doubt for page in document for doubt in read_page(page).doubts] == []


@pytest.mark.parametrize("kind", ["bare", "wrapped_labels", "side_groups", "address_cells", "prose_columns", "form"])
def test_pages_that_are_read_well_leave_no_doubt(kind):
    with pymupdf.open("pdf", drawn_page(kind, 1).pdf) as document:
        assert [doubt for page in document for doubt in read_page(page).doubts] == []
