"""A JSON object of a `config.json`, read with errors that say what is wrong where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeGuard

from pipeline.errors import ModelError

_ONLY: dict[str, tuple[object, ...]] = {
    # Facts that the network takes for granted: with any other value its numbers would be wrong without a word.
    "use_mla": (False,),
    "q_lora_rank": (None,),
    "kv_lora_rank": (None,),
    "topk_method": ("greedy", None),
    "scoring_func": ("softmax",),
    "moe_layer_freq": (1,),
    "rope_scaling": (None,),
    "attention_bias": (False,),
    "mlp_bias": (False,),
    "tie_word_embeddings": (False,),
    "projector_type": ("linear",),
    "use_abs_pos": (True,),
    "use_rel_pos": (True,),
    "qkv_bias": (True,),
    "use_sliding_window": (False,),
}


# Each of these is a module or more in memory, before a single weight is read. The largest released mixtures of experts
# have some hundred experts and layers; ten times as many still build in seconds, and 10^12 would fill the memory.
_PARTS = ("layers", "experts", "depth")
_MOST_PARTS = 4096
_LARGEST = 2.0**31  # of any size: beyond it, products of two sizes no longer fit an index of torch
_SHOWN = 60
"""Characters of a wrong value that an error shows."""


class Section:
    """A JSON object and where it stands, so that errors can say what is wrong where."""

    def __init__(self, values: object, place: str) -> None:
        if not isinstance(values, Mapping):
            raise ModelError(f"config.json has no section {place!r}; use an unchanged checkpoint")
        self.values = values
        self.place = place
        for key, allowed in _ONLY.items():
            self.only(key, *allowed)

    def only(self, key: str, *allowed: object) -> None:
        """Refuse a value that the network does not do, where the file states one."""
        if key in self.values and self.values[key] not in allowed:
            stated = f"{self.place}.{key} = {self.values[key]!r}".removeprefix(".")
            raise ModelError(f"config.json: {stated} is not supported, only {allowed[0]!r}; use another checkpoint")

    def section(self, key: str) -> Section:
        return Section(self.values.get(key), f"{self.place}.{key}".removeprefix("."))

    def count(self, key: str, default: int | None = None, *, least: int = 1) -> int:
        """A whole number, `least` to 2^31; 256.0 is one, too."""
        value = self._stated(key, default)
        if not _is_number(value) or value != int(value) or not least <= value <= _LARGEST:
            raise self._wrong(key, value, f"a whole number from {least} on is needed")
        if value > _MOST_PARTS and any(part in key for part in _PARTS):
            raise self._wrong(key, value, "more than any model has")
        return int(value)

    def number(self, key: str, default: float | None = None) -> float:
        """A number above 0."""
        value = self._stated(key, default)
        if not _is_number(value) or not 0 < value <= _LARGEST:
            raise self._wrong(key, value, "a number above 0 is needed")
        return value

    def flag(self, key: str) -> bool:
        """True or false; false where nothing is stated."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self._wrong(key, value, "true or false is needed")
        return value

    def counts(self, key: str, *, least: int = 1, length: int | None = None) -> tuple[int, ...]:
        """A list of whole numbers, `least` to 2^31, and of this length where one is asked for."""
        values: object = self.values.get(key)
        if (
            not isinstance(values, list | tuple)
            or not all(type(value) is int and least <= value <= _LARGEST for value in values)
            or (length is not None and len(values) != length)
        ):
            many = "whole numbers" if length is None else f"{length} whole numbers"
            raise self._wrong(key, values, f"a list of {many} is needed")
        return tuple(values)

    def names(self, key: str) -> list[str]:
        """A list of texts; empty where nothing is stated."""
        values = self.values.get(key) or []
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise self._wrong(key, values, "a list of names is needed")
        return values

    def _stated(self, key: str, default: float | None) -> object:
        value = self.values.get(key)
        return default if value is None else value

    def _wrong(self, key: str, value: object, need: str) -> ModelError:
        stated = repr(value)
        short = stated if len(stated) <= _SHOWN else stated[:_SHOWN] + "…"
        place = f"{self.place}.{key}".removeprefix(".")
        return ModelError(f"config.json: {place} is {short}, {need}; use an unchanged checkpoint")


def _is_number(value: object) -> TypeGuard[float]:
    """Whether it can be compared with one and rounded: no truth value, no NaN, not infinite."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST
