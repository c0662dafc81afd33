"""What is known of one member of the family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.model.config import NetworkConfig
from pipeline.model.family.grammar import Grammar
from pipeline.views.rules import ViewRules


@dataclass(frozen=True)
class NgramRule:
    """No run of `size` tokens is written twice within the last `window` tokens of the answer; 0 and 0 ban nothing."""

    size: int
    window: int

    def __post_init__(self) -> None:
        if (self.size or self.window) and not 2 <= self.size <= self.window:
            raise ValueError("an n-gram has at least two tokens and fits into its window")


@dataclass(frozen=True)
class Together:
    """How several pages are read in one answer: at most so many, all in these views, under one prompt."""

    pages: int
    prompt: str
    views: ViewRules
    ngram: NgramRule


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
    lead: str = "<image>\n"  # how its prompts begin
    grammar: Grammar = "ref-det"

    @property
    def views(self) -> ViewRules:
        """Those of the usual mode."""
        return self.modes[self.mode]

    @property
    def tasks(self) -> tuple[str, ...]:
        """What can be asked of one page without a text of the user's."""
        return tuple(name for name in self.prompts if name not in ("locate", "pages"))

    @property
    def gigabytes(self) -> float:
        """What its weights take on disk, in bfloat16."""
        return 2 * self.parameters / 1e9
