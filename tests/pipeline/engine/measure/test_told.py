"""What a bench tells its slots to write looks like a page: no rows of equal tokens, words that come again."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np

from pipeline.engine.measure.told import page_like


def test_told_pages_have_the_tokens_of_pages():
    written = page_like(np.random.default_rng(0), 129_280, 4000)
    assert written == page_like(np.random.default_rng(0), 129_280, 4000)
    assert len(written) == 4000
    assert min(written) >= 0
    assert max(written) < 129_280
    equal = sum(a == b for a, b in itertools.pairwise(written))
    assert equal < 0.02 * len(written)
    # Frequent words come again and again, next to each other too.
    pairs = Counter(itertools.pairwise(written))
    assert 0.2 < sum(count for count in pairs.values() if count > 1) / len(written) < 0.8


def test_a_small_vocabulary_is_enough():
    assert set(page_like(np.random.default_rng(1), 40, 100)) <= set(range(40))
