"""A formula of one line as TeX, and what cannot be told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocr2cli import convert
from pipeline.text_layer.lines.geometry import Rect
from pipeline.text_layer.lines.lines import Line, Word, line_of
from pipeline.text_layer.maths.tex import tex_of
from tests.support.drawn import drawn_page, show


def line(*parts: str) -> Line:
    """Words of 10 points one after the other: `^` raises one, `_` lowers one, a space before it parts it."""
    words, x = [], 50.0
    for part in parts:
        spaced, text = part.startswith(" "), part.strip(" ")
        size, rise = (7.0, {"^": 4.0, "_": -2.0}[text[0]]) if text[0] in "^_" and len(text) > 1 else (10.0, 0.0)
        text = text[1:] if size < 10 else text
        x += 2.5 * spaced
        foot = 100 + 0.22 * size - rise
        words.append(Word(text, Rect(x, foot - size, x + 0.5 * size * len(text), foot), size, spaced=spaced))
        x += 0.5 * size * len(text)
    return line_of(words)


@pytest.mark.parametrize(
    ("parts", "tex"),
    [
        (["𝐸", " =", " 𝑚𝑐", "^2"], "E = mc^{2}"),
        (["x", "_i", "^2", "≤y"], r"x_{i}^{2} \le y"),
        (["𝛼", "=", "𝛽𝛾", "+", "Γ"], r"\alpha = \beta\gamma +\Gamma"),
        (["sin", " θ", "=", "0"], r"\sin \theta = 0"),
        (["𝐀x", "=", "b"], r"\mathbf{A}x = b"),
        (["f(x)", "→", "∞"], r"f(x) \to \infty"),
        (["x∈ℝ", "^n"], r"x \in \mathbb{R}^{n}"),
        (["a", "=", "b", " for", " n", ">", "1"], r"a = b \text{ for } n > 1"),
        (["{a}", "=", "5%"], r"\{a\} = 5\%"),
        (["a²", "=", "b₁"], "a^{2} = b_{1}"),
        (["𝜆", "=", "Α"], r"\lambda = A"),
    ],
)
def test_what_can_be_told(parts, tex):
    assert tex_of(line(*parts)) == tex


@pytest.mark.parametrize(
    "parts",
    [
        ["√x", "=", "2"],
        ["x", "+", "1"],
        ["=", "2"],
        ["x", "="],
        ["жx", "=", "2"],
        ["a~b", "=", "c"],
        ["x", "=", "1", "2"],
    ],
)
def test_what_cannot(parts):
    """A root, of which nothing says how far it reaches; no relation, or one side of it; strange signs; two numbers."""
    assert tex_of(line(*parts)) is None


def test_parts_on_other_baselines_and_over_each_other_cannot():
    whole = line("x", "=", "2")
    moved = [replace(w, box=Rect(w.box.x0, w.box.y0 + 3, w.box.x1, w.box.y1 + 3)) for w in whole.words[-1:]]
    assert tex_of(line_of([*whole.words[:2], *moved])) is None
    under = replace(whole.words[-1], box=whole.words[1].box)
    assert tex_of(line_of([*whole.words[:2], under])) is None


@pytest.mark.parametrize("change", [{"mono": True}, {"drawn": False}])
def test_code_and_the_text_of_scans_are_none(change):
    assert tex_of(line_of([replace(word, **change) for word in line("x", "=", "2").words])) is None


def test_the_number_of_an_equation_is_its_tag():
    text = "The value of the sum that follows from what was said above is told by these"
    content = "".join(show(text, 60, y) for y in (700, 687, 674, 580, 567, 554))
    content += show("c = a + b", 200, 627) + show("(3)", 420, 627)
    assert "$$\nc = a + b \\tag{3}\n$$" in convert(drawn_page(content).parent.tobytes(), model="text-layer").markdown
