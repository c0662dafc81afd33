"""Words and the elements that they are in, where two programs place their letters a little apart."""

from __future__ import annotations

import pytest

from pipeline.documents.tags.content import Char
from pipeline.documents.tags.nodes import Element, Node
from pipeline.text_layer.lines.geometry import Frame, Rect
from pipeline.text_layer.lines.lines import Line, Word, line_of
from pipeline.text_layer.tagged.owners import Owners


def element(*path: int) -> Element:
    return Element((Node(path, "P", object()),))


def chars(text: str, x: float, y: float, inside: Element | None) -> list[Char]:
    return [Char(c, (x + 5 * i, y), inside) for i, c in enumerate(text)]


def line(*words: tuple[str, float]) -> Line:
    """Words of five points a letter on the baseline 100."""
    return line_of([Word(text, Rect(x, 92.2, x + 5 * len(text), 102.2), 10) for text, x in words])


def owners(*found: list[Char]) -> Owners:
    return Owners([char for part in found for char in part], Frame(600, 800))


def test_each_word_is_where_most_of_its_letters_are():
    a, b = element(0), element(1)
    known = owners(
        chars("boa", 50, 100, a), chars("ts", 65, 100, b), chars("a", 80.3, 100.4, b), chars("7", 300, 100, None)
    )
    assert known.of_line(line(("boats", 50), ("a", 80), ("7", 300))) == [a, b, None]


def test_a_word_that_one_program_has_not_is_where_its_neighbour_is():
    a = element(0)
    known = owners(chars("boats", 50, 100, a))
    assert known.of_line(line(("x", 40), ("boats", 50), ("y", 90))) == [a, a, a]
    assert known.of_line(line(("x", 40))) == [None]


@pytest.mark.parametrize("y", [99.4, 100.0, 100.6])
def test_letters_are_found_in_whatever_order_and_however_their_baseline_is_rounded(y):
    a, b = element(0), element(1)
    known = owners(chars("nets", 100, y, b), chars("boats", 50, y, a))
    assert known.of_line(line(("boats", 50), ("nets", 100))) == [a, b]


def test_characters_without_text_do_not_count():
    a, b = element(0), element(1)
    known = owners(chars("b", 50, 100, a), [Char("", (x, 100), b) for x in (51, 52, 53)])
    assert known.of_line(line(("boats", 50))) == [a]


def test_a_line_above_is_another_line():
    known = owners(chars("boats", 50, 88, element(0)))
    assert known.of_line(line(("boats", 50))) == [None]
