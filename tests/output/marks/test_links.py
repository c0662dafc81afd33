"""Links find their words in what was read, and nothing that runs becomes one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from output.document.joining.assemble import assemble
from output.formats.html_format import fragment
from output.formats.markdown import document_markdown
from output.grounding.blocks import Block, Box, Document, Link, PageBlocks
from output.marks import links
from output.options import RenderOptions, TableStyle

BOX = Box(100, 100, 900, 200)
URL = "https://example.org/a"


def link(text, target=URL, before="", after="", **facts):
    return Link(text, target, BOX, before, after, **facts)


def written(text, *links, label="text", **options):
    page = PageBlocks(1, 600, 800, (Block(label, (BOX,), text),), links=links)
    return document_markdown(Document("a", (page,)), RenderOptions(**options)).rstrip("\n")


@pytest.mark.parametrize(
    ("text", "label", "markdown"),
    [
        ("See the page, please.", "text", f"See [the page]({URL}), please."),
        ("See the\npage, please.", "text", f"See [the\npage]({URL}), please."),
        ("## The page", "sub_title", f"## [The page]({URL})"),
        ("- the page\n- other", "list", f"- [the page]({URL})\n- other"),
        ("See **the page** now.", "text", f"See **[the page]({URL})** now."),
        ("Only the Page_1_ is.", "text", f"Only [the Page]({URL})\\_1\\_ is."),
        ("the page", "code", "```\nthe page\n```"),
        ("<table><tr><td>1</td><td>the page &lt; 2</td></tr></table>", "table",
         f'<table>\n<tr><td>1</td><td><a href="{URL}">the page</a> &lt; 2</td></tr>\n</table>'),
        ("Nothing here.", "text", "Nothing here."),
        (r"See \(the page\).", "text", "See $the page$."),
    ],
)  # fmt: skip
def test_words_of_a_block(text, label, markdown):
    assert written(text, link("the page"), label=label) == markdown


def test_a_cell_of_pipes():
    table = "<table><tr><td>a|b</td><td>c</td></tr></table>"
    assert written(table, link("b"), label="table", tables=TableStyle.MARKDOWN).startswith(f"| a\\|[b]({URL}) | c |")


def test_what_stands_beside_tells_which_of_equal_words():
    text = "Here is one, here is two, and here is three."
    second = link("here", before="one, ", after=" is two")
    assert written(text, second) == f"Here is one, [here]({URL}) is two, and here is three."
    assert written(text, link("here", before="four, ", after=" is four")) == text


def test_each_is_placed_once_and_in_order():
    both = link("x", "https://example.org/1"), link("x", "https://example.org/2")
    assert (
        written("- x\n- x\n- x", *both, label="list")
        == "- [x](https://example.org/1)\n- [x](https://example.org/2)\n- x"
    )


def test_one_over_a_line_s_end_or_a_broken_word_is_one():
    parts = link("the old har-", after="bour now"), link("bour", before="the old har-", after=" now")
    assert written("At the old har-\nbour now.", *parts) == f"At [the old harbour]({URL}) now."
    address = link("https://exam", "https://exam.ple/b"), link("ple/b", "https://exam.ple/b", before="https://exam.")
    assert written("At https://exam. ple/b.", *address) == "At [https://exam. ple/b](https://exam.ple/b)."
    other = link("the old har-", after="bour now"), link("bour", URL + "b", before="the old har-", after=" now")
    assert written("At the old harbour now.", *other) == f"At [the old har]({URL})[bour]({URL}b) now."


@pytest.mark.parametrize(
    "target",
    ["javascript:alert(1)", " JavaScript:x", "data:text/html,x", "file:///etc/passwd", "ftp://a.b", "//a.b/c", "a.html",
     "http:evil", "https://", "mailto:", "#a b", "vbscript:x", "java\nscript:x", ""],
)  # fmt: skip
def test_what_is_no_address_of_web_or_mailbox_is_no_link(target):
    assert links.safe(target) == ""
    assert written("See the page.", link("the page", target)) == "See the page."


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("https://a.b/c_(d)?x=1&y=2", "https://a.b/c_%28d%29?x=1&y=2"),
        ("https://a.b/?x&copy;&#60;", "https://a.b/?x&amp;copy;&amp;#60;"),
        ('https://a.b/ö $`<>"\\|\n', "https://a.b/%C3%B6%20%24%60%3C%3E%22%5C%7C"),
        ("mailto:a.b@c.d?subject=x", "mailto:a.b@c.d?subject=x"),
        ("HTTPS://A.b/%20c", "HTTPS://A.b/%20c"),
    ],
)
def test_addresses_in_markdown(target, shown):
    assert links.safe(target) == shown


def test_html_has_the_links_of_texts_and_tables():
    assert (
        fragment(written("See the page.", link("the page")))
        == f'<p>See <a href="{URL}" rel="noreferrer">the page</a>.</p>\n'
    )
    table = written("<table><tr><td>the page</td></tr></table>", link("the page", URL + "?a=1&b"), label="table")
    assert f'<td><a href="{URL}?a=1&amp;b" rel="noreferrer">the page</a></td>' in fragment(table)


def test_links_within_lead_to_headings_or_pages():
    def page(number, heading, *links):
        blocks = (
            Block("text", (BOX,), "See the nets, the boats and the sea."),
            Block("sub_title", (Box(1, 300, 9, 310),), heading),
        )
        return PageBlocks(number, 600, 800, blocks, links=links)

    first = (link("the nets", "", to_page=2, to_y=295), link("the boats", "", to_page=2, to_y=900),
             link("the sea", "", to_page=7))  # fmt: skip
    text = document_markdown(Document("a", (page(1, "## Nets, and more", *first), page(2, "## Nets, and more"))))
    assert text.startswith("See [the nets](#nets-and-more-1), [the boats](#page-2) and the sea.\n")
    assert text.count('<a id="page-2"></a>') == 1
    assert '<a id="page-1"></a>' not in text
    html = fragment(text)
    assert '<h2 id="nets-and-more">' in html
    assert '<h2 id="nets-and-more-1">' in html
    assert '<a id="page-2"></a>' in html


def test_a_page_has_an_anchor_only_where_a_link_to_it_is_written():
    note = Block("footnote", (Box(100, 900, 900, 950),), "<sup>1</sup> A note.")
    blocks = (Block("text", (BOX,), "The sea.<sup>1</sup> More text."), note)
    mark = link("1", "", before="sea.", after=" More", to_page=1, to_y=900)
    text = document_markdown(Document("a", (PageBlocks(1, 600, 800, blocks, links=(mark,)),)))
    assert text == "The sea.[^1] More text.\n\n[^1]: A note.\n"


def test_the_title_stands_before_the_anchor_and_what_runs_over_its_page():
    blocks = (Block("header", (Box(100, 20, 900, 40),), "Notes, number 1"),
              Block("title", (Box(100, 50, 900, 90),), "# Boats"), Block("text", (BOX,), "See page one."))  # fmt: skip
    there = link("page one", "", to_page=1, to_y=900)
    text = document_markdown(Document("a", (PageBlocks(1, 600, 800, blocks, links=(there,)),)))
    assert text == '# Boats\n\n<a id="page-1"></a>\n\nNotes, number 1\n\nSee [page one](#page-1).\n'


def test_a_link_behind_an_exclamation_mark_is_no_picture():
    assert written("Look!the page", link("the page")) == f"Look\\![the page]({URL})"


@pytest.mark.parametrize(("to_x", "target"), [(100, "#boats"), (-1, "#boats"), (20, "#boats"), (600, "#page-1")])
def test_a_figure_in_the_other_column_is_not_the_heading_beside_it(to_x, target):
    blocks = Block("text", (BOX,), "See the boats."), Block("sub_title", (Box(150, 300, 400, 310),), "## Boats")
    there = link("the boats", "", to_page=1, to_x=to_x, to_y=295)
    text = document_markdown(Document("a", (PageBlocks(1, 600, 800, blocks, links=(there,)),)))
    assert f"See [the boats]({target})." in text


def test_an_entry_of_contents_leads_to_the_heading_of_its_words_over_the_page_s_end():
    first = Block("text", (BOX,), "2 Nets … 3"), Block("sub_title", (Box(1, 300, 9, 310),), "## 1 Boats")
    second = (Block("sub_title", (Box(1, 90, 9, 100),), "## 2. Nets"),)
    entry = link("2 Nets", "", after=" … 3", to_page=1, to_y=900)
    pages = PageBlocks(1, 600, 800, first, links=(entry,)), PageBlocks(2, 600, 800, second)
    assert document_markdown(Document("a", pages)).startswith("[2 Nets](#2-nets) … 3\n")


TEXT = st.text(st.sampled_from("abB1 *_`[]()<>!$\\-#\n|~&é"), max_size=40)


@given(TEXT, TEXT, TEXT)
def test_a_link_changes_no_word(before, words, after):
    text = f"{before}{words}{after}"
    page = PageBlocks(1, 600, 800, (Block("text", (BOX,), text),), links=(link(words, before=before, after=after),))
    from output.formats.plain_text import document_text

    with_link = "".join(document_text(assemble(Document("a", (page,)))))
    without = "".join(document_text(assemble(Document("a", (PageBlocks(1, 600, 800, page.blocks),)))))
    assert [c for c in with_link if c.isalnum()] == [c for c in without if c.isalnum()]


CAPTION = "Figure 3: Boats at the quay"


@pytest.mark.parametrize(
    ("words", "before", "to_y", "target"),
    [
        ("Figure 3", "As ", 700, "page-2-3"),  # by its number, wherever the link may lead on its page
        ("3", "As Figure ", 700, "page-2-3"),
        ("the drawing", "As ", 300, "page-2-2"),  # by its place
        ("Table 3", "As ", 800, "page-2-5"),
        ("(4)", "As ", 590, "page-2-4"),
        ("Figure 4", "As ", 900, "page-2"),
    ],
)
def test_links_lead_to_figures_tables_and_formulas(words, before, to_y, target):
    there = link(words, "", before=before, to_page=2, to_y=to_y)
    first = PageBlocks(1, 600, 800, (Block("text", (BOX,), f"As {before[3:]}{words} shows."),), links=(there,))
    second = PageBlocks(2, 600, 800, (
        Block("text", (Box(100, 20, 900, 60),), "Figure 9 is not here."),
        Block("image", (Box(100, 300, 900, 500),), ""),
        Block("image_caption", (Box(100, 510, 900, 530),), CAPTION),
        Block("text", (Box(100, 600, 900, 620),), "a = b (4)"),
        Block("table_caption", (Box(100, 700, 900, 720),), "Table 3: Boats"),
    ))  # fmt: skip
    text = document_markdown(Document("a", (first, second)))
    shown = f"([4](#{target}))" if words == "(4)" else f"[{words}](#{target})"
    assert shown in text
    assert text.count(f'<a id="{target}"></a>') == 1
    place = {"page-2-4": "a = b", "page-2-5": "Table 3: Boats", "page-2": "Figure 9"}.get(
        target, "<!-- figure p002-1 -->"
    )
    assert text.split(f'<a id="{target}"></a>\n\n')[1].startswith(place)
    assert f'<a id="{target}"></a>' in fragment(text)
