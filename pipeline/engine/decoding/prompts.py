"""The model's prompts by task name, and the token sequence that a page begins with."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.errors import UserError

IMAGE = "<image>"
"""Stands where the image's tokens go."""

PROMPTS = {
    # As the released scripts have them, less the trailing space of one of their two paths: the other one strips it.
    "markdown": f"{IMAGE}\n<|grounding|>Convert the document to markdown.",
    "ocr": f"{IMAGE}\nFree OCR.",
}


def prompt_of(task: str) -> str:
    """The prompt of a task. Raises UserError for a name that is not one."""
    if task not in PROMPTS:
        raise UserError(f"no task {task!r}: use one of {', '.join(sorted(PROMPTS))}")
    return PROMPTS[task]


def prompt_ids(prompt: str, encode: Callable[[str], list[int]], bos: int, image: int, count: int) -> list[int]:
    """BOS, then the prompt's tokens with `count` placeholders `image` where `<image>` stands.

    The text before and the text behind the image are encoded apart, as in the released code; there is no chat template.
    """
    before, mark, after = prompt.partition(IMAGE)
    if not mark or IMAGE in after:
        raise ValueError(f"a prompt has exactly one {IMAGE}: {prompt!r}")
    return [bos, *(encode(before) if before else []), *[image] * count, *encode(after)]
