"""The parts of the way to a server: the bound that adapts, the answer as it comes, how long a server asks to wait."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import tomllib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from pipeline.errors import UserError
from pipeline.remote.address import Address, address, is_address
from pipeline.remote.asking import _wait
from pipeline.remote.bound import Bound
from pipeline.remote.listening import Answer, BrokenAnswerError
from pipeline.transcript import Finish


def rounds(bound, count):
    """So many pages one after the other, with the bound used to the full."""

    async def one():
        async with bound:
            await asyncio.sleep(0)
            bound.more()

    async def every():
        await asyncio.gather(*(one() for _ in range(count)))

    return every()


def test_the_bound_doubles_until_it_is_refused_and_then_creeps():
    async def run():
        bound = Bound(4, 64)
        await rounds(bound, 8)
        assert 6 < bound.size <= 12
        await rounds(bound, 500)
        assert bound.size == 64
        bound.less()
        bound.less()  # an answer to what was sent before the first cut
        assert bound.size == 32
        await rounds(bound, 32)
        assert 32 <= bound.size <= 33

    asyncio.run(run())


def test_never_more_are_under_way_than_the_bound_says():
    async def run():
        bound, most = Bound(3, 3), 0

        async def one():
            nonlocal most
            async with bound:
                most = max(most, bound.busy)
                await asyncio.sleep(0.001)

        await asyncio.gather(*(one() for _ in range(20)))
        assert most == 3
        assert bound.busy == 0

    asyncio.run(run())


def test_a_bound_that_is_not_reached_does_not_grow():
    async def run():
        bound = Bound(4, 64)
        for _ in range(10):
            async with bound:
                bound.more()
        assert bound.size == 4

    asyncio.run(run())


def test_whoever_gives_up_waiting_takes_nobodys_turn():
    async def run():
        bound = Bound(1, 1)
        entered = []

        async def one(name):
            async with bound:
                entered.append(name)

        async with bound:
            tasks = [asyncio.create_task(one(name)) for name in "ab"]
            await asyncio.sleep(0)
        tasks[0].cancel()  # it has been given the turn, and has not taken it
        await asyncio.gather(*tasks, return_exceptions=True)
        assert entered == ["b"]

    asyncio.run(asyncio.wait_for(run(), 5))


def said(text, **more):
    return json.dumps({"choices": [{"delta": {"content": text}, "finish_reason": None} | more]})


def test_an_answer_comes_in_parts():
    answer = Answer()
    assert not any(answer.take(said(part)) for part in ("Good ", "morning"))
    with pytest.raises(BrokenAnswerError, match="ended before the answer did"):
        _ = answer.finish
    answer.take(said("<｜end▁of▁sentence｜>", finish_reason="stop"))
    assert answer.take(" [DONE]")
    assert (answer.text, answer.finish) == ("Good morning", Finish.STOP)


@pytest.mark.parametrize("text", ["{", "[]", '{"choices": 3}', '{"choices": [{"delta": 1}]}', '{"error": "no room"}'])
def test_what_is_no_answer_is_told(text):
    with pytest.raises(BrokenAnswerError):
        Answer().take(text)


def test_our_own_server_says_what_is_good_of_a_loop():
    answer = Answer(watch=False)
    answer.take(said("good again again"))
    assert answer.take(json.dumps({"choices": [], "ocr2": {"finish": "loop", "characters": 4, "confidence": None}}))
    assert (answer.text, answer.finish) == ("good", Finish.LOOP)


def test_tables_with_equal_rows_are_no_loop():
    answer = Answer()
    rows = "<tr><td>yes</td><td>no</td></tr>" * 40
    assert not any(answer.take(said(rows[at : at + 9])) for at in range(0, len(rows), 9))


def test_how_long_a_server_asks_to_wait():
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert _wait(None) is None
    assert _wait("2") == 2.0
    assert _wait("soon") is None
    assert _wait("-4") == 0.0
    assert _wait("1e9") == 300.0
    assert _wait("nan") is None
    assert 25 < _wait(later) <= 30


def test_addresses():
    assert address("http://host:8000/v1/") == Address("http://host:8000/v1")
    assert address("https://host/v1#org/model") == Address("https://host/v1", "org/model")
    assert not is_address("org/model")
    for text in ("http://", "http:///v1", "http://host:port/v1"):
        assert is_address(text)
        with pytest.raises(UserError, match="give the address of a server's API, like http://localhost:8000/v1"):
            address(text)


def test_the_documentation_installs_all_but_the_networks_own_libraries():
    root = Path(__file__).parents[3]
    wanted = tomllib.loads((root / "pyproject.toml").read_text())["project"]["dependencies"]
    (line,) = re.findall(r"^pip install (httpx .+)$", (root / "docs/servers.md").read_text(), re.MULTILINE)
    shown = {re.match(r"[\w-]+", word)[0] for word in shlex.split(line)}
    assert shown == {re.match(r"[\w-]+", each)[0] for each in wanted} - {
        "torch",
        "numba",
        "tokenizers",
        "safetensors",
        "huggingface-hub",
    }
