"""Formulas made fit for a renderer: what is broken is named, what is sound stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from output.text.tex import fit
from output.text.tex_macros import ARGUMENTS, ENVIRONMENTS, MACROS

PARTS = st.lists(
    st.sampled_from(
        [
            *(
                "{",
                "}",
                "\\",
                "\\left(",
                "\\right)",
                "\\begin{array}{c}",
                "\\end{array}",
                "&",
                "^",
                "_",
                "%",
                "#",
                "\\mbox",
            ),
            *("\\multicolumn{2}{c}", "\\tag{1}", "\\cancelto", "x", " ", "\\frac", "\\begin{eqnarray}", "\\middle|"),
        ]
    ),
    max_size=12,
).map("".join)


@pytest.mark.parametrize(
    "sound",
    [
        r"\frac{1}{2} \{ \left( x \middle| y \right) \}",
        r"\begin{cases} a & b \\ c & \begin{matrix} d & e \end{matrix} \end{cases}",
        r"x_{a}^{b} \% \# \& \\ \text{a b}",
        r"\approx \mathscr{A}",
    ],
)
def test_sound_formulas_stay_as_they_are(sound):
    assert fit(sound, display=True) == sound


@pytest.mark.parametrize(
    "broken",
    [
        *(r"{", r"}", r"\frac{a}{b", r"\left( x", r"x \right)", r"\begin{array}{c} a", r"a \end{array}", r"\middle| x"),
        *(r"\begin{array}{c} a \end{matrix}", r"{ \left( } \right)", "\\", r"\begin x", "x" * 20_001),
    ],
)
def test_broken_formulas_are_none(broken):
    assert fit(broken, display=True) is None


@given(PARTS, st.booleans())
def test_what_is_fit_stays_fit(latex, display):
    fitted = fit(latex, display)
    assert fitted is None or fit(fitted, display) == fitted


def test_the_tables_are_closed():
    """No replacement leads to another command of the tables, so one pass is enough."""
    for name, expansion in MACROS.items():
        sample = expansion
        for i in range(1, ARGUMENTS[name] + 1):
            sample = sample.replace(f"#{i}", "x")
        fitted = fit(f"{sample} x", display=True)
        assert fitted == f"{sample} x", name
    assert not set(ENVIRONMENTS) & {begin[7:-1] for begin, _ in ENVIRONMENTS.values()}


def test_an_argument_may_hold_the_mark_of_another():
    assert fit(r"\nicefrac{a\#2}{Z}", display=True) == r"{}^{a\#2}\!/_{Z}"
