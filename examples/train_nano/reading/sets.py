"""Draw the held-out sets that checkpoints are compared by.

    python -m train_nano.reading.sets --assets .train/assets FOLDER

Each gets a folder of its own there, pages as PNG with the true transcript beside each.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from train_nano.curriculum import small_prose, tables_and_invoices
from train_nano.heldout import Drawn, make
from train_nano.texts import LANGUAGES

SETS = {
    "heldout": Drawn(500, 20260101),  # as `evaluate make` draws them
    "newsprint": Drawn(60, 20260102, small_prose, by_kind=True),
    "tables": Drawn(60, 20260103, tables_and_invoices, by_kind=True),
    "languages": Drawn(12, 20260104, languages=(*LANGUAGES, "en")),  # 96 pages, and the 12 English ones beside them
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--assets", type=Path, required=True)
    parser.add_argument("--only", choices=list(SETS), action="append", help="instead of all")
    parser.add_argument("--pages", type=int, help="the first so many of each set, to try it")
    given = parser.parse_args()
    for name in given.only or SETS:
        drawn = SETS[name]
        fewer = replace(drawn, pages=min(drawn.pages, given.pages)) if given.pages else drawn
        make(given.assets, given.folder / name, fewer)
        print(f"{name}: {len(list((given.folder / name).glob('*.png')))} pages", flush=True)


if __name__ == "__main__":
    main()
