"""The token sequence that a page begins with; the prompts themselves are the family's."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.model.config import IMAGE


def prompt_ids(prompt: str, encode: Callable[[str], list[int]], bos: int, image: int, count: int) -> list[int]:
    """BOS, then the prompt's tokens with `count` placeholders `image` where `<image>` stands.

    The text before and the text behind the image are encoded apart, as in the released code; there is no chat template.
    """
    before, mark, after = prompt.partition(IMAGE)
    if not mark or IMAGE in after:
        raise ValueError(f"a prompt has exactly one {IMAGE}: {prompt!r}")
    return [bos, *(encode(before) if before else []), *[image] * count, *encode(after)]
