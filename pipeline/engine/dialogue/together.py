"""Several pages in one answer: what it may say, and how it is shared out among them."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.model.family.grammar import PAGE


def shared_out(text: str, pages: int, whole: bool) -> list[str | None]:
    """The text of each page; None for each that has to be read by itself.

    Every page begins with `<PAGE>`, the first one, too. An answer that has more or fewer marks than there are pages
    tells nothing for sure. Of one that was cut off (not `whole`) all pages but the last that was begun are good.
    """
    head, *parts = text.split(PAGE)
    if head.strip() or len(parts) > pages or (whole and len(parts) < pages):
        return [None] * pages
    good = [part.strip("\n") for part in (parts if whole else parts[:-1])]
    return [*good, *[None] * (pages - len(good))]


def joined(drafts: Sequence[str]) -> str:
    """What an answer about these pages may say, where every one of them has a draft."""
    return "\n".join(PAGE + draft for draft in drafts) if all(drafts) else ""
