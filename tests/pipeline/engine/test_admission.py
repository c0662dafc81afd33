"""Who comes in when, into which slot and into which memory, changes no page; and out of memory costs no page."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import torch

from pipeline.engine.decoding.options import DecodingOptions
from pipeline.engine.dialogue.handover import Encoded
from pipeline.engine.drafts.pace import steady
from pipeline.engine.engine import Engine
from pipeline.engine.memory import Room
from pipeline.model.family.deepseek_ocr2 import PROMPTS
from pipeline.model.family.member import NgramRule


class Limited(Engine):
    """Pages may write as many tokens as `limits` says for their number."""

    limits: ClassVar[dict[int, int]] = {}

    def _limit(self, ref):
        return self.limits.get(ref.number, self._options.max_tokens)


def texts(transcripts):
    return {transcript.ref.number: (transcript.text, transcript.output_tokens) for transcript in transcripts}


def test_late_looks_and_slots_that_close_ranks_change_nothing(checkpoint, pages, monkeypatch):
    """As on an accelerator: several steps between looks, read late; the last page moves to the first slot."""
    options = DecodingOptions(max_tokens=40, ngram=NgramRule(3, 12))
    monkeypatch.setattr(Limited, "limits", {1: 3, 2: 9, 3: 2, 4: 1, 5: 33})
    expected = texts(Limited(checkpoint, PROMPTS["markdown"], options, 1).transcribe(pages))
    engine = Limited(checkpoint, PROMPTS["markdown"], options, 5)
    moves, move = [], engine._runner.move
    monkeypatch.setattr(engine._runner, "move", lambda slot, to: moves.append((slot, to)) or move(slot, to))
    engine._pace, engine._looks_ahead = steady(4), 1
    assert texts(engine.transcribe(pages)) == expected
    assert (4, 0) in moves
    assert texts(engine.transcribe(pages[::-1])) == expected


def test_steps_between_looks_pass_from_block_to_block(checkpoint, pages, monkeypatch):
    """As on MPS, which has small blocks and several steps between looks, but no graphs."""
    options = DecodingOptions(max_tokens=40, ngram=NgramRule(3, 12))
    expected = texts(Engine(checkpoint, PROMPTS["markdown"], options, 1).transcribe(pages[:3]))
    monkeypatch.setattr("pipeline.engine.engine.room_for", lambda *_: Room(3, 1536, 4, 1 + 3 * 384, 1))
    engine = Engine(checkpoint, PROMPTS["markdown"], options)
    engine._pace = steady(8)
    assert texts(engine.transcribe(pages[:3])) == expected


class Late:
    """An event of a device that comes by only when it is waited for."""

    def __init__(self) -> None:
        self.waited = False

    def query(self) -> bool:
        return self.waited

    def wait(self) -> None:
        self.waited = True


def test_steps_do_not_wait_for_pages_that_are_still_encoded(make_engine, pages, monkeypatch):
    monkeypatch.setattr("pipeline.engine.engine.room_for", lambda *_: Room(3, 1536, 64, 80, 2))
    engine = make_engine()
    intake_of, encode, events = engine._intake, engine._runner.encode, []

    def encode_late(views):
        events.append(Late())
        return [replace(encoded, _passed=events[-1]) for encoded in encode(views)]

    opened = []
    open_slots = engine._runner.open
    monkeypatch.setattr(engine, "_intake", lambda *some: replace(intake_of(*some), lead=4))
    monkeypatch.setattr(engine._runner, "encode", encode_late)
    monkeypatch.setattr(Encoded, "take", lambda encoded: encoded._passed.wait() or encoded.images)
    monkeypatch.setattr(engine._runner, "open", lambda some: opened.append([*some]) or open_slots(some))
    transcripts = list(engine.transcribe(pages[:4]))
    assert {page.ref for page in transcripts} == set(pages[:4])
    assert len(opened) > 1
    assert all(len({id(opening.encoded[0]._passed) for opening in some}) == 1 for some in opened)


def test_pages_encoded_ahead_of_slots_are_the_same(checkpoint, make_engine, pages, monkeypatch):
    """As on CUDA: batches are encoded before there are slots, and put in some at once."""
    expected = texts(make_engine(slots=1).transcribe(pages))
    monkeypatch.setattr("pipeline.engine.engine.room_for", lambda *_: Room(2, 1536, 64, 60, 3))
    engine = make_engine()
    events, intake = [], engine._intake
    monkeypatch.setattr(engine, "_intake", lambda *some: replace(intake(*some), lead=6))
    for name in ("encode", "open"):
        plain = getattr(engine._runner, name)
        monkeypatch.setattr(
            engine._runner, name, lambda x, plain=plain, name=name: events.append((name, len(x))) or plain(x)
        )
    assert texts(engine.transcribe(pages)) == expected
    assert sum(count for name, count in events if name == "encode") == 5
    assert max(count for name, count in events if name == "encode") > 1, "never together"
    ahead = [sum(count if name == "encode" else -count for name, count in events[:end]) for end in range(len(events))]
    assert max(ahead) > 2, "never more than there are slots"


def test_pages_wait_where_the_cache_is_used_up(checkpoint, pages, monkeypatch):
    """Two pages fit in at first, but not for as long as they get."""
    options = DecodingOptions(max_tokens=500, ngram=NgramRule(3, 12), stop_loops=False)
    expected = texts(Engine(checkpoint, PROMPTS["markdown"], options, 1).transcribe(pages[:2]))
    assert expected[1][1] == expected[2][1] == 500
    monkeypatch.setattr("pipeline.engine.engine.room_for", lambda *_: Room(3, 1536, 16, 1 + 1536 // 16, 2))
    engine = Engine(checkpoint, PROMPTS["markdown"], options)
    dropped, drop = [], engine._runner.drop
    monkeypatch.setattr(engine._runner, "drop", lambda slot: dropped.append(slot) or drop(slot))
    assert texts(engine.transcribe(pages[:2])) == expected
    assert dropped == [1]
    assert engine._runner.blocks.free_tokens == 1536


def test_out_of_memory_takes_fewer_pages_at_once(checkpoint, make_engine, pages, monkeypatch):
    expected = texts(make_engine(slots=1).transcribe(pages))
    monkeypatch.setattr("pipeline.engine.engine.room_for", lambda *_: Room(4, 1536, 64, 100, 4))
    engine = make_engine()
    tried, encode = [], engine._runner.encoder.images

    def small_memory(views, **how):
        tried.append(len(views))
        if len(views) > 1:
            raise torch.OutOfMemoryError("too many pages")
        return encode(views, **how)

    monkeypatch.setattr(engine._runner.encoder, "images", small_memory)
    assert texts(engine.transcribe(pages)) == expected
    assert tried == [4, 2, 1, 1, 1, 1, 1]


def test_a_page_that_never_fits_is_an_error(make_engine, pages, monkeypatch):
    engine = make_engine(slots=2)

    def no_memory(views, **how):
        raise torch.OutOfMemoryError("not even one")

    monkeypatch.setattr(engine._runner.encoder, "images", no_memory)
    results = list(engine.transcribe(pages[:3]))
    assert [result.error for result in results] == ["not enough memory on the device for this page"] * 3


def test_pixels_are_let_go_of_when_they_were_seen(make_engine, pages, monkeypatch):
    """Pages wait for slots without them: a page has 14 MB."""
    engine, held = make_engine(slots=2), []
    opening = engine._opening
    monkeypatch.setattr(
        engine, "_opening", lambda slot, bundle, seen: held.append(bundle[0]) or opening(slot, bundle, seen)
    )
    found = list(engine.transcribe(pages[:3]))
    assert [page.views.global_view.size + page.views.local_views.size for page in held] == [0, 0, 0]
    assert all(page.text for page in found)
