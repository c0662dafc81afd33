"""The checker finds what it is for, and passes what is right."""

import pytest
from markdown_check import problems

RIGHT = """# A[^1]

![A (b)](a%20b/p001-1.png)

<table>
<caption>x<sub>1</sub></caption>
<tr><th rowspan="2">a</th><td colspan="2">b<br>c</td></tr>
<tr><td>d</td><td>e</td></tr>
</table>

| a | b |
| --- | --- |
| c\\|d | e |

```
![no](link) and <table> are code
```

[^1]: A note.
"""


def test_what_is_right_passes(tmp_path):
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "p001-1.png").write_bytes(b"x")
    assert problems(RIGHT, tmp_path) == []


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ("a <|ref|> b", "special token '<|ref|>'"),
        ("```\n<｜end▁of▁sentence｜>\n```", "special token '<｜end▁of▁sentence｜>'"),
        ("![x](p001-1.png)", "dead link to 'p001-1.png'"),
        ("<table>\n<tr><td>a</tr>\n</table>", "</tr> closes nothing"),
        ("<table>\n<tr><td>a</td></tr>", "<table> is not closed"),
        ("<table>\n<tr><td onclick=x>a</td></tr>\n</table>", "attributes of <td>: [('onclick', 'x')]"),
        ("<table>\n<tr><td><script></script></td></tr>\n</table>", "<script> in a table's <td>"),
        ('<table>\n<tr><td rowspan="2">a</td></tr>\n</table>', "a cell of row 1 goes on below the table"),
        (
            '<table>\n<tr><td>a</td><td rowspan="2">b</td></tr>\n<tr><td colspan="2">c</td></tr>\n</table>',
            "cells lie over each other in row 2",
        ),
        ("| a | b |\n| --- | --- |\n| c |", "rows of different widths in a table of pipes: | a | b |"),
        ("a[^1]\n\n[^1]: x\n\n[^1]: y", "footnote 1 is defined twice"),
        ("[^1]: x", "footnote 1 is never used"),
    ],
)
def test_what_is_wrong_is_named(wrong, found, tmp_path):
    assert problems(wrong, tmp_path)[0] == found
