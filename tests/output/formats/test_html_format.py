"""HTML of a document: what it looks like, and that nothing from a document can load or run."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as reader

from output.document.joining.assemble import assemble
from output.formats import safe_html
from output.formats.html_format import content_policy, data_uri, document_html, fragment
from output.grounding.blocks import Document, PageBlocks
from output.grounding.parser import parse

ALLOWED = {
    *("div", "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "em", "strong", "s", "code", "pre", "hr", "br"),
    *("blockquote", "table", "caption", "thead", "tbody", "tr", "th", "td", "sup", "sub", "b", "i", "span", "a", "img"),
    "section",
}
ATTRIBUTES = {"class", "rowspan", "colspan", "href", "src", "alt", "loading", "rel", "id", "start", "style"}
EVIL = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[a](javascript:alert(1))", "![a](http://e.vil/x.png)",
    "<table><tr onclick=alert(1)><td style='x'>a</td></tr></table>", "<svg/onload=alert(1)>", "<!-- --><script>",
    "<a href='data:text/html,x'>", "$</span><script>x_1</script>$", "```\n</code><script>\n```", "<td><iframe src=x>",
    "<table><tr><td>&lt;script&gt;alert(1)", "[b]: javascript:x\n\n[b]", "<http://a.b/\"onmouseover='x'>",
]  # fmt: skip


def check(written):
    """No element or attribute outside the lists, and no link to anything that runs."""
    for element in reader.fromstring(f"<div>{written}</div>").iter():
        assert element.tag in ALLOWED, element.tag
        assert set(element.attrib) <= ATTRIBUTES
        assert re.match(r"(https?:|mailto:|#|$)", element.get("href", ""), re.IGNORECASE)
        assert element.get("src", "") in ("", "data:here")
        assert re.fullmatch(r"(text-align:(left|right|center))?", element.get("style", ""))


@pytest.mark.parametrize("text", EVIL)
def test_hostile_markdown(text):
    check(fragment(text, {"p001-1.png": "data:here"}))


@given(st.lists(st.sampled_from([*EVIL, "<", ">", '"', "'", "&", "*", "|", "\n", "\n\n", "a", "$", "`"])).map("".join))
def test_hostile_mixtures(text):
    check(fragment(text))
    check(fragment("<table>\n<tr><td>" + text))


def test_tables_formulas_and_footnotes():
    markdown = (
        'a $x_1*2*$[^1]\n\n<table>\n<tr><th colspan="2">A &lt; $y_2$</th></tr>\n</table>\n\n$$\na<b\n$$\n\n[^1]: note\n'
    )
    written = fragment(markdown)
    assert '<span class="math inline">x_1*2*</span>' in written
    assert '<th colspan="2">A &lt; <span class="math inline">y_2</span></th>' in written
    assert '<div class="math block">a&lt;b</div>' in written
    assert 'class="footnote-item"' in written


def test_an_unclosed_table_ends_with_its_block():
    assert safe_html.block("<table>\n<tr><td>a<b>b</td><td>c") == (
        "<table>\n<tr><td>a<b>b</b></td><td>c</td></tr></table>"
    )


def test_pictures_come_from_the_given_sources_only():
    text = "<|ref|>image<|/ref|><|det|>[[1, 1, 500, 500]]<|/det|>\n"
    document = Document("a & b", (PageBlocks(1, 600, 800, parse(text)), PageBlocks(2, 600, 800, parse(text))))
    written = document_html(assemble(document), sources={"p001-1.png": data_uri("p001-1.png", b"\x89PNG")})
    page = reader.fromstring(written)
    assert [image.get("src") for image in page.iter("img")] == ["data:image/png;base64,iVBORw=="]
    assert page.findtext(".//title") == "a & b"


def test_the_policy_names_the_style_sheet_by_its_hash():
    # echo -n 'a{}' | openssl sha256 -binary | base64
    policy = content_policy("img-src data:", styles=["a{}"])
    assert "default-src 'none'; img-src data:" in policy
    assert "style-src 'sha256-" in policy
    assert "script-src" not in policy


@pytest.mark.parametrize("target", ["ftp://a.b/c", "tel:112", "other.html", "//a.b/c", "/etc/passwd"])
def test_links_go_to_the_web_or_to_a_mailbox_or_nowhere(target):
    assert fragment(f"[x]({target})") == "<p><a>x</a></p>\n"


@pytest.mark.parametrize("target", ["https://a.b/c", "http://a.b", "mailto:a@b.c", "#top"])
def test_links_that_are_kept(target):
    assert fragment(f"[x]({target})") == f'<p><a href="{target}" rel="noreferrer">x</a></p>\n'


def test_the_last_gate_lets_only_what_we_write_through():
    assert (
        safe_html.gated(
            '<p onclick="x" style="x">a<script>x</script></p><a href="data:text/html,x">b</a><iframe src="x"></iframe>'
            '<img src="data:text/html,x" alt="c"><img src="data:image/png;base64,AA==" onerror="x">'
            '<img src="javascript:x"><a href="vbscript:x">d</a><form action="x"><input name="y"></form><!-- e -->'
            '<svg><a xlink:href="x">f</a></svg>'
        )
        == '<p>a</p><a>b</a><img alt="c"><img src="data:image/png;base64,AA=="><img><a>d</a>'
    )


def test_what_is_printed_as_markup_stays_visible():
    page = PageBlocks(
        1, 600, 800, parse("<|ref|>text<|/ref|><|det|>[[1, 1, 2, 2]]<|/det|>\nUse <br>, <td> and &lt; here.")
    )
    assert "<p>Use &lt;br&gt;, &lt;td&gt; and &amp;lt; here.</p>" in document_html(assemble(Document("a", (page,))))


def test_the_last_gate_stands_behind_the_first(monkeypatch):
    monkeypatch.setattr(safe_html, "inline", lambda raw: raw)  # as if our own rules let everything through
    assert fragment("a <script>x</script><img src=x onerror=x> b") == '<p>a <img src="x"> b</p>\n'
