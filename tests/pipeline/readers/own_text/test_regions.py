"""Regions that a network lays out: taken where they have the words of the PDF's own text, and each number."""

from dataclasses import replace
from pathlib import Path

import pymupdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from output.grounding.parser import parse
from pipeline.readers.own_text.first import OwnTextFirst, for_network
from pipeline.readers.own_text.regions import settled
from pipeline.text_layer.guarded import GuardedTextLayer
from pipeline.transcript import Doubt, Finish, PageRef, Source, Transcript

REF = PageRef(Source(Path("a.pdf"), "a.pdf"), 1)


def block(label, box, text):
    return f"<|ref|>{label}<|/ref|><|det|>[[{box}]]<|/det|>\n{text}\n\n"


ABOVE, BELOW = block("text", "100, 50, 900, 90", "Above."), block("text", "100, 500, 900, 540", "Below.")
LEFT, RIGHT = block("text", "100, 100, 200, 300", "A B 12 7"), block("text", "300, 100, 400, 300", "3.5 41 8")
OWN = Transcript(
    REF, ABOVE + LEFT + RIGHT + BELOW, Finish.STOP, 600, 800, "text-layer", doubts=(Doubt("table", (1, 2)),)
)


def seen(*blocks, finish=Finish.STOP):
    return Transcript(REF, "".join(blocks), finish, 600, 800, "full", confidence=0.9, output_tokens=40)


def table(*rows):
    cells = ("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return block("table", "98, 101, 402, 299", f"<table>{''.join(cells)}</table>")


TABLE = table(("A", "3.5"), ("B", "41"), ("12", "8"), ("7", ""))


def test_a_table_with_the_same_words_stands_in_place_of_its_blocks():
    other = block("text", "100, 50, 900, 90", "Another reading of what is above.")
    done = settled(OWN, seen(other, TABLE))
    assert done.text == ABOVE + TABLE + BELOW
    assert (done.reader, done.confidence, done.output_tokens) == ("text-layer+full", 0.9, 40)


def test_the_other_grammar_of_the_family_is_understood():
    theirs = TABLE.replace("<|ref|>table<|/ref|><|det|>[[98, 101, 402, 299]]", "<|det|>table [98, 101, 402, 299]")
    text = settled(OWN, seen(theirs)).text
    assert text == ABOVE + theirs + BELOW
    assert [block.label for block in parse(text)] == ["text", "table", "text"]


@pytest.mark.parametrize("what", ["a number", "a missing word", "no table", "elsewhere", "nothing", "cut off"])
def test_what_says_something_else_is_not_taken(what):
    theirs = {
        "a number": seen(table(("A", "3.5"), ("B", "47"), ("12", "8"), ("7", ""))),
        "a missing word": seen(table(("A", "3.5"), ("", "41"), ("12", "8"), ("7", ""))),
        "no table": seen(block("text", "100, 100, 400, 300", "A B 12 7 3.5 41 8")),
        "elsewhere": seen(TABLE.replace("98, 101, 402, 299", "98, 601, 402, 799")),
        "nothing": seen(),
        "cut off": seen(TABLE, finish=Finish.LOOP),
    }[what]
    assert settled(OWN, theirs) is OWN


@pytest.mark.parametrize(
    ("own", "theirs", "taken"),
    [
        ("-1.9 4 5", ("1.9", "4", "5"), False), ("1.9 4 5", ("−1.9", "4", "5"), False),
        ("−1.9 4 5", ("-1.9", "4", "5"), True), ("1,234 4 5", ("1.234", "4", "5"), False),
        ("12% 4 5", ("12", "4", "5"), False), ("1,234 4 5", ("1,234", "4", "5"), True),
    ],
)  # fmt: skip
def test_signs_and_separators_are_part_of_a_number(own, theirs, taken):
    page = replace(OWN, text=ABOVE + LEFT.replace("A B 12 7", own) + RIGHT.replace("3.5 41 8", "A B") + BELOW)
    read = seen(table(("A", "B"), theirs))
    assert (settled(page, read) is not page) is taken


@pytest.mark.parametrize("label", ["header", "footer", "page_number", "image"])
def test_a_part_that_would_be_left_out_is_not_taken(label):
    rest = block(label, "100, 102, 400, 110", "12 7")
    assert settled(OWN, seen(rest, table(("A", "3.5"), ("B", "41"), ("", "8")))) is OWN
    beside = block("text", "100, 102, 400, 110", "12 7")
    assert settled(OWN, seen(beside, table(("A", "3.5"), ("B", "41"), ("", "8")))) is not OWN


def test_a_formula_in_fragments_becomes_the_networks():
    parts = [
        block("text", "300, 100, 310, 110", "b"), block("text", "300, 111, 310, 130", "∫"),
        block("text", "300, 131, 310, 140", "a"), block("text", "312, 111, 400, 130", "f(x) dx = sin(α) + 2"),
    ]  # fmt: skip
    own = replace(OWN, text=ABOVE + "".join(parts) + BELOW, doubts=(Doubt("formula", (1, 2, 3, 4)),))
    formula = block("equation", "299, 99, 401, 141", r"\[\int_{a}^{b} f(x)\,dx = \sin(\alpha) + 2\]")
    assert settled(own, seen(formula)).text == ABOVE + formula + BELOW
    assert settled(own, seen(formula.replace("+ 2", "+ 3"))) is own
    assert settled(own, seen(formula.replace("+ 2", "- 2"))) is own
    assert settled(own, seen(formula.replace("equation", "text"))) is own


def test_each_doubt_is_settled_by_itself():
    lone = block("table", "100, 600, 400, 700", "<table><tr><td>5</td><td>6</td></tr></table>")
    own = replace(OWN, text=OWN.text + lone, doubts=(*OWN.doubts, Doubt("table", (4,))))
    wrong = block("table", "100, 600, 400, 700", "<table><tr><td>5</td><td>9</td></tr></table>")
    assert settled(own, seen(TABLE, wrong)).text == ABOVE + TABLE + BELOW + lone


@given(st.lists(st.lists(st.integers(0, 10**6), min_size=2, max_size=4), min_size=1, max_size=6), st.data())
def test_no_number_ever_changes(rows, data):
    own = replace(OWN, text=block("table", "100, 100, 400, 300", " ".join(str(n) for row in rows for n in row)),
                  doubts=(Doubt("table", (0,)),))  # fmt: skip
    row = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, len(rows[row]) - 1))
    changed = [list(row) for row in rows]
    changed[row][column] += 1
    assert settled(own, seen(table(*rows))).text == table(*rows)
    assert settled(own, seen(table(*changed))) is own


def poured(path):
    """A table whose columns stand as blocks of their own: more room between its columns than a table has, no rule."""
    document = pymupdf.open()
    page = document.new_page(width=600, height=800)
    page.insert_text((60, 60), "A paragraph of text above, as every page of a report has one or two of them.")
    for x, values in ((80, "12.5 7.25 41.0 38.5 9.75"), (420, "118 220 315 471 502")):
        for row, value in enumerate(values.split()):
            page.insert_text((x, 120 + 26 * row + (9 if x > 100 else 0)), value)
    document.save(path)
    return PageRef(Source(path, path.name), 1)


def led_apart(path):
    """A table between rules, whose columns each have a leading of their own."""
    document = pymupdf.open()
    page = document.new_page(width=600, height=800)
    page.insert_text((60, 60), "A paragraph of text above, as every page of a report has one or two of them.")
    for x, step, values in ((80, 26, "12.5 7.25 41.0 38.5 9.75"), (300, 22, "118 220 315 471 502")):
        for row, value in enumerate(values.split()):
            page.insert_text((x, 140 + step * row), value)
    for y in (115, 260):
        page.draw_line((70, y), (400, y))
    document.save(path)
    return PageRef(Source(path, path.name), 1)


class Network:
    name, settings = "network", "network/1"

    def __init__(self, text):
        self.text, self.asked = text, []

    def close(self):
        pass

    def transcribe(self, pages):
        for ref in pages:
            self.asked.append(ref)
            yield Transcript(ref, self.text, Finish.STOP, 600, 800, self.name)


@pytest.mark.parametrize("drawn", [poured, led_apart])
def test_a_page_in_doubt_is_seen_by_the_network_but_not_by_a_stand_in(tmp_path, drawn):
    ref = drawn(tmp_path / "a.pdf")
    own = GuardedTextLayer(whole=True).read(ref)
    assert [doubt.kind for doubt in own.doubts] == ["table"]
    rows = zip(["12.5", "7.25", "41.0", "38.5", "9.75"], ["118", "220", "315", "471", "502"], strict=True)
    network = Network(table(*rows).replace("98, 101, 402, 299", "120, 130, 780, 310"))
    (done,) = OwnTextFirst(lambda: network, "both", "network/1").transcribe([ref])
    assert network.asked == [ref] and "<tr><td>41.0</td><td>315</td></tr>" in done.text
    assert done.reader == "text-layer+network" and done.text.startswith("<|ref|>text<|/ref|>")
    (kept,) = OwnTextFirst(lambda: network, "both", "network/1", settles=False).transcribe([ref])
    assert len(network.asked) == 1 and kept.text == own.text
    assert for_network(ref.source, [1], settles=True) == [1] and for_network(ref.source, [1], settles=False) == []
