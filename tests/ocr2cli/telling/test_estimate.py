"""The time that is left is told steadily, and near enough to the truth, whatever the pages are like."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pytest

from ocr2cli.telling.estimate import SETTLED, Estimate, Load
from ocr2cli.telling.foresight import Foresight, Unknown

TICK = 0.5
"""Seconds between two looks, as of somebody who watches the line."""


@dataclass(frozen=True)
class Page:
    """What a page costs; a network reads it, or the document has its text."""

    seconds: float
    network: bool = True


@dataclass(frozen=True)
class Look:
    now: float
    shown: float | None
    truth: float


def run(pages: Sequence[Page], *, mixed: bool = False, before: float | None = None, ahead: int = 64) -> list[Look]:
    """Read pages as the program does: own text first, up to `ahead` pages waiting for the network, one at a time."""
    estimate = Estimate(network=any(p.network for p in pages), mixed=mixed, network_before=before)
    queue, waiting, looks = list(pages), [], []
    foresight = Foresight()
    foresight.looked_at("all of them", len(pages), sum(page.network for page in pages))
    foresight.opened("all of them", len(pages))
    now = text_done = network_done = 0.0
    text_left = network_left = 0.0
    whole = _whole(pages)
    while queue or waiting:
        while queue and len(waiting) < ahead and text_left <= 0:
            page = queue.pop(0)
            if page.network:
                waiting.append(page)
            else:
                text_left += page.seconds
                text_done += 1
        if waiting and network_left <= 0:
            network_left = waiting[0].seconds
        seen = int(network_done + text_done) + len(waiting)
        pictures = foresight.for_network(Unknown(len(queue), {}, 0), seen, int(network_done) + len(waiting))
        load = Load(int(network_done), int(text_done), bool(waiting), len(waiting), len(queue), pictures)
        shown = estimate.update(now, load)
        looks.append(Look(now, shown if now > SETTLED else None, whole - now))
        now += TICK
        text_left -= TICK
        if waiting:
            network_left -= TICK
            while waiting and network_left <= 0:
                waiting.pop(0)
                network_done += 1
                network_left += waiting[0].seconds if waiting else 0.0
    return looks


def _whole(pages: Sequence[Page]) -> float:
    return max(sum(p.seconds for p in pages if p.network), sum(p.seconds for p in pages if not p.network))


def _drawn(draw: Callable[[random.Random], float], count: int = 200) -> Callable[[random.Random], list[Page]]:
    return lambda rng: [Page(max(0.2, draw(rng))) for _ in range(count)]


def _mixture(rng: random.Random) -> list[Page]:
    """Scans among documents with text: the kind of run in which 7:32 became 0:42 and then 8:52."""
    scans = set(rng.sample(range(120), 20))
    return [Page(rng.uniform(15, 50)) if at in scans else Page(rng.uniform(0.05, 0.3), False) for at in range(120)]


def _scans_last(rng: random.Random) -> list[Page]:
    return [Page(0.2, False)] * 80 + [Page(rng.uniform(20, 40)) for _ in range(12)]


FAMILIES: dict[str, Callable[[random.Random], list[Page]]] = {
    "all alike": _drawn(lambda rng: 10.0),
    "uneven": _drawn(lambda rng: rng.uniform(2, 30)),
    "a long tail": _drawn(lambda rng: rng.lognormvariate(2, 0.8)),
    "two kinds": _drawn(lambda rng: rng.choice((3.0, 40.0))),
    "ever slower": lambda rng: sorted(_drawn(lambda r: r.uniform(2, 30))(rng), key=lambda p: p.seconds),
    "ever faster": lambda rng: sorted(_drawn(lambda r: r.uniform(2, 30))(rng), key=lambda p: -p.seconds),
    "one giant": lambda rng: [Page(2.0)] * 30 + [Page(200.0)] + [Page(2.0)] * 30,
    "scans among text": _mixture,
    "scans last": _scans_last,
}
LEVEL = ("all alike", "uneven", "a long tail", "two kinds", "scans among text", "scans last")
"""Families whose pages to come are like those that were read."""


def looks(family: str, seed: int, before: float | None = None) -> list[Look]:
    pages = FAMILIES[family](random.Random(seed))
    return run(pages, mixed=any(not page.network for page in pages), before=before)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_shown_does_not_jump(family):
    """From one look to the next it changes by the time that went by, and a small part of all that is left."""
    for seed in range(5):
        seen = looks(family, seed)
        assert all(look.shown is not None for look in seen[len(seen) // 2 :])
        for one, two in pairwise(seen):
            if one.shown is not None and two.shown is not None:
                assert abs(two.shown - one.shown) <= 0.1 * max(one.shown, two.shown, one.truth) + 1, (seed, one, two)


@pytest.mark.parametrize("family", LEVEL)
def test_half_way_it_is_near_the_truth(family):
    for seed in range(5):
        seen = looks(family, seed)
        half = seen[len(seen) // 2]
        assert half.shown is not None
        assert 0.6 < half.shown / half.truth < 1.67, (family, seed, half)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_end_is_never_told_long_before_it_comes(family):
    """Nobody waits for a minute before a clock that stands at 0:00."""
    for seed in range(5):
        pages = FAMILIES[family](random.Random(seed))
        slowest = max(page.seconds for page in pages)
        early = [look for look in looks(family, seed) if look.shown is not None and look.shown < 1]
        assert all(look.truth <= slowest for look in early), (family, seed)


def test_the_swing_of_fast_and_slow_documents():
    """What was 7:32, 0:42 and 8:52 in one run: the end that is forecast stays within a factor of four."""
    for seed in range(20):
        seen = [look for look in looks("scans among text", seed, before=30.0) if look.shown is not None]
        ends = [look.now + look.shown for look in seen]
        assert max(ends) < 4 * min(ends), (seed, min(ends), max(ends), seen[-1].now)


def test_nothing_is_told_of_a_network_that_nobody_has_seen_read():
    estimate = Estimate(network=True, mixed=False)
    assert estimate.update(0.0, Load(under_way=1, unknown=5)) is None
    assert estimate.update(10.0, Load(network_done=1, under_way=1, unknown=4)) == pytest.approx(40)


def test_an_earlier_run_tells_from_the_first_second():
    assert Estimate(network=True, mixed=False, network_before=8.0).update(0.0, Load(unknown=5)) == pytest.approx(40)


def test_writing_counts():
    """A preview of 100 pages that takes 2 s each is no surprise at the end."""
    estimate = Estimate(network=False, mixed=False, writing_before=2.0)
    first = estimate.update(0.0, Load(unknown=100, unwritten=100, tail=100))
    assert first == pytest.approx(100 * 0.1 + 100 * 2.0)
    last = estimate.update(30.0, Load(text_done=100, written=15, unwritten=85, tail=85, writing=True))
    assert last == pytest.approx(170, rel=0.1)
