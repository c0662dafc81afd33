"""The no-repeat n-gram ban, for all slots at once and on the device: no loop over tokens, no synchronisation."""

from __future__ import annotations

import torch
from torch import Tensor


def ban_repeats(
    logits: Tensor, tokens: Tensor, counts: Tensor, size: int, window: int, whitelist: Tensor, windows: Tensor
) -> Tensor:
    """Logits in which every token that would repeat an n-gram of the answer's last tokens is minus infinity.

    Semantics of the released `NoRepeatNGramLogitsProcessor`: with the last size - 1 tokens as prefix, each n-gram that
    lies wholly within the window and begins with that prefix forbids its last token, unless that is in the whitelist.

    `logits` [slots, vocabulary]; `tokens` [slots, capacity] holds each slot's answer so far, of which the first
    `counts` [slots] are valid; `whitelist` [n] are token ids. Of each slot the last `windows` [slots] tokens are looked
    at, at most `window`. `size` is at least 2 and at most any window.
    """
    places = counts[:, None] - window + torch.arange(window, device=tokens.device)  # [slots, window]
    recent = tokens.gather(1, places.clamp(min=0))
    starts = window - size + 1
    prefix = recent[:, starts:]  # the last size - 1 tokens
    heads = recent.unfold(1, size - 1, 1)[:, :starts]  # [slots, starts, size - 1]
    tails = recent[:, size - 1 :]  # [slots, starts]
    repeats = (heads == prefix[:, None]).all(-1) & (places[:, :starts] >= 0)
    repeats &= torch.arange(starts, device=tokens.device) >= window - windows[:, None]
    repeats &= ~torch.isin(tails, whitelist)
    # Adding zero where nothing is banned keeps all shapes fixed; a token banned twice is minus infinity still.
    penalty = torch.zeros_like(tails, dtype=logits.dtype).masked_fill(repeats, float("-inf"))
    return logits.scatter_add(1, tails, penalty)
