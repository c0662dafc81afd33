"""The no-repeat n-gram ban, for all slots at once and on the device: no loop over tokens, no synchronisation."""

from __future__ import annotations

import torch
from torch import Tensor


def ban_repeats(
    logits: Tensor,
    tokens: Tensor,
    counts: Tensor,
    size: int,
    window: int,
    whitelist: Tensor,
    windows: Tensor,
    slots: Tensor | None = None,
) -> None:
    """Make every token minus infinity, in `logits`, that would repeat an n-gram of the answer's last tokens.

    Semantics of the released `NoRepeatNGramLogitsProcessor`: with the last size - 1 tokens as prefix, each n-gram that
    lies wholly within the window and begins with that prefix forbids its last token, unless that is in the whitelist.

    `logits` [n, vocabulary]; `tokens` [slots, capacity] holds each slot's answer so far, of which the first `counts`
    [n] are valid; `whitelist` [any] are token ids. Of each answer the last `windows` [n] tokens are looked at, at most
    `window`. `size` is at least 2 and at most any window. Row i is of slot i, or of slot `slots[i]`.
    """
    places = counts[:, None] - window + torch.arange(window, device=tokens.device)  # [n, window]
    inside = places.clamp(min=0)
    recent = tokens.gather(1, inside) if slots is None else tokens[slots[:, None], inside]
    starts = window - size + 1
    prefix = recent[:, starts:]  # the last size - 1 tokens
    heads = recent.unfold(1, size - 1, 1)[:, :starts]  # [n, starts, size - 1]
    tails = recent[:, size - 1 :]  # [n, starts]
    repeats = (heads == prefix[:, None]).all(-1) & (places[:, :starts] >= 0)
    repeats &= torch.arange(starts, device=tokens.device) >= window - windows[:, None]
    repeats &= ~torch.isin(tails, whitelist)
    # Adding zero where nothing is banned keeps all shapes fixed; a token banned twice is minus infinity still.
    penalty = torch.zeros_like(tails, dtype=logits.dtype).masked_fill(repeats, float("-inf"))
    logits.scatter_add_(1, tails, penalty)
