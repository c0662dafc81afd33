"""Print that a page's pixels show and its text does not have, in words."""

from __future__ import annotations

from collections.abc import Sequence

from output.grounding.blocks import Unread


def lines(places: Sequence[Unread]) -> int:
    """How many lines of print there are in all of them."""
    return sum(place.lines for place in places)


def in_words(places: Sequence[Unread]) -> str:
    """One line for people: "2 lines of print are in no block, and about 7 lines of print are missing in a block"."""
    outside, within = ([place for place in places if place.within is within] for within in (False, True))
    said = []
    if outside:
        said.append(f"{_counted(lines(outside))} {'is' if lines(outside) == 1 else 'are'} in no block")
    if within:
        what = "a block" if len(within) == 1 else f"{len(within)} blocks"
        said.append(f"about {_counted(lines(within))} {'is' if lines(within) == 1 else 'are'} missing in {what}")
    return ", and ".join(said)


def _counted(count: int) -> str:
    return f"{count} line{'' if count == 1 else 's'} of print"
