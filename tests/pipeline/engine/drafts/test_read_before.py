"""A small network reads pages before a large one: the large one's text is as without, and takes fewer steps."""

from __future__ import annotations

import shutil
from collections import deque
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.engine.decoding.options import DecodingOptions
from pipeline.engine.engine import Engine
from pipeline.model.checkpoints.source import nano_folder
from pipeline.model.family.deepseek_ocr2 import PROMPTS
from pipeline.reader_options import ReaderOptions
from pipeline.readers import before
from pipeline.readers.before import ReadBefore, _Drafted
from pipeline.readers.drafts import small_of
from pipeline.readers.gpus import OpenEngine
from pipeline.transcriber import Attentive
from pipeline.transcript import PageRef, Source
from tests.support.letters import LINE, page

PAGES = [PageRef(Source(Path("a.png"), "a.png"), number) for number in range(1, 8)]


class Coming:
    """Pages of which only some are there; asking for another would wait for ever."""

    def __init__(self, *there: PageRef) -> None:
        self.there = deque(there)

    def __iter__(self):
        return self

    def __next__(self):
        return self.there.popleft()

    def ready(self):
        return bool(self.there)


def test_pages_that_are_there_are_drafted_together_and_nobody_waits_for_others(monkeypatch):
    monkeypatch.setattr(before, "SMALL_SLOTS", 3)
    asked, source = list[list[int]](), Coming(*PAGES[:5])
    supply = _Drafted(source, lambda refs: asked.append([ref.number for ref in refs]))
    assert supply.ready()
    assert [next(supply).number for _ in range(5)] == [1, 2, 3, 4, 5]
    assert asked == [[1, 2, 3], [4, 5]]
    assert not supply.ready()
    source.there.append(PAGES[5])
    assert supply.ready()
    assert next(supply).number == 6


def test_what_comes_again_and_parts_are_not_drafted():
    again, part = replace(PAGES[0], attempt=1), replace(PAGES[1], part=(0, 0, 9, 9))
    asked = list[PageRef]()
    assert list(_Drafted([again, PAGES[2], part], asked.extend)) == [again, PAGES[2], part]
    assert asked == [PAGES[2]]


def test_what_the_small_one_reads_is_a_draft_and_the_text_is_as_without(checkpoint, pages, monkeypatch):
    monkeypatch.setattr(before, "_own_text", lambda ref: "of its own" if ref == pages[1] else "")
    options = DecodingOptions(max_tokens=30, stop_loops=False)
    alone = {page.ref: page for page in Engine(checkpoint, PROMPTS["markdown"], options, 2).transcribe(pages)}
    large, small = (Engine(checkpoint, PROMPTS["markdown"], options, 2, guess=guess) for guess in (True, False))
    drafts, opening = dict[PageRef, list[int]](), large._opening

    def noted(slot, bundle, seen):
        made = opening(slot, bundle, seen)
        drafts[bundle[0].ref] = made.draft
        return made

    monkeypatch.setattr(large, "_opening", noted)
    found = {page.ref: page for page in ReadBefore(large, small).transcribe(pages)}
    assert {ref: page.text for ref, page in found.items()} == {ref: page.text for ref, page in alone.items()}
    written = {ref: page.text for ref, page in alone.items()} | {pages[1]: "of its own"}
    assert drafts == {ref: checkpoint.tokenizer.encode(text) for ref, text in written.items()}
    drafted = [page.drafted for page in found.values() if page.drafted]
    assert sum(each.kept for each in drafted) > 10
    assert sum(each.steps for each in drafted) < sum(page.output_tokens for page in found.values())


def test_the_small_one_is_run_once_for_all_its_turns(checkpoint, pages, monkeypatch):
    """Turns of one page, three times: what it starts for a run is not started again, and ends with it."""
    monkeypatch.setattr(before, "SMALL_SLOTS", 1)
    monkeypatch.setattr(before, "_own_text", lambda ref: "")
    options = DecodingOptions(max_tokens=12, stop_loops=False)
    large, small = (Engine(checkpoint, PROMPTS["markdown"], options, 2, guess=guess) for guess in (True, False))
    runs, transcribe = list[str](), small.transcribe

    def watched(asked):
        runs.append("begun")
        yield from transcribe(asked)
        runs.append("ended")

    monkeypatch.setattr(small, "transcribe", watched)
    assert {page.ref for page in ReadBefore(large, small).transcribe(pages[:3])} == set(pages[:3])
    assert runs == ["begun", "ended"]


def test_a_page_that_the_small_one_loses_is_read_without_a_draft(checkpoint, pages):
    class Losing:
        name, settings = "losing", "losing/1"

        def transcribe(self, pages):
            return iter(())

        def close(self):
            pass

    options = DecodingOptions(max_tokens=12, stop_loops=False)
    large = Engine(checkpoint, PROMPTS["markdown"], options, 2, guess=True)
    reader = ReadBefore(large, Losing())
    assert isinstance(reader, Attentive)
    assert len(list(reader.transcribe(pages))) == len(pages)


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ({"draft": "nano"}, True),
        ({"draft": "text"}, False),
        ({"draft": "nano", "task": "ocr"}, False),
        ({"draft": "nano", "prompt": "<image>What is this?"}, False),
    ],
)
def test_when_nano_reads_before(options, asked, tmp_path):
    (tmp_path / "config.json").write_text("{}")
    assert (small_of(str(tmp_path), ReaderOptions(**options)) is not None) is asked


def test_a_drawn_scan_of_few_lines_takes_few_steps(tmp_path):
    """A checkpoint that is nano under another name: every guess is right."""
    folder = shutil.copytree(nano_folder(), tmp_path / "large")
    lines = (
        LINE[:40],
        "while copper pans travelled south in",
        "barrels, and nobody asked the old clerk",
        "who counted them twice.",
    )
    sheet = page([(40, 40 + 34 * number, line) for number, line in enumerate(lines)])
    sheet.crop((0, 0, 760, 200)).save(tmp_path / "scan.png")
    reader = OpenEngine(str(folder), ReaderOptions(model=str(folder), device="cpu", draft="nano"), 1)()
    (read,) = reader.transcribe([PageRef(Source(tmp_path / "scan.png", "scan.png"), 1)])
    reader.close()
    assert isinstance(reader, ReadBefore)
    assert LINE[:20] in read.text
    assert read.drafted is not None
    assert read.drafted.kept > read.output_tokens / 2
    assert read.drafted.steps < read.output_tokens / 2


def test_nano_does_not_read_before_itself():
    for name in ("nano", str(nano_folder())):
        assert small_of(name, ReaderOptions(model=name, draft="nano")) is None
