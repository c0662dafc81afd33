"""Where the last tokens of an answer stand: in a draft, near where it was followed to, or further up in the answer."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

# Tokens around where the draft stood, in which three tokens tell a place: some words more or less than the draft has.
# Farther, common words come again: with 200 and 40 (below) a token cost 10.9 µs where every tenth was exchanged, now
# 10.1 (drawn pages; rows, loops and tables within 5 % of what they were: README, "Drafts, measured").
_NEAR: Final = 10
# Tokens around, in which three tell a place where they stand there once: a paragraph.
_WITHIN: Final = 200
# And two tokens: a word more or less.
_CLOSE: Final = 4
# And one: a token that the draft lacks. Drawn answers (README, "Drafts, measured") whose drafts lack every twentieth
# token are written in 6.9 tokens a step for 5.3, those with every tenth exchanged in 7.0 for 7.0.
_BESIDE: Final = 2
# And four: another column, or a block that stands elsewhere. It bounds the width of the search, which every step pays.
_FAR: Final = 1000
LAST: Final = 4
"""Tokens that are looked for in a draft at most."""
# Tokens of the answer in which its last three are looked for: some rows of a table further up.
_ECHO: Final = 512
_ECHOED: Final = 3


def newest(tokens: Tensor, counts: Tensor) -> Tensor:
    """The last tokens of answers [S, any] of `counts` [S] tokens, the newest one first: [S, `LAST`]."""
    back = torch.arange(1, LAST + 1, device=tokens.device)
    return tokens.gather(1, (counts[:, None] - back).clamp(min=0))


def in_draft(
    draft: Tensor, lengths: Tensor, near: Tensor, last: Tensor, bad: Tensor, again: int
) -> tuple[Tensor, Tensor]:
    """Whether and where the `last` tokens [S, `LAST`] stand in drafts [S, any]: the places behind them that are nearest
    to `near` [S].

    None within `again` before a place that was found to be `bad` [S]: in rows of equal tokens it would be tried for
    ever.
    """
    around = torch.arange(-_FAR, _FAR, device=near.device)
    candidates = near[:, None] + around  # places of the token that would come next
    window = candidates[:, :1] - LAST + torch.arange(2 * _FAR + LAST - 1, device=near.device)
    there = draft.gather(1, window.clamp(0, draft.shape[1] - 1))
    there = torch.where((window >= 0) & (window < lengths[:, None]), there, -1)
    run, runs = None, []
    for back, token in enumerate(last.unbind(1), 1):
        same = there[:, LAST - back :][:, : 2 * _FAR] == token[:, None]
        run = same if run is None else run & same
        runs.append(run)
    # The longer the run, the farther it may be; among the near ones three tokens go before two, and two before far.
    away = around.abs()
    three = runs[2] & (away <= _WITHIN)
    three &= (away <= _NEAR) | (three.sum(1, keepdim=True) == 1)
    rank = torch.where(three, away, 4 * _FAR)
    rank = torch.minimum(rank, torch.where(runs[1] & (away <= _CLOSE), away + _FAR, 4 * _FAR))
    rank = torch.minimum(rank, torch.where(runs[3], away + 2 * _FAR, 4 * _FAR))
    rank = torch.minimum(rank, torch.where(runs[0] & (away <= _BESIDE), away + 3 * _FAR, 4 * _FAR))
    before = bad[:, None] - candidates
    rank = torch.where((before >= 0) & (before < again), 4 * _FAR, rank)
    best, at = rank.min(1)
    return best < 4 * _FAR, candidates.gather(1, at[:, None])[:, 0]


def in_answer(tokens: Tensor, counts: Tensor, last: Tensor) -> Tensor:
    """The place in each answer [S, any] behind the latest earlier run of its last three tokens; 0 for none."""
    candidates = counts[:, None] - _ECHO + torch.arange(_ECHO, device=tokens.device)
    window = candidates[:, :1] - _ECHOED + torch.arange(_ECHO + _ECHOED, device=tokens.device)
    there = tokens.gather(1, window.clamp(min=0))
    run = candidates >= _ECHOED
    for back in range(1, _ECHOED + 1):
        run = run & (there[:, _ECHOED - back :][:, :_ECHO] == last[:, back - 1 : back])
    return torch.where(run, candidates, 0).amax(1)
