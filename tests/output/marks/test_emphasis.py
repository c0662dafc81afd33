"""Emphasis stands where its words stand, and Markdown reads it as emphasis whatever is beside it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from output.document.joining.assemble import assemble
from output.formats.chunks.jsonl import chunks
from output.formats.csv_tables import files
from output.formats.html_format import fragment
from output.formats.markdown import document_markdown
from output.formats.plain_text import document_text
from output.grounding.blocks import Block, Box, Document, Emphasis, Link, PageBlocks, Style
from output.options import RenderOptions, TableStyle

BOX = Box(100, 100, 900, 200)
URL = "https://example.org/a"
BOLD, ITALIC, STRUCK, CODE = Style(bold=True), Style(italic=True), Style(struck=True), Style(code=True)
BOTH = Style(bold=True, italic=True)


def words(text, style, before="", after=""):
    return Emphasis(text, style, BOX, before, after)


def document(text, *emphasis, label="text", links=(), **facts):
    return Document("a", (PageBlocks(1, 600, 800, (Block(label, (BOX,), text),), links=links, emphasis=emphasis),))


def written(text, *emphasis, label="text", links=(), **options):
    return document_markdown(document(text, *emphasis, label=label, links=links), RenderOptions(**options)).rstrip("\n")


@pytest.mark.parametrize(
    ("text", "style", "markdown"),
    [
        ("the word is", BOLD, "the **word** is"),
        ("the word is", ITALIC, "the *word* is"),
        ("the word is", BOTH, "the ***word*** is"),
        ("the word is", STRUCK, "the ~~word~~ is"),
        ("the word is", Style(bold=True, struck=True), "the ~~**word**~~ is"),
        ("the word is", CODE, "the `word` is"),
        ("the (word) is", BOLD, "the (**word**) is"),
        ("the **word** is", BOLD, "the **word** is"),  # the network saw it, too
        ("a * word * b", BOLD, "a * **word** * b"),
        ("a *word* b", BOLD, "a \\***word**\\* b"),
        ("x_word_y", BOLD, "x_word_y"),
        ("see \\(word\\)", BOLD, "see $word$"),
    ],
)
def test_a_word(text, style, markdown):
    assert written(text, words("word", style)) == markdown


@pytest.mark.parametrize("number", ["8", "3.1", "(2)", "12."])
def test_a_number_that_opens_a_text_is_bold_for_its_looks(number):
    assert written(f"{number} Nets and ropes", words(number, BOLD, after=" Nets")) == f"{number} Nets and ropes"
    assert written(f"Nets: {number} ropes", words(number, BOLD, "Nets: ")) == f"Nets: **{number}** ropes"


def test_a_number_that_opens_a_text_and_is_struck_out_stays_so():
    assert written("8 Nets", words("8", Style(bold=True, struck=True), after=" Nets")) == "~~8~~ Nets"


def test_signs_at_the_ends_are_set_like_the_words():
    assert written("Note: it rains.", words("Note:", BOLD)) == "**Note:** it rains."
    assert written("Call get_x(a[0]) now.", words("get_x(a[0])", CODE)) == "Call `get_x(a[0])` now."
    assert written("He said (see above).", words("(see above)", ITALIC)) == "He said *(see above)*."


def test_tags_where_stars_would_not_be_read():
    both = words("One:", BOLD, after="two"), words("two", ITALIC, before="One:")
    assert written("One:two", *both) == "**One:**<i>two</i>"
    assert written("One:two", both[0]) == "<b>One:</b>two"


def test_half_a_word_stays_but_what_is_struck_in_part_is_wholly_so():
    assert written("an unbelievable half", words("liev", BOLD, "unbe", "able")) == "an unbelievable half"
    assert written("an unbelievable half", words("liev", STRUCK, "unbe", "able")) == "an ~~unbelievable~~ half"


def test_lines_of_one_run_are_one():
    parts = words("a bold sen-", BOLD, after="tence"), words("tence", BOLD, before="a bold sen-", after=" ends")
    assert written("Here a bold sen-\ntence ends.", *parts) == "Here **a bold sentence** ends."
    parts = words("the last", BOLD, after=" words"), words("words of", BOLD, before="the last ")
    assert written("Here the last\nwords of it.", *parts) == "Here **the last\nwords of** it."


def test_links_and_emphasis_lie_within_each_other():
    def link(text):
        return (Link(text, URL, BOX),)

    assert written("See the old page now.", words("old", BOLD), links=link("the old page")) == (
        f"See [the **old** page]({URL}) now."
    )
    assert (
        written("See the page now.", words("See the page", BOLD), links=link("page"))
        == f"**See the [page]({URL})** now."
    )
    assert written("See the page now.", words("page", BOLD), links=link("page")) == f"See the **[page]({URL})** now."
    assert written("See the page now.", words("See the", ITALIC), links=link("the page")) == (
        f"*See* [*the* page]({URL}) now."
    )
    assert written("See f[0] now.", words("f[0]", CODE), links=link("See f[0] now")) == f"[See `f[0]` now]({URL})."


def test_headings_and_heads_of_tables_are_bold_by_themselves():
    assert written("## The word here", words("The word here", BOLD), label="sub_title") == "## The word here"
    assert written("## The word here", words("The word here", ITALIC), label="sub_title") == "## The word here"
    assert written("## The word here", words("word", ITALIC), label="sub_title") == "## The *word* here"
    table = "<table><tr><th>Sum</th></tr><tr><td>all <sup>2</sup></td></tr></table>"
    both = words("Sum", BOLD), words("all", BOLD)
    assert written(table, *both, label="table") == (
        "<table>\n<tr><th>Sum</th></tr>\n<tr><td><b>all</b> <sup>2</sup></td></tr>\n</table>"
    )
    assert (
        written(table, *both, label="table", tables=TableStyle.MARKDOWN) == "| Sum |\n| --- |\n| **all** <sup>2</sup> |"
    )


def test_equal_cells_are_told_apart_by_their_neighbours():
    table = "<table><tr><td>North</td><td>10</td></tr><tr><td>South</td><td>10</td></tr></table>"
    shown = written(table, words("10", STRUCK, before="North 10 South "), label="table")
    assert shown == "<table>\n<tr><td>North</td><td>10</td></tr>\n<tr><td>South</td><td><s>10</s></td></tr>\n</table>"


def test_struck_out_words_never_read_as_valid():
    struck = words("100 euro", STRUCK)
    paragraph = document("It costs 100 euro today.", struck)
    for options in (RenderOptions(), RenderOptions(emphasis=False)):
        assembly = assemble(paragraph, options)
        assert "".join(document_text(assembly)) == "It costs [struck out: 100 euro] today.\n"
        assert next(chunks(assembly)).text == "It costs ~~100 euro~~ today."
    table = document("<table><tr><td>100 euro</td><td>x</td></tr></table>", struck, label="table")
    assert files(assemble(table)) == {"p001-t1.csv": "[struck out: 100 euro],x\n"}
    assert "".join(document_text(assemble(table))) == "[struck out: 100 euro]  x\n"
    assert "<s>100 euro</s>" in fragment(document_markdown(table))


def test_without_emphasis_only_what_is_struck_is_marked():
    both = words("word", Style(bold=True, struck=True)), words("other", BOLD)
    assert written("a word, other", *both, emphasis=False) == "a ~~word~~, other"


def test_what_stands_in_code_and_formulas_stays():
    assert written("word = 1", words("word", BOLD), label="code") == "```\nword = 1\n```"


@given(st.text("ab*_~`<>[]()!\\|& \n", min_size=1, max_size=12), st.text("ab*_ `", max_size=8), st.booleans())
def test_whatever_is_beside_it_the_words_are_emphasised_and_nothing_else(before, after, bold):
    text = f"{before.strip()} word {after.strip()}".strip()
    shown = written(text, words("word", BOLD if bold else ITALIC))
    html = MarkdownIt("commonmark").render(shown)
    tag = "strong" if bold else "em"
    assert f"<{tag}>word</{tag}>" in html
    assert html.count("<em>") + html.count("<strong>") == 1
