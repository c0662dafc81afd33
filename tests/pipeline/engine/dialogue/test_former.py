"""A page that is tried again has its first text as a draft."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pipeline.engine.decoding.options import DecodingOptions
from pipeline.engine.dialogue import former
from pipeline.engine.dialogue.former import Former
from pipeline.engine.engine import Engine
from pipeline.model.family.deepseek_ocr2 import PROMPTS
from pipeline.model.family.member import NgramRule
from pipeline.transcript import PageRef, Source

PAGE = PageRef(Source(Path("a.pdf"), "a.pdf"), 3)


def test_a_page_that_is_tried_again_has_its_last_text():
    known = Former()
    known.note(PAGE, "first")
    assert known.text(replace(PAGE, attempt=1)) == "first"
    known.note(replace(PAGE, attempt=1), "second")
    assert known.text(replace(PAGE, attempt=2)) == "second"


def test_first_attempts_and_other_pages_have_none():
    known = Former()
    known.note(PAGE, "first")
    assert known.text(PAGE) == ""
    assert known.text(replace(PAGE, number=4, attempt=1)) == ""
    assert known.text(replace(PAGE, part=(0, 0, 9, 9), attempt=1)) == ""


def test_the_oldest_is_forgotten(monkeypatch):
    monkeypatch.setattr(former, "_MOST", 2)
    known = Former()
    for number in (1, 2, 1, 3):
        known.note(replace(PAGE, number=number), str(number))
    assert [known.text(replace(PAGE, number=number, attempt=1)) for number in (1, 2, 3)] == ["1", "", "3"]


def test_a_second_try_follows_the_first_and_is_read_as_without(checkpoint, pages, monkeypatch):
    options = DecodingOptions(max_tokens=40, ngram=NgramRule(3, 12), stop_loops=False)
    tries = [pages[2], replace(pages[2], attempt=1), replace(pages[2], attempt=2)]
    alone = [next(Engine(checkpoint, PROMPTS["markdown"], options, 1).transcribe([page])) for page in tries]
    reader, drafts = Engine(checkpoint, PROMPTS["markdown"], options, 1, guess=True), list[list[int]]()
    opening = reader._opening

    def noted(*given):
        drafts.append((made := opening(*given)).draft)
        return made

    monkeypatch.setattr(reader, "_opening", noted)
    found = [next(reader.transcribe([page])) for page in tries]
    for one, other in zip(found, alone, strict=True):
        assert (one.text, one.finish, one.output_tokens) == (other.text, other.finish, other.output_tokens)
    assert drafts == [[], *(checkpoint.tokenizer.encode(each.text) for each in alone[:2])]
    assert drafts[1] and drafts[2]
