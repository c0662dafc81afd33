"""What can be set about decoding; plain values, so that a command line can show them without loading a network."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.model.family.member import NgramRule, Together

# Chosen, not measured: with 4, the released window of 50 becomes 200 and sees loops of up to 180 tokens. Wider, and
# more of what tables rightly repeat is forbidden, as the whitelist spares only the tags of their cells.
_WIDER = 4
"""By so much the window of the ban grows when a page is read again: long loops get through the other one."""


@dataclass(frozen=True)
class DecodingOptions:
    """What a page's text depends on besides the weights. Defaults are those of the released script for PDFs."""

    max_tokens: int = 8192  # of a page's answer; the network's positions limit prompt and answer together
    ngram: NgramRule = NgramRule(20, 50)  # noqa: RUF009 frozen, so it may be shared
    image_ngram: NgramRule | None = None  # for pages that come as images; None: as for the others
    ngram_whitelist: tuple[str, ...] = ("<td>", "</td>")  # may always be written: tables repeat themselves
    dpi: float = 144
    upright: bool = True  # pages that lie on their side or stand on their head are turned first
    stop_loops: bool = True  # an answer that repeats itself is cut off
    together: Together | None = None  # how several pages are read in one answer

    def ban(self, pdf: bool, again: bool) -> NgramRule:
        """The rule for a page of a PDF or of an image, read for the first time or `again`."""
        rule = self.ngram if pdf else self.image_ngram or self.ngram
        return NgramRule(rule.size, _WIDER * rule.window) if again else rule

    @property
    def most_tokens(self) -> int:
        """Of an answer, which may be that of several pages."""
        return self.max_tokens * (self.together.pages if self.together else 1)

    @property
    def longest(self) -> int:
        """Tokens of the longest n-gram that any rule bans; 0 where none does."""
        return max(rule.size for rule in self._rules)

    @property
    def widest(self) -> int:
        """Last tokens of an answer that have to be looked at, so that every n-gram in every window is seen."""
        return max(_WIDER * rule.window + self.longest - rule.size for rule in self._rules)

    @property
    def _rules(self) -> tuple[NgramRule, ...]:
        return self.ngram, self.image_ngram or self.ngram, self.together.ngram if self.together else self.ngram

    def __post_init__(self) -> None:
        if self.max_tokens < 1 or self.dpi <= 0:
            raise ValueError("max_tokens and dpi are positive")
