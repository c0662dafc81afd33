"""Loops are found within 200 tokens and cut where they begin; what real pages repeat is no loop."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engine.decoding.lines import find_line_loop
from pipeline.engine.decoding.loops import LoopWatch

ROOT = Path(__file__).resolve().parents[4]
TRAIN = Path(os.environ.get("OCR2_SHARED", ROOT.parent / "shared")) / "data" / "train"
PIECE = re.compile(r"</?t[dr]>|<\|/?\w+\|>| ?[^\W\d_]{1,4}|\d| ?\.{1,8}|_{1,8}|\s|.", re.DOTALL)
FOX = "The quick brown fox jumps over the lazy dog while it rains. "


class Pieces:
    """A tokenizer of sorts: up to four letters, one digit, a tag, up to eight dots."""

    def __init__(self):
        self.ids, self.texts = {}, []

    def encode(self, text):
        for piece in PIECE.findall(text):
            if piece not in self.ids:
                self.ids[piece] = len(self.texts)
                self.texts.append(piece)
            yield self.ids[piece]

    def decode(self, ids):
        return "".join(self.texts[token] for token in ids)


def watched(text, chunk=8):
    """The loop, the watch, and the number of the tokens."""
    pieces = Pieces()
    tokens = np.fromiter(pieces.encode(text), np.int64)
    watch = LoopWatch(pieces.decode)
    for start in range(0, len(tokens), chunk):
        if loop := watch.feed(tokens[start : start + chunk]):
            return loop, watch, len(tokens)
    return None, watch, len(tokens)


def novel(count, seed=0):
    """Words that do not repeat."""
    words = random.Random(seed)
    return " ".join("".join(words.choices("abcdefghijklmnoprstuvw", k=words.randint(2, 9))) for _ in range(count))


def tokens(text):
    return len(PIECE.findall(text))


@pytest.mark.parametrize("unit", ["la ", "no more ", FOX, FOX + novel(20), novel(60) + ". "])
def test_a_loop_costs_less_than_200_tokens_and_what_was_good_stays(unit):
    good = novel(150) + ". "
    loop, watch, _ = watched(good + unit * 400)
    assert loop is not None
    assert watch.count - tokens(good + unit) < 200
    text = watch.text(loop)
    assert text.startswith(good.rstrip())
    assert text in (good + unit * 2)


def test_the_ban_on_repeated_runs_does_not_hide_a_loop():
    """The released ban: no run of 20 tokens twice in 50. A banned token is another one, put in or put in its place."""
    chance = random.Random(5)
    for period in range(1, 31):
        unit = chance.sample(range(1000), period)
        answer = list(range(2000, 2100))
        begin, place = len(answer) + period, 0
        while len(answer) < begin + 260:
            recent, want = answer[-50:], unit[place % period]
            banned = {recent[i + 19] for i in range(len(recent) - 19) if recent[i : i + 19] == answer[-19:]}
            slipped = want in banned and chance.random() < 0.5
            answer.append(chance.randrange(3000, 4000) if want in banned else want)
            place += not slipped
        watch = LoopWatch(lambda ids: " ".join(f"w{token}" for token in ids))
        loop = watch.feed(np.array(answer))
        assert loop is not None, period
        assert watch.count - begin < 200
        assert 100 <= loop.start < begin + 60


def test_a_table_of_equal_rows_is_spared_until_it_is_absurd():
    row = "<tr><td>0</td><td></td><td>-</td></tr>"
    assert watched("<table>" + row * 40 + "</table>\n" + novel(100))[0] is None
    loop, watch, count = watched("<table>" + row * 400)
    assert loop is not None
    assert watch.count < 1100 < count
    assert watch.text(loop).startswith("<table>" + row)


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"{novel(3, n)} {'. ' * 70}{n}\n" for n in range(40)),
        "".join(f"{novel(2, n)} {'.' * 90} {n}\n" for n in range(40)),
        "Name: ______________________________\n\nDate: ______________________________\n\n" * 6,
        "Yes No\n" * 20,
        "\n".join(f"{n}. {novel(4, n)}" for n in range(60)),
        r"\begin{bmatrix} " + r" \\ ".join(f"a_{{{i}1}} & a_{{{i}2}} & a_{{{i}3}}" for i in range(1, 9)),
        ", ".join(map(str, range(400))),
    ],
    ids=["leaders", "dots", "form", "answers", "list", "matrix", "numbers"],
)
def test_what_pages_do_repeat_is_no_loop(text):
    assert watched(novel(50) + "\n" + text + novel(30))[0] is None


def block(text, top):
    return f"<|ref|>text<|/ref|><|det|>[[80, {top}, 900, {top + 9}]]<|/det|>\n{text}\n\n"


def test_one_line_again_and_again_at_other_places_is_a_loop():
    good = "".join(block(novel(9, n), n * 20) for n in range(5))
    bad = "".join(block("This line is written again and again.", 100 + 11 * n) for n in range(30))
    end = find_line_loop(good + bad)
    assert (good + bad)[:end].endswith("written again and again.")
    assert (good + bad)[:end].count("again and again") == 1
    loop, watch, _ = watched(good + bad)
    assert watch.text(loop).startswith(good.rstrip())
    assert watch.text(loop).count("again and again") == 1


def test_lines_that_only_count_are_a_loop_at_last():
    text = "".join(f"Figure {n}. The same as before.\n" for n in range(80))
    assert find_line_loop("Title\n" + text) is not None
    assert find_line_loop("Title\n" + "".join(text.splitlines(keepends=True)[:25])) is None


def test_two_lines_in_any_order_are_a_loop():
    chance = random.Random(0)
    lines = chance.choices(["the first of the two lines\n", "and here is the second one\n"], k=20)
    end = find_line_loop("Title\nText\n" + "".join(lines))
    assert end is not None and end < 110


@given(st.text(), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_any_text_in_any_pieces_gives_the_same_answer(text, chunk):
    repeated = text * 30
    loop, watch, _ = watched(repeated, chunk)
    again, other, _ = watched(repeated, 1000)
    assert loop == again
    assert loop is None or (repeated.startswith(watch.text(loop)) and watch.text(loop) == other.text(again))
    assert (end := find_line_loop(repeated)) is None or 0 < end <= len(repeated)


def pages_of(name, lines=40, longest=6000):
    with gzip.open(TRAIN / name, "rt", encoding="utf-8") as file:
        while page := "".join(islice(file, lines)):
            yield page[:longest]


@pytest.mark.skipif(not TRAIN.is_dir(), reason="the texts are not there")
def test_no_false_alarm_on_real_tables():
    with gzip.open(TRAIN / "tables" / "wiki_tables.jsonl.gz", "rt", encoding="utf-8") as file:
        tables = [json.loads(line)["html"] for line in islice(file, 1000)]
    assert len(tables) == 1000
    assert [table[:80] for table in tables if watched(table, 10**6)[0]] == []


@pytest.mark.skipif(not TRAIN.is_dir(), reason="the texts are not there")
@pytest.mark.parametrize(
    "name", ["en_books_classic", "en_wikipedia", "en_peps_technical", "en_math_stacks", "en_tech_d2l", "zh_tech_oiwiki"]
)
def test_no_false_alarm_on_real_paragraphs(name):
    """1,600 lines of each, which are paragraphs."""
    pages = list(islice(pages_of(f"text/{name}.txt.gz"), 40))
    assert len(pages) == 40
    assert [page[:80] for page in pages if watched(page, 10**6)[0]] == []
