"""The likeliest token of each row that is not banned, and its probability."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.engine.compiled.arithmetic import Floats, exponential
from pipeline.engine.compute.compiler import compiled

Integers = NDArray[np.int64]

_SIZE, _LEAST = np.int32(0x7FFFFFFF), np.int32(-0x80000000)
_NONE = np.float32(-np.inf)


@compiled
def choose(
    logits: Floats, tokens: Integers, slots: Integers, counts: Integers, sizes: Integers, windows: Integers,
    allowed: Integers, chosen: Integers, probabilities: Floats,
) -> None:  # fmt: skip
    """Of logits [n, vocabulary], which are changed, into `chosen` and `probabilities` [n].

    Probabilities are of the network's own distribution. Then what would repeat an n-gram is taken away, as
    `decoding.ngram.ban_repeats` does for the same tokens [any, capacity], counts, sizes and windows [n] (a window of 0
    bans nothing), but for the tokens that are `allowed` [any]. Row i is of slot `slots[i]`.
    """
    for row in range(len(logits)):
        numbers = logits[row]
        top, _ = first_largest(numbers)
        sum_ = np.float32(0)
        for i in range(len(numbers)):
            sum_ += exponential(numbers[i] - top)
        if windows[row] > 0:
            ban(numbers, tokens[slots[row]], counts[row], sizes[row], windows[row], allowed)
        found, at = first_largest(numbers)
        chosen[row] = at
        probabilities[row] = exponential(found - top) / sum_ if found > _NONE else np.float32(0)


@compiled
def ban(
    numbers: Floats, tokens: Integers, count: int, size: int, window: int, allowed: Integers
) -> None:  # fmt: skip
    """Minus infinity, in `numbers` [vocabulary], for what would repeat an n-gram of `size` among the last `window` of
    the first `count` tokens."""
    size = max(size, 1)
    same = size - 1  # of the last tokens, with which such an n-gram begins
    for start in range(max(0, count - window), count - size + 1):
        alike = True
        for i in range(same):
            if tokens[start + i] != tokens[count - same + i]:
                alike = False
                break
        if alike and not (allowed == tokens[start + same]).any():
            numbers[tokens[start + same]] = _NONE


@njit(inline="always")
def in_order(number: np.float32) -> np.int32:
    """A number's bits as an integer that is larger where it is: a float may be none (NaN), and no vector finds the
    largest of such. The same again gives the bits back."""
    bits = np.float32(number).view(np.int32)
    return np.int32(bits ^ (np.int32(bits >> np.int32(31)) & _SIZE))


@compiled
def first_largest(numbers: Floats) -> tuple[np.float32, int]:
    """The largest number and the first place where it stands."""
    most = _LEAST
    for i in range(len(numbers)):
        bits = in_order(numbers[i])
        most = np.int32(bits if bits > most else most)
    for i in range(len(numbers)):
        if in_order(numbers[i]) == most:
            return numbers[i], i
    return numbers[0], 0
