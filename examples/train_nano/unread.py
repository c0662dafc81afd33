"""How surely print that a reading leaves out is found: true transcripts with parts taken away, and as they are.

    python -m train_nano.unread --assets .train/assets --pages 300 [--split heldout]

Every page is drawn, read without a network (its own transcript is the reading), and read again with a part left out.
What is found on whole pages is a false alarm. The constants of `pipeline.views.print_lines` and
`pipeline.readers.wrappers.unread` were set on the training split.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator

from pipeline.model.family.blocks import Block, blocks
from pipeline.readers.wrappers.unread import with_unread
from pipeline.transcript import Finish, PageRef, PrintLines, Source, Transcript
from pipeline.views.print_lines import lines_of_print
from train_nano.curriculum import CELLS, DENSE, MAGAZINE, NEWSPRINT, NOTICES, PAGE, PAGE_TEXT, SMALL, STRIP
from train_nano.degrade import Degrader
from train_nano.pages import Assets, make_page

MIX = {
    SMALL: 0.12, STRIP: 0.08, PAGE_TEXT: 0.12, PAGE: 0.42, DENSE: 0.08, NEWSPRINT: 0.06, NOTICES: 0.04, CELLS: 0.04,
    MAGAZINE: 0.04,
}  # fmt: skip
SEEDS = {"train": 777, "heldout": 778}
KINDS = ("title", "sub_title", "header", "footer", "footnote", "page_number", "list", "table", "image_caption")
LONG = 400  # characters of a block that is cut short
_NOWHERE = PageRef(Source(Path("drawn"), "drawn"), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--split", choices=sorted(SEEDS), default="train")
    given = parser.parse_args()
    torch.set_num_threads(1)
    assets, seed = Assets.load(given.assets, given.split), SEEDS[given.split]
    found: dict[tuple[str, str], list[bool]] = defaultdict(list)
    levels, shares = list(MIX), np.array(list(MIX.values()))
    for number in range(given.pages):
        rng = np.random.default_rng((seed, number))
        torch.manual_seed(seed + number)
        sample = make_page(rng, assets, levels[int(rng.choice(len(levels), p=shares))])
        worn = Degrader(seed + number, clean_share=0.0).wear(torch.tensor(sample.pixels)).numpy()
        for wear, pixels in (("clean", sample.pixels), ("worn", worn)):
            lines = lines_of_print(pixels)
            for what, text in readings(np.random.default_rng((number,)), sample.text):
                found[wear, what].append(is_found(text, lines))
    for (wear, what), each in sorted(found.items()):
        print(f"{wear:6} {what:20} {sum(each):4} of {len(each):4}  {np.mean(each):.3f}")


def is_found(text: str, lines: PrintLines | None) -> bool:
    """Whether a page of this print lacks some of it by this reading."""
    return bool(with_unread(Transcript(_NOWHERE, text, Finish.STOP, print=lines)).unread)


def readings(rng: Generator, text: str) -> Iterator[tuple[str, str]]:
    """What is missing, and the reading without it."""
    all_blocks = list(blocks(text))
    yield "nothing", text
    words = [block for block in all_blocks if block.label != "image"]
    if len(words) < 2:
        return
    yield "any block", without(text, all_blocks, words[int(rng.integers(len(words)))])
    yield "half the page", text[: all_blocks[len(all_blocks) // 2].start]
    for kind in KINDS:
        if first := next((block for block in words if block.label == kind), None):
            yield kind, without(text, all_blocks, first)
    long = [block for block in words if block.end - block.content > LONG and block.label in ("text", "list", "table")]
    if long:
        block = long[int(rng.integers(len(long)))]
        for share in (0.7, 0.5, 0.3):
            end = block.content + int((block.end - block.content) * (1 - share))
            yield f"{share:.0%} of a text", text[:end] + "\n\n" + text[block.end :]


def without(text: str, all_blocks: list[Block], left_out: Block) -> str:
    """A transcript without one of its blocks."""
    return "".join(text[block.start : block.end] for block in all_blocks if block is not left_out)


if __name__ == "__main__":
    main()
