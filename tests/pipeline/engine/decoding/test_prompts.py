"""Prompts by task, and where the image stands in them."""

from __future__ import annotations

import pytest

from pipeline.engine.decoding.prompts import prompt_ids, prompt_of
from pipeline.errors import UserError


def test_prompts_are_the_released_ones():
    assert prompt_of("markdown") == "<image>\n<|grounding|>Convert the document to markdown."
    assert prompt_of("ocr") == "<image>\nFree OCR."


def test_unknown_task():
    with pytest.raises(UserError, match="no task 'sing': use one of markdown, ocr"):
        prompt_of("sing")


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
