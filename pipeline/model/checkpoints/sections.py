"""A JSON object of a `config.json`, read with errors that say what is wrong where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pipeline.errors import ModelError

Number = TypeVar("Number", int, float)

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

    def number(self, key: str, default: Number | None = None) -> Number:
        value = self.values.get(key)
        value = default if value is None else value
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LARGEST:
            raise ModelError(f"config.json: {self.place}.{key} is {value!r}, a number is needed")
        if value > _MOST_PARTS and any(part in key for part in _PARTS):
            raise ModelError(
                f"config.json: {self.place}.{key} is {value!r}, more than any model has; use an unchanged checkpoint"
            )
        return value  # type: ignore[return-value]

    def numbers(self, key: str) -> tuple[int, ...]:
        value = self.values.get(key)
        if not isinstance(value, list | tuple) or not all(isinstance(each, int) for each in value):
            raise ModelError(f"config.json: {self.place}.{key} is {value!r}, a list of whole numbers is needed")
        return tuple(value)
