"""How sure a network was of each block of a page: of the tokens from one `<|ref|>` to the next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise


def by_block(tokens: Sequence[int], probabilities: Sequence[float], opening: Collection[int]) -> tuple[float, ...]:
    """Mean probability of the tokens of each block, 0..1; `opening` are the tokens that begin one.

    Nothing where nothing is known, as of a page that was read without layout.
    """
    if len(probabilities) != len(tokens):
        return ()
    starts = [at for at, token in enumerate(tokens) if token in opening]
    return tuple(min(sum(probabilities[a:b]) / (b - a), 1.0) for a, b in pairwise([*starts, len(tokens)]))
