"""Softmax without a running maximum, and how to tell that it was one too many.

A softmax is the same whatever is taken from all of a query's scores. To take the largest one is safe for any scores and
costs a third of a turn's instructions: it has to be found, and all that was summed so far shrinks whenever it grows.
Without, exponentials leave the range of a float32 only where scores are beyond some 80; there a program does its work
again with the largest one.
"""

from __future__ import annotations

import triton
import triton.language as tl

LOG2E = tl.constexpr(1.4426950408889634)


@triton.jit
def is_odd(total):
    """Whether a sum of exponentials of [n] is near the ends of the range, or no number."""
    usual = (total > 1e-30) & (total < 1e30)
    return tl.min(usual.to(tl.int32), 0) == 0
