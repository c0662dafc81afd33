"""Score rows that `read` has written, on any machine: `python -m train_nano.reading.tell READ/rows.jsonl.xz…`.

For each checkpoint and set: errors of all characters and of the median page, text and order distance, TEDS; the same by
sort and length of page and by how pages ended; of other languages also how often they are wrong for English pages once.
Sets without transcripts (public documents) are only counted: `documents` writes them as Markdown for their own scorer.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter, defaultdict
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from pipeline.transcript import Finish
from train_nano.evaluate import Compared, Tally, compare
from train_nano.reading.rows import Row, load
from train_nano.texts import LANGUAGES

FIRST = 160  # of the held-out pages: an older set, told by itself
LOOPS = (Finish.LOOP, Finish.LENGTH)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    given = parser.parse_args()
    told = list(load(given.files))
    tell([row for row in told if row.truth is not None], [row for row in told if row.truth is None])


def tell(scored: list[Row], others: Iterable[Row]) -> None:
    """Print it all, sets in the order of their names, checkpoints within them."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        pages = list(pool.map(_compare, scored, chunksize=8))
    tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
    ends: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row, page in zip(scored, pages, strict=True):
        tallies[row.set, row.model].put(_groups(row), page)
    for row in (*scored, *others):
        ends[row.set, row.model][row.finish] += 1
    for key in sorted(ends):
        loops = sum(ends[key][end] for end in LOOPS)
        print(f"\n{key[0]}, {key[1]}: {loops} in a loop or cut off, {dict(ends[key].most_common())}")
        if key in tallies:
            tallies[key].report()
            _tell_languages(tallies[key], tallies.get(("heldout", key[1])))


def _compare(row: Row) -> Compared:
    return compare(row.truth or "", row.text)


def _groups(row: Row) -> tuple[str, ...]:
    number = row.name.partition("-")[0]
    early = ("first 160",) if row.set == "heldout" and number.isdigit() and int(number) < FIRST else ()
    return (row.sort, row.finish, *early)


def _tell_languages(tally: Tally, english: Tally | None) -> None:
    there = [language for language in LANGUAGES if tally.rate(language)]
    if not there:
        return
    beside = {"the English pages beside them": tally.rate("en"), "held-out pages": english.rate() if english else 0.0}
    for name, rate in beside.items():
        if rate:
            shares = ", ".join(f"{language} {tally.rate(language) / rate:.2f}" for language in there)
            print(f"times as often wrong as {name} ({rate:.4f}): {shares}")


if __name__ == "__main__":
    main()
