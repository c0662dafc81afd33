"""Where the image stands in a prompt."""

from __future__ import annotations

import pytest

from pipeline.engine.decoding.prompts import prompt_ids


def encode(text: str) -> list[int]:
    return [ord(letter) for letter in text]


def test_image_tokens_follow_the_beginning():
    assert prompt_ids("<image>\nab", encode, 0, 500, 3) == [0, 500, 500, 500, 10, 97, 98]


def test_text_before_the_image():
    assert prompt_ids("a<image>b", encode, 0, 500, 1) == [0, 97, 500, 98]


@pytest.mark.parametrize("prompt", ["no image", "<image><image>"])
def test_exactly_one_image(prompt):
    with pytest.raises(ValueError, match="exactly one <image>"):
        prompt_ids(prompt, encode, 0, 500, 1)
