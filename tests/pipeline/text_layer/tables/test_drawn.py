"""Drawn tables of the held-out half keep their rows, columns, spans and words; what only looks like a table is none."""

from __future__ import annotations

from statistics import fmean

import pytest
from drawn_tables.measure import marks, ours
from drawn_tables.pages import NONE, TABLES, page

SEEDS = range(200, 204)


@pytest.mark.parametrize("kind", TABLES)
def test_tables_are_read_and_no_letter_is_lost_or_added(kind):
    found = [mark for seed in SEEDS for mark in marks(page(kind, seed, held=True), ours)]
    assert fmean(mark.teds for mark in found) >= 0.93
    assert {mark.lost for mark in found} == {0}


@pytest.mark.parametrize("kind", NONE)
def test_what_only_looks_like_a_table_is_none(kind):
    found = [mark for seed in SEEDS for mark in marks(page(kind, seed, held=True), ours)]
    assert [mark.found for mark in found] == [0] * len(found)
    assert {mark.lost for mark in found} == {0}
