"""Plain text reads as that text, and ordinary prose is not littered with backslashes."""

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from output.options import MathStyle
from output.text import maths
from output.text.escape import inline

NASTY = st.text(alphabet=st.sampled_from("ab1 \n*_~`[]()<>!#+-=|:.\\&$/\"'\u00e9\u4e2d"), max_size=60)
WORDS = st.lists(
    st.sampled_from(
        ["word", "a*b", "*", "**", "_x_", "`", "``", "<b>", "</td>", "[x](y)", "[x]:", "![", "# ", "1. ", "- ", "> ",
         "---", "===", "|", "|-|", "$5", "$", "~~", "\\", "\\\\", "\\*", "\\_", "&", "<!--", "http://a_b_c", "\n", "…"]
    ),
    max_size=14,
).map(" ".join)  # fmt: skip


def paragraph(text):
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def shown(tokens):
    """What a reader sees of inline tokens."""
    return "".join(
        "\n" if t.type in ("softbreak", "hardbreak") else t.content if t.type.startswith("text") else f"<{t.type}>"
        for token in tokens if token.type == "inline" for t in token.children
    )  # fmt: skip


def without_tex_escapes(text):
    r"""TeX's `\%` means `%`, and so it does in Markdown."""
    return re.sub(r"\\+([%&$#_{}()\[\]])", r"\1", text)


@given(NASTY | WORDS)
@example(r"[\](a)")
@example(r"[a\]: b")
@example(r"[\\](a)")
@example(r"x \\_a\\_ y")
@example(r"x \__a_ y")
def test_text_is_read_as_that_text(reader, text):
    text = re.sub(r"\*\*|</?su[bp]>|\$", "", paragraph(text))  # bold, superscripts and formulas are kept on purpose
    text = paragraph(re.sub(r"&(?=#?\w+;)", "", text))
    assume(not any(maths.find(text)))
    tokens = reader.parse(inline(text, MathStyle.DOLLAR))
    assert [t.type for t in tokens] in ([], ["paragraph_open", "inline", "paragraph_close"])
    assert without_tex_escapes(shown(tokens)) == without_tex_escapes(text)


@pytest.mark.parametrize(
    "text",
    [
        "Smith* and Jones** wrote snake_case_names, a < b, p<0.05 and 2 * 3 = 6.",
        "See [12], [13–15] and (https://doi.org/10.1145/a_b_c_d).",
        "It costs $5, or 100 % of AT&T; ``quoted'' text ends here!",
        "e-mail a_b@c.org; x_1, x_2 and ~5 or #7",
        "A | B",
        "1 > 0, -1 < 0 and +3",
    ],
)
def test_ordinary_prose_is_left_alone(text):
    assert inline(text, MathStyle.DOLLAR) == text


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("# not a heading", r"\# not a heading"),
        ("1986. A year", r"1986\. A year"),
        ("* Corresponding author", r"\* Corresponding author"),
        ("> no quotation", r"\> no quotation"),
        ("text\n---", "text\n\\---"),
        ("a | b\n--- | ---", "a | b\n\\--- | ---"),
        ("<script>alert(1)</script>", "&lt;script>alert(1)&lt;/script>"),
        ("a <td> in text", "a &lt;td> in text"),
        ("[x](javascript:alert(1))", r"[x\](javascript:alert(1))"),
        ("![x](http://tracker)", r"![x\](http://tracker)"),
        ("[1]: see there", r"[1\]: see there"),
        ("a *b* c", r"a \*b\* c"),
        ("__init__ and _x_", r"\_\_init\_\_ and \_x\_"),
        ("from $5 to A$", r"from \$5 to A\$"),
        ("costs $5 if \\(x\\)", r"costs \$5 if $x$"),
        ("``a'' and ``b''", r"\`\`a'' and \`\`b''"),
        ("C:\\.git", r"C:\\.git"),
        ("**bold** and 10<sup>3</sup> stay", "**bold** and 10<sup>3</sup> stay"),
        ("an open <sup>tag", "an open &lt;sup>tag"),
        ("10\\(\\times\\)10", r"10$\times10$"),
        ("\\( unbalanced", "\\( unbalanced"),
        ("a \\(b<c\\) d", "a $b< c$ d"),
    ],
)
def test_escapes(text, markdown):
    assert inline(text, MathStyle.DOLLAR) == markdown


def test_a_cell_needs_bars_escaped_but_no_line_starts():
    assert inline("- a|b #", MathStyle.DOLLAR, in_cell=True) == r"- a\|b #"


def test_latex_delimiters_stay_if_asked():
    assert inline(r"so \( x \) and $x_1$", MathStyle.LATEX) == r"so \(x\) and \(x_1\)"


def test_entities_written_by_the_model_stay_what_they_mean(reader):
    assert inline("AT&amp;T &lt;b&gt; &#169; & a&b; AT&T", MathStyle.DOLLAR) == (
        r"AT\&amp;T \&lt;b\&gt; \&#169; & a&b; AT&T"
    )
