"""What one run of vLLM found: plain values; and the rates of a run, which are reckoned alike for ours."""

from __future__ import annotations

from dataclasses import dataclass


class Steady:
    """A run's figures. Steady: from when as many pages are done as are read at once, until the supply ends."""

    pages: int
    tokens: int
    seconds: float
    steady_pages: int
    steady_tokens: int
    steady_seconds: float

    @property
    def rate(self) -> float:
        """Steady pages a second; over everything where the run was too short to become steady; 0 without any page."""
        if self.steady_pages:
            return self.steady_pages / self.steady_seconds
        return self.pages / self.seconds if self.pages else 0.0

    @property
    def mean(self) -> float:
        """Tokens of a page among those that the rate counts."""
        return self.steady_tokens / self.steady_pages if self.steady_pages else self.tokens / max(1, self.pages)


@dataclass(frozen=True)
class VllmRun(Steady):
    """vLLM with so many sequences at once, with its n-gram ban or without it: offline (`max_num_seqs`), or its server
    with so many `front_ends` and requests.

    Steady as in `Whole`: from when as many pages are done as there are sequences, until the supply ends. `preparing` is
    what its front end took for a page before the GPU (a server's: also waiting for it, and the way back), `starved` how
    long fewer pages than sequences were under way after the first filling; all times in seconds.
    """

    sequences: int
    ban: bool
    version: str = ""
    weights: str = ""
    started: float = 0.0
    pages: int = 0
    tokens: int = 0
    seconds: float = 0.0
    steady_pages: int = 0
    steady_tokens: int = 0
    steady_seconds: float = 0.0
    preparing: float = 0.0
    starved: float = 0.0
    front_ends: int = 0
    """Processes of its server that prepare pages; 0 is offline."""
    failure: str = ""
    """Why there are no figures, in one line; empty where there are."""


def counted(
    sequences: int, ban: bool, done: list[tuple[float, int]], begun: float, until: float, filling: int | None = None,
    **beside: str | float,
) -> VllmRun:  # fmt: skip
    """A run's figures from when each page was done and how many tokens it has; `begun` and `until` by the same clock.

    As in our own run, the first filling is left out, where short answers are over-represented: as many pages as there
    are sequences, or as `filling` says.
    """
    done = sorted(done)
    filling = sequences if filling is None else filling
    steady = [each for each in done[filling:] if each[0] <= until]
    since = done[filling - 1][0] if filling and steady else begun
    return VllmRun(
        sequences, ban,
        pages=len(done), tokens=sum(tokens for _, tokens in done), seconds=done[-1][0] - begun,
        steady_pages=len(steady), steady_tokens=sum(tokens for _, tokens in steady),
        steady_seconds=until - since if steady else 0.0,
        **beside,  # type: ignore[arg-type]
    )  # fmt: skip
