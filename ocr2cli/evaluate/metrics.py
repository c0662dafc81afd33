"""The scores of one page or document. They are ours: comparable with each other, not with a published board."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from ocr2cli.evaluate.content import Content, Table, content
from ocr2cli.evaluate.teds import teds

# Characters of a paragraph that can be told from others. Shorter ones ("Yes.") stand in several places, and would give
# orders by chance; longer leaves pages of short paragraphs without a score. Chosen, not measured.
_LONG = 25
# Of its characters are looked for: enough to be unique, and cheap. The end of a paragraph may stand on another page.
_HEAD = 60
# Per cent of them that must agree, as a network misreads letters. Lower finds paragraphs in others' places.
_LIKE = 80.0
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Scores:
    """None where the truth has nothing to score. Distances: 0 is best, 1 worst; TEDS the other way round."""

    text_distance: float
    order_distance: float | None = None
    teds: float | None = None
    teds_structure: float | None = None


def score(truth: str, found: str) -> Scores:
    """Compare two Markdown texts.

    `text_distance` is Levenshtein's over the longer length, on plain text with the tables' text in place.
    `order_distance` is that of the order of the truth's paragraphs as they come in `found`; those not found count as
    text lost, not as order. TEDS is the mean over the truth's tables; a table that is missing scores 0.
    """
    wanted, given = content(truth), content(found)
    similar = table_scores(wanted.tables, given.tables) if wanted.tables else (None, None)
    return Scores(text_distance(wanted.text, given.text), order_distance(wanted, given), *similar)


def text_distance(truth: str, found: str) -> float:
    return float(Levenshtein.normalized_distance(truth, found))


def order_distance(truth: Content, found: Content) -> float | None:
    """None where the truth has no two paragraphs long enough to be told apart; 1 where none of them is found."""
    heads = [paragraph[:_HEAD] for paragraph in truth.paragraphs if len(paragraph) >= _LONG]
    if len(heads) < 2:
        return None
    places = _places(heads, found.text)
    if not places:
        return 1.0
    found_order = sorted(places, key=lambda rank: places[rank])
    return float(Levenshtein.normalized_distance(sorted(places), found_order))


def _places(heads: list[str], text: str) -> dict[int, int]:
    """Where each head stands in `text`, by its rank. What is found word for word takes its place first."""
    places: dict[int, int] = {}
    after: Counter[str] = Counter()  # where to look on for a paragraph that comes more than once
    for rank, head in enumerate(heads):
        if (at := text.find(head, after[head])) >= 0:
            places[rank] = at
            after[head] = at + 1
    for rank, head in enumerate(heads):
        if rank in places or len(head) > len(text):
            continue
        match = fuzz.partial_ratio_alignment(head, text, score_cutoff=_LIKE)
        # Not where another paragraph stands already: two that are alike would share one place, and their order be lost.
        if match and not any(abs(match.dest_start - taken) < len(head) / 2 for taken in places.values()):
            places[rank] = match.dest_start
    return places


def table_scores(truth: tuple[Table, ...], found: tuple[Table, ...]) -> tuple[float, float]:
    """(TEDS, TEDS of the structure), means over the true tables, each with the found one that shares most words."""
    bags = [_bag(table) for table in found]
    free = set(range(len(found)))
    wishes = []
    for i, table in enumerate(truth):
        bag = _bag(table)
        wishes += [(_likeness(bag, other), -i, -j) for j, other in enumerate(bags)]
    partners: dict[int, int] = {}
    # Indices are negated so that of equal wishes the first tables come first: the sort is from the best down.
    for likeness, i, j in sorted(wishes, reverse=True):
        if likeness > 0 and -i not in partners and -j in free:
            partners[-i] = -j
            free.discard(-j)
    pairs = [(truth[i], found[j]) for i, j in partners.items()]
    return tuple(sum(teds(a, b, only) for a, b in pairs) / len(truth) for only in (False, True))  # type: ignore[return-value]


def _bag(table: Table) -> Counter[str]:
    return Counter(word for row in table for cell in row for word in _WORD.findall(cell.text.casefold()))


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 1.0
