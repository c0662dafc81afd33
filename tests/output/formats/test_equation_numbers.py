"""The number of an equation is its tag."""

import pytest


@pytest.mark.parametrize(
    ("read", "shown"),
    [
        (r"\[ a = b \] (3)", r"a = b \tag{3}"),
        ("(2.1)\n\\[ a = b \\]", r"a = b \tag{2.1}"),
        (r"\[ a = b \tag{4} \]", r"a = b \tag{4}"),
        (r"\[ a = b \]", "a = b"),
    ],
)
def test_a_number_beside_a_formula(convert, read, shown):
    text = f"<|ref|>equation<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>\n{read}"
    assert convert(text).split() == ["$$", *shown.split(), "$$"]


def test_other_words_beside_a_formula_stay_words(convert):
    text = "<|ref|>equation<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>\n\\[ a = b \\] (see below)"
    assert "(see below)" in convert(text) and "tag" not in convert(text)
