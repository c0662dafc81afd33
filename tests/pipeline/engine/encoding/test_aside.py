"""Pages that are encoded on other cores while a small network steps."""

from __future__ import annotations

import copy
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from waiting import LONG

from pipeline.engine.compute.pieces import BesideSteps, Pieces
from pipeline.engine.decoding.options import DecodingOptions
from pipeline.engine.encoding.aside import Aside, ByView
from pipeline.engine.memory import whole_room
from pipeline.engine.packing.pack import pack
from pipeline.engine.runner import Runner
from pipeline.model.checkpoints.load import load
from pipeline.transcript import PageViews


@pytest.fixture
def two_cores():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_pages_encoded_beside_steps_are_the_same(make_engine, pages, two_cores):
    beside = make_engine(slots=2)
    assert beside._runner.encoder.beside
    read = {done.ref: done.text for done in beside.transcribe(pages)}
    torch.set_num_threads(1)
    alone = make_engine(slots=2)
    assert not alone._runner.encoder.beside
    assert read == {done.ref: done.text for done in alone.transcribe(pages)}


def test_equal_views_are_encoded_once(checkpoint, monkeypatch):
    """Of each size, in a page and in the next; what is joined is what the network gives for the whole page."""
    network = pack(copy.deepcopy(checkpoint.network))
    tiles = np.full((4, 768, 768, 3), 255, np.uint8)
    tiles[1, 5, 7] = 0
    tiles[3] = 250
    page = PageViews(np.full((1024, 1024, 3), 255, np.uint8), tiles, 2, 2)
    with torch.inference_mode():
        whole, local = torch.tensor(page.global_view)[None], torch.tensor(tiles)
        (expected,) = network.encode_pages(whole, local, [(2, 2)])
        encode, sides = network.encode, []
        monkeypatch.setattr(network, "encode", lambda views: sides.append(views.shape[1]) or encode(views))
        aside = Aside(ByView(network), 1)
        for _ in range(2):
            torch.testing.assert_close(aside.encode(page).take(), expected, rtol=1e-4, atol=1e-5)
    assert sorted(sides) == [768, 768, 768, 1024]


def picture(number):
    view = np.full((768, 768, 3), 255, np.uint8)
    view[:16, :16] = number
    return view


def test_views_are_kept_as_far_as_there_is_room(checkpoint, monkeypatch):
    """Those that were seen last."""
    network, seen = pack(copy.deepcopy(checkpoint.network)), []
    encode = network.encode
    monkeypatch.setattr(network, "encode", lambda views: seen.append(int(views[0, 0, 0, 0])) or encode(views))
    with torch.inference_mode():
        views = ByView(network)
        views.kept = 2 * views.view(picture(1)).nbytes
        for number in (2, 1, 3, 1, 2):
            views.view(picture(number))
        views.kept = 0
        for _ in range(3):
            views.view(picture(4))
    assert seen == [1, 2, 3, 2, 4, 4, 4]


def test_a_view_that_fails_is_tried_again(checkpoint, monkeypatch):
    network = pack(copy.deepcopy(checkpoint.network))
    encode = network.encode

    def fail(_):
        raise RuntimeError("no memory")

    with torch.inference_mode():
        views, view = ByView(network), picture(1)
        monkeypatch.setattr(network, "encode", fail)
        for _ in range(2):
            with pytest.raises(RuntimeError, match="no memory"):
                views.view(view)
        monkeypatch.setattr(network, "encode", encode)
        assert torch.equal(views.view(view), encode(torch.tensor(view)[None])[0])


def test_a_view_that_is_being_encoded_is_waited_for(checkpoint, monkeypatch):
    network, begun, go_on = pack(copy.deepcopy(checkpoint.network)), threading.Event(), threading.Event()
    encode, calls = network.encode, []

    def slow(views):
        calls.append(threading.get_ident())
        begun.set()
        assert go_on.wait(LONG)
        return encode(views)

    monkeypatch.setattr(network, "encode", slow)
    views, view = ByView(network), picture(1)

    def look():
        with torch.inference_mode():
            return views.view(view)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(look)
        assert begun.wait(LONG)
        second = pool.submit(look)
        go_on.set()
        assert torch.equal(first.result(), second.result())
    assert len(calls) == 1


@pytest.mark.parametrize("member", ["DeepSeek-OCR", "DeepSeek-OCR 2"])
def test_a_cpu_encodes_one_view_at_a_time(tiny_family, member, monkeypatch):
    """What a page takes for a while does not grow with its tiles; what it gives is what all at once give."""
    network = pack(load(tiny_family[member]))
    random, side = np.random.default_rng(0), 640 if network.newlines else 768
    tiles = random.integers(0, 256, (6, side, side, 3), np.uint8)
    page = PageViews(random.integers(0, 256, (1024, 1024, 3), np.uint8), tiles, 2, 3)
    with torch.inference_mode():
        (expected,) = network.encode_pages(torch.tensor(page.global_view)[None], torch.tensor(tiles), [(2, 3)])
        encode, counts = network.encode, []
        monkeypatch.setattr(network, "encode", lambda views: counts.append(len(views)) or encode(views))
        runner = Runner(network, whole_room(1, 2048, 2048), DecodingOptions(max_tokens=4), ())
        (found,) = (each.take() for each in runner.encode([page]))
    assert counts == [1] * 7
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_one_page_is_taken_ahead_of_the_slots(make_engine, pulled, two_cores):
    for done, _ in enumerate(make_engine(slots=2).transcribe(pulled)):
        assert pulled.count <= done + 3
    assert pulled.count == 5


def test_whoever_waits_helps():
    """The one thread of the pool is held up in the first piece until the second is done, by this thread."""
    second = threading.Event()
    threads = {}

    def piece(number, action):
        def work():
            threads[number] = threading.get_ident()
            action()
            return torch.tensor(number)

        return work

    work = BesideSteps(2).begin([piece(0, lambda: second.wait(LONG)), piece(1, second.set), piece(2, lambda: None)])
    assert [int(each) for each in work.result()] == [0, 1, 2]
    assert threads[1] == threading.get_ident() and work.done()


def test_a_piece_that_fails_is_told_to_whoever_waits():
    def fail():
        raise RuntimeError("no memory")

    with ThreadPoolExecutor(1) as pool, pytest.raises(RuntimeError, match="no memory"):
        Pieces([fail], pool, 1).result()
