"""Scores of small cases worked out by hand, and of published predictions whose scores others have measured."""

import json
import os
from pathlib import Path
from statistics import correlation, mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr2cli.evaluate import teds as teds_module
from ocr2cli.evaluate.content import Cell, content
from ocr2cli.evaluate.metrics import Scores, score, table_scores, text_distance
from ocr2cli.evaluate.teds import teds

TABLE = "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>"
FIRST, SECOND, THIRD = (
    "The first paragraph is about apples and their trees.",
    "A second one speaks of pears, which are no apples at all.",
    "Finally the third paragraph comes to plums and cherries.",
)


def table(*rows):
    return tuple(tuple(Cell(text) for text in row) for row in rows)


def test_a_text_is_itself():
    text = f"# {FIRST}\n\n{SECOND}\n\n{TABLE}\n\n{THIRD}\n"
    assert score(text, text) == Scores(0.0, 0.0, 1.0, 1.0)


def test_an_empty_text_has_nothing_right():
    text = f"# {FIRST}\n\n{SECOND}\n\n{TABLE}\n"
    assert score(text, "") == Scores(1.0, 1.0, 0.0, 0.0)
    assert score("one line", "") == Scores(1.0, None, None, None)


def test_markup_makes_no_difference():
    one = f"## {FIRST}\n\n- **bold** and \\(x_1\\)\n\n![picture](a.png)\n\n| a | b |\n|---|---|\n| c | d |\n"
    other = f"{FIRST}\n\nbold and $x_1$\n\n<!-- a comment -->\n\n{TABLE}"
    assert content(one).text == content(other).text
    assert content(one).tables == content(other).tables == (table("ab", "cd"),)


def test_the_number_of_a_list_item_is_text():
    assert content("1. one\n2. two\n").text == content("1\\. one\n\n2\\. two\n").text == "1. one 2. two"


def test_quotes_dashes_and_gaps_in_cjk_do_not_count():
    assert content("“a”–b").text == content('"a"-b').text
    assert content("日本\n語").text == "日本語"


def test_swapped_paragraphs_are_an_order_not_a_loss():
    truth, found = "\n\n".join((FIRST, SECOND, THIRD)), "\n\n".join((SECOND, FIRST, THIRD))
    assert score(truth, found).order_distance == pytest.approx(2 / 3)


def test_a_lost_paragraph_is_a_loss_not_an_order():
    truth, found = "\n\n".join((FIRST, SECOND, THIRD)), "\n\n".join((FIRST, THIRD))
    assert score(truth, found).order_distance == 0
    assert score(truth, found).text_distance > 0.2


def test_a_paragraph_that_comes_twice_has_two_places():
    truth = "\n\n".join((FIRST, SECOND, FIRST))
    assert score(truth, truth).order_distance == 0


@pytest.mark.parametrize(("found", "similarity"), [
    (table("ab", "cd"), 1.0),
    (table("ab", "cx"), 1 - 1 / 7),
    (table("ab"), 1 - 3 / 7),
    (table("ab", "cd", "ef"), 1 - 3 / 10),
    (((Cell("a", columns=2),), (Cell("c"), Cell("d"))), 1 - 2 / 7),
])  # fmt: skip
@pytest.mark.parametrize("by_rows", [False, True])
def test_teds_of_small_tables(found, similarity, by_rows, monkeypatch):
    monkeypatch.setattr(teds_module, "_MOST_PAIRS", 0 if by_rows else 10**6)
    assert teds(table("ab", "cd"), found) == pytest.approx(similarity)


def test_structure_alone():
    assert teds(table("ab", "cd"), table("xy", "zz"), structure_only=True) == 1
    assert teds(table("ab"), (((Cell("a", rows=2)), Cell("b")),), structure_only=True) == pytest.approx(1 - 1 / 4)


def test_tables_are_paired_by_their_words_and_a_missing_one_scores_nothing():
    one, two = table(["apple", "pear"]), table(["plum", "cherry"])
    assert table_scores((one, two), (two, one)) == (1, 1)
    assert table_scores((one, two), (two,)) == (0.5, 0.5)


@given(st.lists(st.lists(st.text("abc", max_size=3), min_size=1, max_size=4), min_size=1, max_size=5), st.data())
def test_aligned_rows_are_never_kinder_than_the_exact_distance(rows, data):
    other = data.draw(st.permutations(rows))
    exact = teds(table(*rows), table(*other))
    most, teds_module._MOST_PAIRS = teds_module._MOST_PAIRS, 0
    try:
        assert teds(table(*rows), table(*other)) <= exact + 1e-9
    finally:
        teds_module._MOST_PAIRS = most
    assert 0 <= exact <= 1


@given(st.text(), st.text())
def test_any_text_has_a_score(truth, found):
    scores = score(truth, found)
    assert all(value is None or 0 <= value <= 1 for value in vars(scores).values())
    assert text_distance(truth, truth) == 0


SHARED = Path(os.environ.get("OCR2_SHARED", Path(__file__).parents[4] / "shared")) / "data/metric_fixtures/odl_bench"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the published predictions are not here")
@pytest.mark.parametrize(
    ("engine", "teds_agreement", "text_agreement"), [("docling", 0.98, 0.97), ("pymupdf4llm", 0.99, 0.96)]
)
def test_published_scores(engine, teds_agreement, text_agreement):
    """Their TEDS is ours up to the pairing of tables; their text score counts insertions and deletions, and tags."""
    folder = SHARED / "prediction" / engine
    tables, texts = [], []
    for document in json.loads((folder / "evaluation.json").read_text())["documents"]:
        name = f"{document['document_id']}.md"
        truth = (SHARED / "ground-truth/markdown" / name).read_text()
        found = (folder / "markdown" / name).read_text()
        scores = score(truth, found)
        if document["scores"]["teds"] is not None and scores.teds is not None:
            tables.append((document["scores"]["teds"], scores.teds))
        elif not content(found).tables:
            texts.append((document["scores"]["nid"], 1 - scores.text_distance))
    assert len(tables) == 42
    assert correlation(*zip(*tables, strict=True)) > teds_agreement
    assert mean(abs(theirs - ours) for theirs, ours in tables) < 0.01
    assert correlation(*zip(*texts, strict=True)) > text_agreement
