"""Golden cases: grounded text in, Markdown out, as text files that a person can read and check."""

import re
from pathlib import Path

import pytest
from markdown_check import problems

from output.options import MathStyle, Running, TableStyle

FOLDER = Path(__file__).parent / "cases"
CASE = re.compile(
    r"^=== (?P<name>[^\[\n]+?)(?: \[(?P<options>[^\]]*)\])?\n(?P<text>.*?)"
    r"^--- gives\n(?P<markdown>.*?)(?=^=== |\Z)",
    re.MULTILINE | re.DOTALL,
)
KINDS = {"math": MathStyle, "tables": TableStyle, "headers": Running, "page_separator": bool}


def cases():
    for path in sorted(FOLDER.glob("*.txt")):
        for case in CASE.finditer(path.read_text(encoding="utf-8")):
            yield pytest.param(case, id=f"{path.stem}: {case['name']}")


def options(text):
    """`math=latex, links` -> keyword arguments."""
    pairs = (item.partition("=")[::2] for item in re.split(r",\s*", text or "") if item)
    return {name: KINDS[name](value) for name, value in pairs if name != "links"}


@pytest.mark.parametrize("case", list(cases()))
def test_case(case, convert):
    links = {f"p001-{n}.png": f"sample/p001-{n}.png" for n in range(1, 9)} if "links" in (case["options"] or "") else {}
    pages = case["text"].split("--- next page\n")
    text = convert(*pages, links=links, **options(case["options"]))
    assert text == case["markdown"].rstrip("\n") + "\n"
    assert problems(text) == []
