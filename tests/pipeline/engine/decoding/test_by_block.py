"""How sure a network was, block by block."""

import pytest

from pipeline.engine.decoding.by_block import by_block


def test_each_block_has_the_mean_of_its_tokens():
    assert by_block([7, 1, 2, 7, 3], [0.9, 0.5, 0.4, 1.0, 0.5], opening=7) == pytest.approx((0.6, 0.75))
    assert by_block([1, 7, 2], [0.1, 0.5, 0.7], opening=7) == pytest.approx((0.6,))  # what is before belongs to none
    assert by_block([1, 2], [0.5, 0.5], opening=7) == ()
    assert by_block([7, 2], (), opening=7) == ()
