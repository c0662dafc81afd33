"""What is known of one member of the family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.model.config import NetworkConfig
from pipeline.views.rules import ViewRules


@dataclass(frozen=True)
class NgramRule:
    """No run of `size` tokens is written twice within the last `window` tokens of the answer."""

    size: int
    window: int


@dataclass(frozen=True)
class Member:
    """One member, as its makers released and run it. Prompts hold `<image>` once; `{text}` stands for a user's text."""

    name: str
    repository: str
    licence: str
    good_at: str
    released: NetworkConfig
    parameters: int  # without tensors that its files carry along unused
    modes: Mapping[str, ViewRules]
    mode: str  # the one that is used where none is asked for
    prompts: Mapping[str, str]  # by task
    ngrams: Mapping[str, NgramRule]  # by what is read: pdf, image, benchmark; pages, where several are read at once
    whitelist: tuple[str, ...]  # tokens that may always be written again
    dpi: int  # at which its makers rasterise PDFs
    answer_limit: int  # most tokens of an answer in its makers' scripts

    @property
    def views(self) -> ViewRules:
        """Those of the usual mode."""
        return self.modes[self.mode]

    @property
    def gigabytes(self) -> float:
        """What its weights take on disk, in bfloat16."""
        return 2 * self.parameters / 1e9
