"""What can be set about decoding; plain values, so that a command line can show them without loading a network."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DecodingOptions:
    """What a page's text depends on besides the weights. Defaults are those of the released script for PDFs."""

    max_tokens: int = 8192  # of the answer; the network's positions limit prompt and answer together
    ngram_size: int = 20  # no run of so many tokens is written twice within the window; 0 switches the ban off
    ngram_window: int = 50  # in the last tokens of the answer; the released script for single images has 90
    ngram_whitelist: tuple[str, ...] = ("<td>", "</td>")  # may always be written: tables repeat themselves
    dpi: float = 144
    upright: bool = True  # pages that lie on their side or stand on their head are turned first
    stop_loops: bool = True  # an answer that repeats itself is cut off

    @property
    def wide_window(self) -> int:
        """The window of the ban when a page is read again: long loops get through the other one."""
        return 4 * self.ngram_window

    def __post_init__(self) -> None:
        if self.max_tokens < 1 or self.dpi <= 0:
            raise ValueError("max_tokens and dpi are positive")
        if self.ngram_size and not 2 <= self.ngram_size <= self.ngram_window:
            raise ValueError("an n-gram has at least two tokens and fits into its window")
