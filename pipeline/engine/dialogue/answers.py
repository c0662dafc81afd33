"""What was written into a slot, as transcripts of pages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.engine.decoding.by_block import by_block
from pipeline.engine.decoding.loops import Loop, LoopWatch
from pipeline.engine.dialogue.former import Former
from pipeline.engine.dialogue.handover import Answer
from pipeline.engine.dialogue.readings import Reading, Sheet
from pipeline.engine.dialogue.together import shared_out
from pipeline.model.tokenizer import Tokenizer
from pipeline.transcript import Drafted, Finish, PageRef, Transcript
from pipeline.views.ready_page import BrokenPage, ReadyPage
from pipeline.views.upright import turn_back

_MOST_SAID = 300
"""Characters of an error that a record keeps: two lines of a terminal; a library's whole dump would bury the page."""


class Answers:
    """Makes transcripts, by the checkpoint's name and in its tokens; those of pages by themselves are noted as
    `former`."""

    def __init__(self, name: str, tokenizer: Tokenizer, former: Former) -> None:
        self._name = name
        self._tokenizer, self._former = tokenizer, former
        # Not one token in every tokenizer, and in nano's as many as there are labels: a head up to its box is one.
        self._begin_blocks = frozenset(tokenizer.holding("<|ref|>"))

    def read(self, reading: Reading, answer: Answer) -> Transcript:
        """An answer that has ended, by itself or by its limit; perhaps in a loop that began behind the last look."""
        watch = reading.watch
        if watch and (loop := watch.feed(np.array(answer.tokens[watch.count :], np.int64))):
            return self.looped(reading, watch, loop, answer.drafted)
        text, page = self._tokenizer.decode(answer.tokens), reading.sheets[0]
        return Transcript(
            page.ref,
            turn_back(text, reading.turned),
            _finish(text, answer.stopped, page.blank),
            page.width,
            page.height,
            self._name,
            reading.prompt_tokens,
            answer.count,
            answer.confidence,
            turned=reading.turned,
            drafted=answer.drafted,
            tiles=page.tiles,
            print=page.print,
            by_block=by_block(answer.tokens, answer.probabilities, self._begin_blocks),
        )

    def looped(self, reading: Reading, watch: LoopWatch, loop: Loop, drafted: Drafted | None) -> Transcript:
        """What stands before a loop."""
        page = reading.sheets[0]
        return Transcript(
            page.ref, turn_back(watch.text(loop), reading.turned), Finish.LOOP, page.width, page.height, self._name,
            reading.prompt_tokens, watch.count, turned=reading.turned, drafted=drafted, tiles=page.tiles,
            print=page.print,
        )  # fmt: skip

    def apart(self, reading: Reading, read: Transcript) -> tuple[Sequence[Transcript], Sequence[PageRef]]:
        """The answer as it is, where it is about one page; else page by page, and the pages that must come again alone.

        A page without a text comes again; an empty one is believed only where nothing is to be seen on it.
        """
        if len(reading.sheets) == 1:
            self._former.note(read.ref, read.text)
            return (read,), ()
        texts = shared_out(read.text, len(reading.sheets), read.finish.good)
        shared, alone = list[Transcript](), list[PageRef]()
        for sheet, text in zip(reading.sheets, texts, strict=True):
            if text is None or not (text.strip() or sheet.blank):
                alone.append(sheet.ref)
            else:
                shared.append(self._share(reading, read, sheet, text))
        return shared, alone

    def unread(self, page: ReadyPage | BrokenPage) -> Transcript:
        """A page that needs no slot: it cannot be read, or it is bare."""
        if isinstance(page, BrokenPage):
            return Transcript(page.ref, "", Finish.ERROR, reader=self._name, error=page.error[:_MOST_SAID])
        return Transcript(page.ref, "", Finish.BLANK, page.width, page.height, self._name)

    def unwanted(self, ref: PageRef) -> Transcript:
        """A page that was given up while it was read."""
        return Transcript(ref, "", Finish.ERROR, reader=self._name, error="nobody wants it any more")

    def _share(self, reading: Reading, read: Transcript, sheet: Sheet, text: str) -> Transcript:
        return Transcript(
            sheet.ref,
            turn_back(text, sheet.turned),
            _finish(text, True, sheet.blank),
            sheet.width,
            sheet.height,
            self._name,
            reading.prompt_tokens // len(reading.sheets),
            len(self._tokenizer.encode(text)),
            read.confidence,
            turned=sheet.turned,
            drafted=read.drafted if sheet is reading.sheets[0] else None,
            tiles=sheet.tiles,
            print=sheet.print,
        )


def _finish(text: str, stopped: bool, blank: bool) -> Finish:
    if not stopped:
        return Finish.LENGTH
    if text.strip():
        return Finish.STOP
    return Finish.BLANK if blank else Finish.EMPTY
