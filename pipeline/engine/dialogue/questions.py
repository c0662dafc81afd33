"""What a slot begins with: the prompt of a page or of several, how long it may be, and how much may be answered."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipeline.engine.cache.ring import Ring
from pipeline.engine.decoding.options import DecodingOptions
from pipeline.engine.decoding.prompts import prompt_ids
from pipeline.engine.dialogue.former import Former
from pipeline.engine.dialogue.handover import Bundle, Opening, Seen
from pipeline.engine.dialogue.together import joined
from pipeline.errors import ModelError
from pipeline.model.config import NetworkConfig
from pipeline.model.family.grammar import as_written
from pipeline.model.family.known import member_of
from pipeline.model.tokenizer import Tokenizer
from pipeline.transcript import PageRef
from pipeline.views.crops import a4_grid
from pipeline.views.rules import ViewRules

_KEPT = 64
"""Prompts that are kept: a mode has some ten sizes of images; those who ask a server may have words of their own."""


@dataclass(frozen=True)
class Questions:
    """The prompts of one checkpoint. `room`: tokens by which a page's own prompt may be longer than `prompt`.

    What `former` knows of a page is its draft, before what the page brings itself.
    """

    name: str  # the checkpoint's, for errors
    config: NetworkConfig
    tokenizer: Tokenizer
    prompt: str
    options: DecodingOptions
    views: ViewRules
    room: int = 0
    former: Former = field(default_factory=Former)
    _kept: dict[tuple[int, str], NDArray[np.int64]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def opening(self, slot: int, bundle: Bundle, seen: Seen, limit: int) -> Opening:
        """Of a page that is read by itself, or of several that are read together; `limit` tokens may be answered."""
        page, together = bundle[0], self.options.together
        member = member_of(self.config)
        said = [as_written(each.draft, member.grammar) for each in bundle]
        if together is None or page.alone:
            draft = self.former.text(page.ref) or said[0]
            own = member.prompts["figure"] if page.ref.is_picture else self.prompt
            own = page.ref.asked.prompt or own if page.ref.asked else own
            prompt = self._row(self.views.tokens(page.views.columns, page.views.rows), own)
            ban = self.options.ban(page.pdf and not page.ref.is_picture, again=page.ref.attempt > 0)
        else:
            draft, ban = joined(said), together.ngram
            prompt = self._row(len(bundle) * together.views.tokens(0, 0), together.prompt)
        return Opening(slot, seen, prompt, limit, ban, self.tokenizer.encode(draft) if draft else [])

    def limit(self, ref: PageRef) -> int:
        """How many tokens a page may get."""
        most = self.options.max_tokens
        return min(most, ref.asked.limit or most) if ref.asked else most

    def longest(self) -> int:
        """Tokens of the longest prompt of any page, or of as many pages as are read at once."""
        together, prompts = self.options.together, (self.prompt, member_of(self.config).prompts.get("figure"))
        longest = max(len(self.ids(self.views.most_tokens, prompt)) for prompt in prompts if prompt) + self.room
        if together is None:
            return longest
        return max(longest, len(self.ids(together.pages * together.views.tokens(0, 0), together.prompt)))

    def slot_length(self, ring: Ring | None) -> int:
        """Room for the longest prompt and answer, or the ring of it, as far as the network has positions.

        Raises `ModelError` where it has fewer than a prompt takes.
        """
        prompt, positions = self.longest(), self.config.decoder.max_positions
        if positions <= prompt:
            own = self.prompt not in member_of(self.config).prompts.values()
            alone = "fewer --views" if self.views.dense_tiles else f"{'a shorter prompt or ' * own}another model"
            several = self.options.together is not None
            pages, remedy = ("pages take", "fewer --pages-at-once") if several else ("a page takes", alone)
            raise ModelError(f"{self.name} has {positions} positions, {pages} up to {prompt}; use {remedy}")
        most = self.options.most_tokens
        return min(positions, prompt + (most if ring is None else min(most, ring.size)))

    def in_ring(self, ring: Ring) -> int:
        """Tokens that a slot with a window holds: an A4 page's prompt, or that of several pages, and the ring."""
        if self.options.together:
            return self.longest() + ring.size
        return len(self.ids(self.views.tokens(*a4_grid(self.views, self.options.dpi)))) + ring.size

    def ids(self, image: int, prompt: str | None = None) -> list[int]:
        """For an image, or images, of so many tokens; the prompt is the usual one where none is given."""
        bos, mark = self.config.bos_token_id, self.config.image_token_id
        return prompt_ids(prompt or self.prompt, self.tokenizer.encode, bos, mark, image)

    def _row(self, image: int, prompt: str) -> NDArray[np.int64]:
        """The same as an array, which is kept: making it takes as long as all else that opens a slot."""
        if (image, prompt) not in self._kept:
            if len(self._kept) == _KEPT:
                self._kept.clear()
            row = self._kept[image, prompt] = np.array(self.ids(image, prompt))
            row.flags.writeable = False
        return self._kept[image, prompt]
