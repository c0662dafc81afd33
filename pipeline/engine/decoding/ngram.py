"""The no-repeat n-gram ban, for all slots at once and on the device: no loop over tokens, no synchronisation."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Written:
    """What stands before n tokens: `tokens` [slots, capacity] holds each slot's answer so far, of which the first
    `counts` [n] are valid. No run of `sizes` [n] tokens comes twice within the last `windows` [n] of them. Row i is of
    slot i, or of slot `slots[i]`.
    """

    tokens: Tensor
    counts: Tensor
    sizes: Tensor
    windows: Tensor
    slots: Tensor | None = None


def ban_repeats(logits: Tensor, written: Written, longest: int, widest: int, whitelist: Tensor) -> None:
    """Make every token minus infinity, in `logits` [n, vocabulary], that would repeat an n-gram of its answer's end.

    Semantics of the released `NoRepeatNGramLogitsProcessor`: with the last size - 1 tokens as prefix, each n-gram that
    lies wholly within the window and begins with that prefix forbids its last token, unless that is in the whitelist.

    `longest` is at least 2 and every size; `widest` is at least every window, and longer by as much as its size is
    less than `longest`. A window of 0 bans nothing. `whitelist` [any] are token ids.
    """
    tokens, counts, slots = written.tokens, written.counts[:, None], written.slots
    starts = widest - longest + 1  # n-grams of the longest size, each with its end
    place = torch.arange(widest, device=tokens.device)
    # Where an answer is shorter than the window its first token repeats; what lies before the answer is masked below.
    inside = (counts - widest + place).clamp(min=0)  # [n, widest]
    recent = tokens.gather(1, inside) if slots is None else tokens[slots[:, None], inside]
    prefix = recent[:, starts:]  # the last longest - 1 tokens
    heads = recent.unfold(1, longest - 1, 1)[:, :starts]  # [n, starts, longest - 1]
    tails = recent[:, longest - 1 :]  # [n, starts]
    shorter = (longest - written.sizes.clamp(min=1))[:, None]
    beyond = place[: longest - 1] < shorter  # of the prefix, what a shorter n-gram does not have
    repeats = ((heads == prefix[:, None]) | beyond[:, None]).all(-1)
    first = place[:starts] + shorter  # where each n-gram begins
    repeats &= (first >= widest - counts) & (first >= widest - written.windows[:, None])
    if logits.device.type == "cpu" and not bool(repeats.any()):  # as nearly always, and a CPU can be asked
        return
    repeats &= ~torch.isin(tails, whitelist)
    # Adding zero where nothing is banned keeps all shapes fixed; a token banned twice is minus infinity still.
    penalty = torch.zeros_like(tails, dtype=logits.dtype).masked_fill(repeats, float("-inf"))
    logits.scatter_add_(1, tails, penalty)
