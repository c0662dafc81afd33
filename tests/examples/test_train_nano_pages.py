"""Synthetic pages: the transcript keeps the grammar, and glyphs stand where and for what they say."""

from __future__ import annotations

import lzma
import re
from pathlib import Path

import numpy as np
import pytest
from train_nano.kinds import KINDS
from train_nano.pages import Assets, Difficulty, Sample, make_page
from train_nano.tables import from_rows
from train_nano.texts import Lines

PREPARED = Path(__file__).parents[2] / ".train" / "assets"
BLOCK = re.compile(
    r"<\|ref\|>(?P<label>\w+)<\|/ref\|><\|det\|>\[\[(\d+), (\d+), (\d+), (\d+)\]\]<\|/det\|>"
    r"(?:\n(?P<content>(?!\n)[\s\S]+))?"
)
LABELS = {
    "text", "title", "sub_title", "list", "table", "table_caption", "image", "image_caption", "equation", "header",
    "footer", "page_number", "footnote", "code",
}  # fmt: skip


def check(page: Sample) -> None:
    height, width = page.pixels.shape
    assert page.pixels.dtype == np.uint8
    assert len(page.glyph_of_char) == len(page.text)
    assert len(page.glyph_chars) == len(page.glyph_boxes)
    assert page.glyph_of_char.max(initial=-1) < len(page.glyph_chars)
    for character, glyph in zip(page.text, page.glyph_of_char.tolist(), strict=True):
        assert glyph < 0 or page.glyph_chars[glyph] in (character, "□")
    x0, y0, x1, y1 = page.glyph_boxes.reshape(-1, 4).T
    assert (x1 >= x0).all()
    assert (y1 > y0).all()
    middle_x, middle_y = (x0 + x1) / 2, (y0 + y1) / 2
    assert (middle_x >= 0).all() and (middle_x <= width).all(), page.kind
    assert (middle_y >= 0).all() and (middle_y <= height).all(), page.kind
    check_grammar(page)


def check_grammar(page: Sample) -> None:
    if not page.text:
        return
    shown = 0
    for block in re.split(r"\n\n(?=<\|ref\|>)", page.text):
        match = BLOCK.fullmatch(block)
        assert match, block
        label, content = match["label"], match["content"]
        assert label in LABELS
        assert (content is None) == (label == "image"), block
        left, top, right, bottom = map(int, match.groups()[1:5])
        assert left <= right <= 999, block
        assert top <= bottom <= 999, block
        if label == "table":
            assert re.fullmatch(
                r"<table>(<tr>(<td( rowspan=\"\d+\")?( colspan=\"\d+\")?>[^<>]*</td>)*</tr>)+</table>", content
            )
        shown += sum(label == "equation" or not c.isspace() for c in content or "")
    mapped = int((page.glyph_of_char >= 0).sum())
    assert mapped <= shown


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("size", ["small", "strip", "page"])
def test_every_kind_keeps_grammar_and_map(assets: Assets, kind: str, size: str) -> None:
    for seed in range(3):
        check(make_page(np.random.default_rng(seed), assets, Difficulty(size=size, kinds=(kind,))))


def test_every_visible_character_of_a_paragraph_has_a_glyph(assets: Assets) -> None:
    page = make_page(np.random.default_rng(5), assets, Difficulty(size="page", kinds=("book",)))
    body = "".join(match["content"] or "" for match in map(BLOCK.fullmatch, page.text.split("\n\n")) if match)
    visible = sum(c != " " for c in body.replace("# ", ""))
    assert visible > 200
    assert int((page.glyph_of_char >= 0).sum()) == visible


def test_the_same_seed_gives_the_same_page(assets: Assets) -> None:
    first, second = (make_page(np.random.default_rng(9), assets, Difficulty()) for _ in range(2))
    assert first.text == second.text
    assert (first.pixels == second.pixels).all()


def test_glyph_boxes_lie_on_ink(assets: Assets) -> None:
    page = make_page(np.random.default_rng(3), assets, Difficulty(size="small", kinds=("paragraphs",)))
    paper = int(np.bincount(page.pixels.ravel()).argmax())
    inked = 0
    for x0, y0, x1, y1 in np.rint(page.glyph_boxes).astype(int).tolist():
        inked += bool((page.pixels[max(y0, 0) : y1 + 1, max(x0, 0) : x1 + 1] != paper).any())
    assert inked == len(page.glyph_chars) > 20


def test_table_spans_become_html() -> None:
    table = from_rows([[("a", 2, 1), ("b", 1, 2)], [("c", 1, 1), ("", 1, 1)]], head=1, bold=False, limit=9)
    html, starts = table.html()
    assert html == '<table><tr><td rowspan="2">a</td><td colspan="2">b</td></tr><tr><td>c</td><td></td></tr></table>'
    assert [html[s] for s in starts[:3]] == ["a", "b", "c"]
    assert table.first_rows(1).html()[0] == '<table><tr><td>a</td><td colspan="2">b</td></tr></table>'


def test_splits_share_no_lines_and_lose_none(tmp_path: Path) -> None:
    written = [f"line {i}" for i in range(5000)]
    (tmp_path / "a.xz").write_bytes(lzma.compress("".join(f"{line}\n" for line in written).encode()))
    train, heldout = (Lines(tmp_path / "a.xz", split) for split in ("train", "heldout"))
    both = [part[i] for part in (train, heldout) for i in range(len(part))]
    assert sorted(both) == sorted(written)
    assert 50 <= len(heldout) <= 200


@pytest.mark.skipif(not (PREPARED / "faces.npz").exists(), reason="run train_nano.prepare first")
@pytest.mark.parametrize("split", ["train", "heldout"])
def test_pages_from_prepared_assets(split: str) -> None:
    loaded = Assets.load(PREPARED, split=split)
    rng = np.random.default_rng(0)
    for size in ("small", "strip", "page"):
        for _ in range(6):
            check(make_page(rng, loaded, Difficulty(size=size)))


def test_families_of_the_splits_differ() -> None:
    if not (PREPARED / "faces.npz").exists():
        pytest.skip("run train_nano.prepare first")
    train, heldout = ({f.name for f in Assets.load(PREPARED, split=s).families} for s in ("train", "heldout"))
    assert len(heldout) >= 4
    assert not train & heldout
