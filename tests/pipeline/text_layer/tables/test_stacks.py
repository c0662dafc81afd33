"""Which horizontal rules of one width are those of one table, of two, or of none."""

from __future__ import annotations

import pymupdf
import pytest

from tests.pipeline.text_layer.tables.test_rows import BODY, ROWS, prose_around, put, tables

__all__ = ["prose_around"]

HEAD = ["Year", "Floods", "Depth"]
NAMES = [["Ann of the hill", "Norwich"], ["Eve of the bay", "Cromer"]]
OF_HEAD = "<tr><th>Year</th><th>Floods</th><th>Depth</th></tr>"


def rules(page: pymupdf.Page, *heights: float, start: float = 95, end: float = 345) -> None:
    for y in heights:
        page.draw_line((start, y), (end, y))


def test_one_row_between_two_rules_is_no_table(page, read, prose_around):
    rules(page, 184, 202)
    put(page, [["Floods", "Depth"]], [100, 260])
    assert tables(read(page)) == []


def test_short_rules_under_words_are_none_of_a_table(page, read, prose_around):
    rules(page, 184, 218, start=100, end=160)
    put(page, [["Ann", "Eve"], ["Joan", "Kit"]], [102, 138])
    assert tables(read(page)) == []


def test_a_double_rule_under_names_of_fewer_columns_parts_no_tables(page, read, prose_around):
    rules(page, 168, 184, 188, 234)
    put(page, [["Year", "Measured there"]], [100, 205], 180)
    put(page, ROWS, [100, 200, 300], 200)
    assert tables(read(page)) == [f"<table><tr><th>Year</th><th>Measured there</th><th></th></tr>{BODY}</table>"]


def test_long_texts_between_two_rules_of_three_are_no_table(page, read, prose_around):
    rules(page, 168, 184, 250, end=470)
    put(page, [["The boats of the old mill on the", "All came in by the end of the"] for _ in range(4)], [100, 300])
    assert tables(read(page)) == []


@pytest.mark.parametrize(("count", "expected"), [(9, 1), (16, 0)])
def test_on_ruled_paper_two_lines_are_no_table(page, read, prose, count, expected):
    """Of fewer rules, each pair may be those of a table."""
    rules(page, *(102 + 16 * i for i in range(count)), end=470)
    put(page, [[prose[20 * i : 20 * i + 60]] for i in range(count - 3)], [100], 114)
    put(page, NAMES[:2], [100, 300], 114 + 16 * (count - 3))
    assert len(tables(read(page))) == expected


def test_white_between_rules_parts_tables_whose_columns_stand_elsewhere(page, read, prose_around):
    names = [
        ["Ann of the hill", "Mill", "Norwich"],
        ["Eve of the bay", "Quay", "Cromer"],
        ["Ida of Wells", "Loft", "Holt"],
    ]
    rules(page, 168, 218, 238, 290)
    put(page, [[a, b, c] for a, b, c in ROWS], [100, 170, 300], 182)
    put(page, names, [100, 215, 300], 252)
    rows = "".join(f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in names)
    assert tables(read(page)) == [f"<table>{BODY}</table>", f"<table>{rows}</table>"]


def test_sums_between_rules_below_white_are_of_the_table(page, read, prose_around):
    rules(page, 168, 184, 236, 248, 264)
    put(page, [HEAD, *ROWS], [100, 200, 300], 180)
    put(page, [["All", "8", "3.6 m"]], [100, 200, 300], 260)
    assert tables(read(page)) == [f"<table>{OF_HEAD}{BODY}<tr><td>All</td><td>8</td><td>3.6 m</td></tr></table>"]


def test_two_tables_may_share_a_rule(page, read, prose_around):
    fees = [["Ann of the old hill mill", "11,234,567.00"], ["Eve of the old bay mill", "12,345,678.00"]]
    fees.append(["Ida of the old Wells mill", "13,456,789.00"])
    rules(page, 168, 220, 238, 290)
    put(page, fees, [110, 235], 182)
    put(page, [HEAD, *ROWS], [100, 200, 300], 232, 17)
    rows = "".join(f"<tr><td>{name}</td><td>{fee}</td></tr>" for name, fee in fees)
    assert tables(read(page)) == [f"<table>{rows}</table>", f"<table>{OF_HEAD}{BODY}</table>"]
