"""What a slot begins with is the same however often it was asked for."""

from __future__ import annotations

import pytest

from pipeline.engine.dialogue import questions


def test_prompts_that_are_kept_are_those_that_are_made(make_engine, monkeypatch):
    monkeypatch.setattr(questions, "_KEPT", 3)
    asked = make_engine().questions
    pairs = [(image, f"{before}<image>\nRead this.") for image in (257, 401) for before in ("", "One. ", "Two. ")]
    for image, prompt in pairs * 2 + pairs[:1] * 2:
        assert asked._row(image, prompt).tolist() == asked.ids(image, prompt)
        assert len(asked._kept) <= 3
    assert asked._row(*pairs[0]) is asked._row(*pairs[0])


def test_a_kept_prompt_cannot_be_altered(make_engine):
    asked = make_engine().questions
    with pytest.raises(ValueError, match="read-only"):
        asked._row(257, asked.prompt)[0] = 7
