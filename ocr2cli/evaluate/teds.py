"""TEDS, the tree-edit-distance similarity of tables (Zhong, ShafieiBavani, Jimeno Yepes 2020, section 5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from apted import APTED, Config
from rapidfuzz.distance import Levenshtein

from ocr2cli.evaluate.content import Cell, Table

# Time grows with the pairs and the depth of both. Higher waits minutes for a page of a catalogue; lower scores more
# tables by the bound, which is never better than the true score.
_MOST_PAIRS = 120_000
"""Pairs of nodes up to which the exact distance is computed: about two seconds."""


_T = TypeVar("_T")


@dataclass(frozen=True)
class _Node:
    name: str
    cell: Cell | None = None
    children: tuple[_Node, ...] = ()

    @cached_property
    def size(self) -> int:
        return 1 + sum(child.size for child in self.children)


class _Costs(Config):  # type: ignore[misc]
    """Unit costs, but text that differs in part costs that part."""

    def __init__(self, structure_only: bool) -> None:
        self._structure_only = structure_only

    def rename(self, one: _Node, other: _Node) -> float:
        if one.cell is None or other.cell is None:
            return float(one.name != other.name)
        return _cell_distance(one.cell, other.cell, self._structure_only)


def teds(truth: Table, found: Table, structure_only: bool = False) -> float:
    """Similarity 0..1: 1 - distance / nodes of the larger tree; only rows, cells and spans count if `structure_only`.

    For very large tables the distance is that of the best alignment of rows, then of cells: never below the true one.
    """
    if truth == found:  # most drawn tables, of which the distance would cost seconds
        return 1.0
    one, other = _tree(truth), _tree(found)
    if one.size * other.size <= _MOST_PAIRS:
        distance = float(APTED(one, other, _Costs(structure_only)).compute_edit_distance())
    else:
        distance = _by_rows(truth, found, structure_only)
    return max(0.0, 1 - distance / max(one.size, other.size))


def _tree(table: Table) -> _Node:
    rows = (_Node("tr", None, tuple(_Node("td", cell) for cell in row)) for row in table)
    return _Node("table", None, tuple(rows))


def _cell_distance(one: Cell, other: Cell, structure_only: bool) -> float:
    if (one.columns, one.rows) != (other.columns, other.rows):
        return 1.0
    return 0.0 if structure_only else float(Levenshtein.normalized_distance(one.text, other.text))


def _by_rows(truth: Table, found: Table, structure_only: bool) -> float:
    """Rows are matched by their whole text, which is fast, and then each pair's cells are aligned for its cost."""

    def rough(one: tuple[Cell, ...], other: tuple[Cell, ...]) -> float:
        texts = ("\t".join(cell.text for cell in row) for row in (one, other))
        return float(Levenshtein.normalized_distance(*texts)) * min(len(one), len(other)) + abs(len(one) - len(other))

    def exact(one: tuple[Cell, ...], other: tuple[Cell, ...]) -> float:
        return _aligned(one, other, lambda _: 1.0, lambda a, b: _cell_distance(a, b, structure_only))[0]

    def whole(row: tuple[Cell, ...]) -> float:
        return 1.0 + len(row)

    # Aligned by rough costs and priced by exact ones: exact costs for all pairs of rows of a long table take far too
    # long.
    pairs = _aligned(truth, found, whole, rough)[1]
    kept_truth, kept_found = {i for i, _ in pairs}, {j for _, j in pairs}
    lost = sum(whole(row) for i, row in enumerate(truth) if i not in kept_truth)
    added = sum(whole(row) for j, row in enumerate(found) if j not in kept_found)
    return lost + added + sum(exact(truth[i], found[j]) for i, j in pairs)


def _aligned(
    one: Sequence[_T], other: Sequence[_T], gap: Callable[[_T], float], swap: Callable[[_T, _T], float]
) -> tuple[float, list[tuple[int, int]]]:
    """The cost of the best order-preserving alignment and the pairs of indices in it."""
    costs = [[0.0]]
    for b in other:
        costs[0].append(costs[0][-1] + gap(b))
    swaps = [[swap(a, b) for b in other] for a in one]
    for i, a in enumerate(one):
        row = [costs[i][0] + gap(a)]
        for j, b in enumerate(other):
            row.append(min(costs[i][j] + swaps[i][j], costs[i][j + 1] + gap(a), row[j] + gap(b)))
        costs.append(row)
    pairs = []
    i, j = len(one), len(other)
    while i and j:
        if costs[i][j] == costs[i - 1][j - 1] + swaps[i - 1][j - 1]:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif costs[i][j] == costs[i - 1][j] + gap(one[i - 1]):
            i -= 1
        else:
            j -= 1
    return costs[-1][-1], pairs[::-1]
