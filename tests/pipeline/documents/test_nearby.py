"""What lies near a place is found as if all were looked at."""

import random

import pytest

from pipeline.documents.nearby import Near


@pytest.mark.parametrize("size", [2, 40, 400, 3000])
def test_what_is_found_is_what_is_there_in_its_order(size):
    chance = random.Random(size)

    def box():
        x, y = chance.uniform(-100, 2000), chance.uniform(-100, 2000)
        return x, y, x + chance.uniform(0, size), y + chance.uniform(0, size)

    boxes = [box() for _ in range(200)] + [(48.0, 48.0, 72.0, 72.0)]
    near = Near([(one, at) for at, one in enumerate(boxes)])
    for x0, y0, x1, y1 in [*(box() for _ in range(100)), boxes[-1], (72.0, 72.0, 72.0, 72.0), (24.0, 24.0, 48.0, 48.0)]:
        holding = [at for at, (a0, b0, a1, b1) in enumerate(boxes) if a0 <= x0 <= a1 and b0 <= y0 <= b1]
        touched = [at for at, (a0, b0, a1, b1) in enumerate(boxes) if a0 <= x1 and x0 <= a1 and b0 <= y1 and y0 <= b1]
        assert list(near.at(x0, y0)) == holding
        assert list(near.touching((x0, y0, x1, y1))) == touched


def test_nothing_is_near_nothing():
    assert list(Near[int]([]).at(1, 1)) == list(Near[int]([]).touching((0, 0, 9, 9))) == []
