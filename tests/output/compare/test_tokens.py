"""What counts as a word, and what is markup."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from output.compare.read_markdown import parts
from output.compare.tokens import plain, signature, tokens
from pipeline.text_layer.maths.tex import _AS_LATIN, _sign


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The 2 Cats", ["the", "2", "cats"]),
        ("1,000.50 m2 (3rd)", ["1,000.50", "m", "2", "3", "rd"]),
        ("10. 12:30", ["10", "12", "30"]),
        ("10² 1½ H₂O ①", ["10", "2", "1", "1", "2", "h", "2", "o", "1"]),
        ("ﬁne ri-\nver soft\u00adly", ["fine", "river", "softly"]),
        ("Mo´ebius caf´e", ["moébius", "café"]),
        ("un ´el`eve ´etait", ["un", "élève", "était"]),
        ("ri-\nver", ["river"]),
        ("soft\u00adly", ["softly"]),
        ("b,˜a ˆux ¨yb", ["b", "ã", "ûx", "ÿb"]),
        ("`code` and ´quoted", ["code", "and", "quoted"]),
        ("日本語 text", ["日", "本", "語", "text"]),
        ("snake_case", ["snake", "case"]),
    ],
)
def test_tokens(text, found):
    assert tokens(text) == found


def test_tags_and_commands_are_no_words_and_addresses_are():
    assert tokens(plain('<td colspan="2">a</td> <http://b.org/1> <BR/> x<sup>2</sup>')) == [
        "a", "http", "b", "org", "1", "x", "2",
    ]  # fmt: skip
    assert tokens(plain(r"\frac{1}{\alpha} \sin x \begin{array}{lc} y \end{array} <td>&lt;p&gt;")) == [
        "1", "α", "sin", "x", "y", "p",
    ]  # fmt: skip


LETTERS = "αβγδεζηθικλμνξοπρσςτυφχψωϵϑϖϱϕΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩℓℏℝ𝜆𝝀𝐱𝑦x"


@pytest.mark.parametrize("letter", LETTERS)
def test_letters_that_the_text_layer_writes_as_commands_are_words(letter):
    """Capitals that look like Latin ones are those in TeX, which has no others."""
    written = tokens(plain(_sign(letter) + "=1"))
    assert written in (tokens(f"{letter}=1"), tokens(f"{_AS_LATIN.get(letter, letter)}=1"))


def test_entities_are_characters_in_tables_alone():
    assert tokens(plain("&#169; &lt;")) == ["169", "lt"]
    assert tokens(plain("<td>caf&eacute;</td>")) == ["café"]


def test_a_signature_has_no_blanks_beside_punctuation_only():
    assert signature("1, 2 ,3 10 50") == "1,2,3 10 50"


MARKDOWN = r"""# A \*title\* &lt;center>

![alt text 7](a/p001-1.png)

<!-- page 3 -->

<!-- header: Journal 12 -->

Write \&#169; or see [the page 4](https://b.org/99)[^1] <table><tr><td>5</td></tr></table>

```c
x = "<b>" \frac 6;

y
```
"""


def test_what_a_reader_finds_in_markdown():
    found = [token for part in parts(MARKDOWN.splitlines(keepends=True)) for token in tokens(part)]
    assert found == [
        "a", "title", "center", "journal", "12", "write", "169", "or", "see", "the", "page", "4", "1", "5", "x", "b",
        "frac", "6", "y",
    ]  # fmt: skip


@given(st.text())
def test_any_text_has_tokens(text):
    for part in parts(text.splitlines(keepends=True)):
        assert all(tokens(part))
