"""Words and the elements that they are in, where two programs place their letters a little apart."""

from __future__ import annotations

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


def test_a_line_above_is_another_line():
    known = owners(chars("boats", 50, 88, element(0)))
    assert known.of_line(line(("boats", 50))) == [None]
