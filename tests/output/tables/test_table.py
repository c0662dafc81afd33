"""Any table text becomes HTML that parses, holds only harmless tags, and has spans that fit."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from output.options import MathStyle, TableStyle
from output.tables.source import split
from output.tables.table import Table, markdown

TAGS = [
    *(
        "<table>",
        "</table>",
        "<tr>",
        "</tr>",
        "<td>",
        "</td>",
        "<th>",
        "<thead>",
        "</thead>",
        "<caption>",
        "</caption>",
    ),
    *('<td rowspan="2">', '<td colspan="3">', '<td colspan=900 rowspan=900 onclick="x">', "<td", "<!--", "\n\n", "a"),
    *("<b>", "</b>", "<i>", "</sup>", "<sup>", "<br>", "<script>", "</script>", "<img src=x onerror=y>", "b|c", "é"),
    *("&lt;", "&#8;", "\\(x<y\\)", "<|ref|>"),
]
SOUP = st.lists(st.sampled_from(TAGS) | st.text(max_size=3), max_size=30).map("".join)
ALLOWED = {"table", "tr", "th", "td", "caption", "br", "sub", "sup", "b", "i"}


def rendered(text, tables=TableStyle.HTML):
    parts = split(text, is_table=True)
    chunks = [c for part in parts if isinstance(part, Table) for c in markdown(part, tables, MathStyle.DOLLAR)]
    return [c for c in chunks if c.startswith(("<table>", "| "))]  # a caption may stand alone


def elements(html):
    (table,) = lxml_html.fragments_fromstring(html)
    assert table.tag == "table"
    return list(table.iter())


@given(SOUP)
def test_html_is_harmless_and_parses(text):
    for html in rendered("<table><tr>" + text):
        for element in elements(html):
            assert element.tag in ALLOWED
            assert set(element.attrib) <= {"rowspan", "colspan"}
            assert all(re.fullmatch(r"\d{1,4}", value) for value in element.attrib.values())
        assert html.count("<td") + html.count("<th") == html.count("</td>") + html.count("</th>")
        assert "\n\n" not in html
        assert "<script" not in html


@given(SOUP)
def test_no_cell_reaches_out_of_its_table(text):
    for html in rendered("<table><tr><td>" + text):
        rows = [[(int(c.get("rowspan", 1)), int(c.get("colspan", 1))) for c in row] for row in rows_of(html)]
        for i, row in enumerate(rows):
            assert all(down <= len(rows) - i and across <= 100 for down, across in row)


@given(SOUP)
def test_pipe_tables_have_equal_rows(reader, text):
    for chunk in rendered("<table><tr><td>a</td>" + text, TableStyle.MARKDOWN):
        if chunk.startswith("| "):
            tokens = reader.parse(chunk)
            assert tokens[0].type == "table_open"
            assert tokens[-1].type == "table_close"
            bars = {len(re.findall(r"(?<!\\)\|", line)) for line in chunk.split("\n")}
            assert len(bars) == 1


@given(st.lists(st.text(alphabet="ab1 .%é", max_size=8), min_size=1, max_size=12))
def test_cell_text_survives(cells):
    html = "<table><tr>" + "</td>".join(f"<td>{cell}" for cell in [*cells, "end"])
    (shown,) = rendered(html)
    assert [(e.text or "") for e in elements(shown) if e.tag == "td"] == [" ".join(c.split()) for c in [*cells, "end"]]


def rows_of(html):
    return [[cell for cell in row if cell.tag in ("td", "th")] for row in elements(html) if row.tag == "tr"]


@pytest.mark.parametrize(
    ("html", "spans"),
    [
        ('<table><tr><td rowspan="9">a</td><td>b</td></tr><tr><td>c</td></tr></table>', [[(2, 1), (1, 1)], [(1, 1)]]),
        ('<table><tr><td colspan="9">a</td></tr><tr><td>b</td><td>c</td></tr></table>', [[(1, 2)], [(1, 1), (1, 1)]]),
        ('<table><tr><td colspan="0" rowspan="x">a</td></tr></table>', [[(1, 1)]]),
        ("<table><tr></tr><tr><td>a</td></tr><tr></tr></table>", [[(1, 1)]]),
        ("<table><tr><td rowspan=2>a</td></tr><tr></tr></table>", [[(2, 1)], []]),
    ],
)
def test_spans(html, spans):
    (shown,) = rendered(html)
    assert [[(int(c.get("rowspan", 1)), int(c.get("colspan", 1))) for c in row] for row in rows_of(shown)] == spans


@pytest.mark.parametrize("text", ["", "<table></table>", "<table><tr><td> </td></tr></table>", "<table><tr>"])
def test_an_empty_table_is_nothing(text):
    assert rendered(text) == []
