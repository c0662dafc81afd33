"""The n-gram ban's processor, as far as it looks at what it is given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class NGramPerReqLogitsProcessor:
    """Takes `ngram_size`, `window_size` and `whitelist_token_ids` out of a request's `extra_args`."""

    @classmethod
    def validate_params(cls, params: Any) -> None:
        given = params.extra_args or {}
        if given.get("ngram_size") is None:
            return
        for name in ("ngram_size", "window_size"):
            if not isinstance(given.get(name, 100), int) or given.get(name, 100) <= 0:
                raise ValueError(f"`{name}` has to be a strictly positive integer")
        if not isinstance(given.get("whitelist_token_ids", ()), Iterable):
            raise ValueError("`whitelist_token_ids` has to be a sequence of integers")
