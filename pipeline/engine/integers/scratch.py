"""Memory that is written over: fresh memory of a view's size comes from the system each time, page by page."""

from __future__ import annotations

import threading
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class Scratch(threading.local):
    """Arrays by name, of each thread for itself; what was taken by a name is overwritten by who takes it next."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, DTypeLike], NDArray[Any]] = {}

    def take(self, name: str, dtype: DTypeLike, *shape: int) -> Any:  # noqa: ANN401  an array of that format
        """An array with anything in it."""
        size, kept = prod(shape), self._kept.get((name, dtype))
        if kept is None or kept.size < size:
            kept = self._kept[name, dtype] = np.empty(size, dtype)
        return kept[:size].reshape(shape)
