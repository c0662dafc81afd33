"""The time that is left is neither told too long nor too short, in runs of all kinds by a simulated clock."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from statistics import median

import pytest

from ocr2cli.batch.ahead import spread
from tests.support.simulated_run import TICK, Documents, Look, Machine, Run, Sheet

Draw = Callable[[random.Random], tuple[Documents, Machine]]


def scan(rng: random.Random, mean: float, spread: float = 0.4) -> Sheet:
    return Sheet(0.03, mean * rng.lognormvariate(-spread * spread / 2, spread), fonts=False)


def text(rng: random.Random) -> Sheet:
    return Sheet(rng.uniform(0.04, 0.2))


def folder(
    rng: random.Random,
    count: int,
    pages: float,
    scanned: float,
    mean: float = 5.0,
    odd: float = 0.0,
    spread: float = 0.4,
) -> list[list[Sheet]]:
    """Documents of about so many pages, a share of them `scanned`; `odd` pages of each are of the other kind."""
    documents = []
    for _ in range(count):
        scans = rng.random() < scanned
        size = max(1, min(120, int(rng.lognormvariate(0, 0.8) * pages)))
        documents.append([
            scan(rng, mean, spread) if scans != (rng.random() < odd) else text(rng) for _ in range(size)
        ])  # fmt: skip
    return documents


def few_and_long(rng: random.Random) -> tuple[Documents, Machine]:
    documents = [*folder(rng, 2, 60, 0), *folder(rng, 1, 40, 1)]
    rng.shuffle(documents)
    return documents, Machine(before=5.0)


def a_long_scan_first(rng: random.Random) -> tuple[Documents, Machine]:
    return [[scan(rng, 5) for _ in range(80)], *folder(rng, 40, 6, 0.05)], Machine(before=5.0)


def in_doubt(rng: random.Random) -> tuple[Documents, Machine]:
    """Every third page with text is shown to the network, too, and its own text stays."""
    documents = folder(rng, 60, 5, 0.1)
    doubt = [
        [Sheet(p.own, p.network or rng.uniform(3, 6), p.fonts, p.fonts) if rng.random() < 0.3 else p for p in d]
        for d in documents
    ]
    return doubt, Machine(before=5.0)


GPU = Machine(slots=256, loading=15.0, alone=0.05, crowd=0.0, before=0.09)
FAMILIES: dict[str, Draw] = {
    "short pages": lambda rng: (folder(rng, 50, 1.5, 1, mean=1.5), Machine()),
    "scans, read for the first time": lambda rng: (folder(rng, 12, 5, 1), Machine()),
    "uneven scans": lambda rng: (folder(rng, 15, 5, 1, spread=0.7), Machine(before=5.0)),
    "text alone": lambda rng: (folder(rng, 100, 10, 0), Machine(before=5.0)),
    "few scans": lambda rng: (folder(rng, 80, 6, 0.15), Machine(before=5.0)),
    "half scans": lambda rng: (folder(rng, 30, 5, 0.5), Machine(before=5.0)),
    "scanned pages within": lambda rng: (folder(rng, 30, 6, 0.3, odd=0.15), Machine(before=5.0)),
    "few and long": few_and_long,
    "a long scan first": a_long_scan_first,
    "many and short": lambda rng: (folder(rng, 200, 1.2, 0.3, mean=3.0), Machine(before=3.0)),
    "slower than before": lambda rng: (folder(rng, 30, 5, 0.4), Machine(before=2.5)),
    "faster than before": lambda rng: (folder(rng, 30, 5, 0.4), Machine(before=9.0)),
    "previews": lambda rng: (folder(rng, 40, 6, 0.1), Machine(before=5.0, writing=0.5)),
    "doubts": in_doubt,
    "a GPU": lambda rng: (folder(rng, 150, 15, 0.4, mean=0.09), GPU),
    "one slot": lambda rng: (folder(rng, 20, 4, 0.5), Machine(slots=1, before=5.0)),
    "no network": lambda rng: (folder(rng, 150, 15, 0), Machine(network=False, mixed=False)),
    "all by a network": lambda rng: (folder(rng, 15, 4, 1), Machine(mixed=False)),
}
SEEDS = range(5)
AT = {0.1: 1.6, 0.25: 1.33, 0.5: 1.33, 0.75: 1.33}
"""Shares of a run at which the line is looked at, and how far the median of five runs may be off: what an earlier run
took may be half of the truth or twice as much, and has to be forgotten first."""


@cache
def looks(family: str, seed: int) -> list[Look]:
    return list(Run(*FAMILIES[family](random.Random(seed))).looks())


def ratio(seen: list[Look], share: float) -> float:
    """What is shown of what is true."""
    look = seen[int(share * len(seen))]
    assert look.shown is not None
    return look.shown / (seen[-1].now - look.now)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_median_is_near_the_truth(family):
    runs = [looks(family, seed) for seed in SEEDS]
    for share, off in AT.items():
        assert 1 / off < median(ratio(seen, share) for seen in runs) < off, share


def test_over_all_kinds_it_is_neither_too_long_nor_too_short():
    ratios = [ratio(looks(family, seed), share) for family in FAMILIES for seed in SEEDS for share in AT]
    assert 0.95 < median(ratios) < 1.05
    ratios.sort()
    assert ratios[len(ratios) // 10] > 0.8
    assert ratios[-len(ratios) // 10] < 1.3


@pytest.mark.parametrize("family", FAMILIES)
def test_no_look_shows_another_time_than_the_one_before(family):
    """But for what went by, and a few percent of what is left."""
    for seed in SEEDS:
        seen = looks(family, seed)
        for one, two in pairwise(seen):
            if one.shown is not None and two.shown is not None:
                change = abs(two.shown - one.shown + TICK)
                assert change < 0.06 * max(one.shown, seen[-1].now - one.now) + TICK, (seed, one, two)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_count_never_falls_back(family):
    """Nor when all is read, and files are still being written."""
    seen = looks(family, 0)
    done = [int(look.line.split()[0]) for look in seen]
    assert done == sorted(done)
    pages = sum(map(len, FAMILIES[family](random.Random(0))[0]))
    assert seen[-1].line == f"{pages} of {pages}"


@pytest.mark.parametrize("count", [0, 1, 2, 7, 64, 100])
def test_documents_are_looked_over_evenly(count):
    order = spread(count)
    assert sorted(order) == list(range(count))
    for some in range(8, count, 8):
        gaps = [two - one for one, two in pairwise(sorted(order[:some]))]
        assert max(gaps) <= 4 * min(gaps)
