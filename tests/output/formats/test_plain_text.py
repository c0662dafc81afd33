"""Plain text: exactly what a person would read, and every word of the Markdown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from output.document.joining.assemble import assemble
from output.formats.plain_text import document_text, plain
from output.grounding.blocks import Block, Box, Document, PageBlocks
from output.options import RenderOptions

BOX = (Box(100, 100, 900, 200),)


def written(*pages, **options):
    made = tuple(
        PageBlocks(n, 600, 800, tuple(Block(label, BOX, text) for label, text in page))
        for n, page in enumerate(pages, 1)
    )
    return "".join(document_text(assemble(Document("a", made), RenderOptions(**options))))


def test_a_document():
    table = "<table><tr><th>Boat</th><th>Catch, kg</th></tr><tr><td>Anna-Maria</td><td>12</td></tr></table>"
    assert (
        written(
            [("title", "# Of *boats* & <nets>"), ("text", "Its area is 12 m<sup>2</sup> \\(a_1\\).\nSee note¹ there."),
             ("list", "- one\n- two\n  1. three"), ("table", table), ("code", "a  = 1\n\n  b"),
             ("formula", r"\[x^2\]"), ("footnote", "¹ A note.")]
        )
        == """\
Of *boats* & <nets>

Its area is 12 m² a_1.
See note[1] there.

- one
- two
  1. three

Boat        Catch, kg
Anna-Maria  12

a  = 1

  b

x^2

[1] A note.
"""
    )  # fmt: skip


def test_pages_are_parted_by_form_feeds_where_they_are_marked():
    pages = [("text", "One.")], [], [("text", "Three.")]
    assert written(*pages, page_separator=True) == "One.\n\f\n\fThree.\n"
    assert written(*pages) == "One.\n\nThree.\n"


def test_nothing_is_an_empty_file():
    assert written([]) == ""


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("x<sup>−12</sup> 19<sup>th</sup> H<sub>2</sub>O", "x⁻¹² 19th H₂O"),
        ("<table>\n<tr><td>10<sup>3</sup></td><td>a<br>b &lt; $y_1$</td></tr>\n</table>", "10³  a b < y_1"),
        ("| a | b |\n| --- | --- |\n| 港口 | 2 |\n| c | 3 |", "a     b\n港口  2\nc     3"),
        ("![alt](a.png)", ""),
        ("<!-- picture: a &lt;b -->", "[In the picture: a <b]"),
        ("<!-- header: Journal -->", ""),
        ("> **Page 3 could not be read:** why", "Page 3 could not be read: why"),
        ("[a page](https://example.org)", "a page"),
        (f"| {'a' * 90} | {'b' * 40} |\n| --- | --- |\n| c | d |", f"{'a' * 90}\t{'b' * 40}\nc\td"),
        ("3. c\n4. d\n   - e", "3. c\n4. d\n   - e"),
    ],
)
def test_markdown_without_its_markup(markdown, text):
    assert plain(markdown) == text


@given(st.text(st.characters(exclude_categories=("C", "Z")) | st.sampled_from(" \n*_`[]()<>&#|~\\-+."), max_size=80))
def test_a_text_comes_out_as_it_was_read(text):
    """What the Markdown escapes is there again; only white space, and what the page means by its marks, may differ."""
    words = "".join(c for c in text if c.isalpha())
    assert words in "".join(c for c in written([("text", text)]) if c.isalpha()) or "$" in text or "\\" in text


def test_two_prices_with_a_blank_behind_the_sign_are_no_formula():
    assert plain("B$ &lt;B$") == "B$ <B$"
