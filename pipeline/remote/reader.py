"""A server as a Transcriber: pages are made ready here, read there, many at once, and none is lost on the way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from importlib.metadata import version

import httpx

from pipeline.engine.decoding.options import DecodingOptions
from pipeline.errors import UserError
from pipeline.model.config import IMAGE
from pipeline.model.family.asked import dpi_for, ngrams_for, prompt_for
from pipeline.reader_options import ReaderOptions
from pipeline.remote.address import Address, address
from pipeline.remote.asking import Asker
from pipeline.remote.served import Served, ask_what_is_served, headers
from pipeline.remote.trying import Patience
from pipeline.remote.under_way import UnderWay
from pipeline.transcriber import ready
from pipeline.transcript import PageRef, Transcript

VERSION = 1
"""Raise it whenever the same server is asked otherwise for the same page."""
# As in `sharding.sharded`: only asked where the pages themselves cannot be waited for.
HUNGRY = 0.02
"""Seconds until it is looked again whether a page has come that could not be had at once."""


class RemoteTranscriber:
    """A Transcriber (`pipeline.readers.choice`). One `transcribe` at a time.

    What a page looks like is decided here, what becomes of the pixels there. Raises ModelError where there is no
    server, or it has no such model.
    """

    def __init__(self, options: ReaderOptions, patience: Patience = Patience()) -> None:  # noqa: B008 frozen
        self._where: Address = address(options.model)
        self.served: Served = ask_what_is_served(self._where)
        if options.mode is not None:
            raise UserError("--mode is for a network on this machine: a server cuts pages as it was started to")
        member = self.served.member
        self._prompt = prompt_for(member, options).removeprefix(member.lead)
        if IMAGE in self._prompt:
            raise UserError(f"--prompt with {IMAGE} in its middle cannot be sent to a server: put it in front")
        self._picture = member.prompts.get("figure", "").removeprefix(member.lead)
        if options.figures == "parse" and not self._picture:
            raise UserError(f"{member.name} has no task 'figure': leave --figures parse out, or use DeepSeek-OCR 2")
        if options.pages_at_once > 1:
            raise UserError("--pages-at-once is for a network on this machine: a server gets one page a request")
        pdf, image = ngrams_for(member, options.ngram)
        self._options = DecodingOptions(
            options.max_tokens, pdf, image, member.whitelist, dpi_for(member, options), options.upright
        )
        self._patience = patience
        self._run: UnderWay | None = None

    @property
    def name(self) -> str:
        """What the server calls its model."""
        return self.served.model

    @property
    def settings(self) -> str:
        """The server's model, and a key of all that is asked of it. Where the server is does not matter."""
        facts = [VERSION, version("pymupdf"), version("pillow"), self.served.model, self.served.settings, self._prompt]
        key = hashlib.sha256(json.dumps([*facts, asdict(self._options)], sort_keys=True).encode()).hexdigest()[:16]
        return f"server/{self.served.model}/{key}"

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Read every page once, in any order; see `Transcriber`. Raises ModelError where the server is gone for good:
        pages that it had are then unread, and the next time they are asked for."""
        source = iter(pages)
        run = self._run = UnderWay(self._asker, self._patience, self._options, self.name)
        try:
            while not run.closed:
                while run.room and (ready(source) or not run.busy) and (ref := next(source, None)) is not None:
                    run.begin(ref)
                if not run.busy:
                    return
                hungry = run.room and not ready(source)
                if (transcript := run.next(HUNGRY if hungry else None)) is not None:
                    yield transcript
        finally:
            run.close()

    def close(self) -> None:
        """Hang up; from another thread, too."""
        if self._run is not None:
            self._run.close()

    def _asker(self) -> Asker:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=64)
        client = httpx.AsyncClient(headers=headers(), limits=limits)
        return Asker(
            self._where, self.served, self._prompt, self._picture, self._options, client, self._patience.answer
        )
