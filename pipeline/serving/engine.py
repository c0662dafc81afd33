"""The network of a server: one engine for all requests, and what each kind of them needs to know of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.engine.decoding.prompts import prompt_ids
from pipeline.errors import UserError
from pipeline.model.checkpoints.config_reader import read_config
from pipeline.model.checkpoints.source import locate
from pipeline.model.checkpoints.thresholds import Thresholds, thresholds_of
from pipeline.model.family.asked import check, prompt_for
from pipeline.model.family.known import member_of
from pipeline.model.family.member import Member
from pipeline.model.tokenizer import Tokenizer
from pipeline.reader_options import ReaderOptions
from pipeline.readers.choice import Choice, choose
from pipeline.readers.doors import installed
from pipeline.readers.gpus import devices_of, open_sharded
from pipeline.readers.own_text.first import OwnTextFirst
from pipeline.readers.wrappers.fallback import WithFallback
from pipeline.readers.wrappers.retries import careful
from pipeline.remote.address import is_address
from pipeline.serving.shared import Seat, Shared
from pipeline.transcriber import Transcriber

PROMPT_ROOM = 160
"""Tokens by which a request's prompt may be longer than the task's: a phrase that is looked for takes some 100."""


@dataclass(frozen=True)
class Serving:
    """An open engine. `name` is the network's."""

    name: str
    choice: Choice
    shared: Shared
    thresholds: Thresholds
    member: Member
    tokenizer: Tokenizer
    options: ReaderOptions

    @property
    def settings(self) -> str:
        """The engine's key: all that its text depends on."""
        return self.shared.reader.settings

    def reader(self, gone: Callable[[], bool]) -> Transcriber:
        """One document's: as `open_transcriber` would give it, at the shared engine."""
        network = careful(Seat(self.shared, gone), self.thresholds)
        if not self.choice.own_text:
            return WithFallback(network)
        # Whoever reads own text first has its pages; the network is asked for the others.
        return WithFallback(OwnTextFirst(lambda: network, self.choice.model, network.settings, self.choice.settles))

    def has_room_for(self, prompt: str) -> bool:
        """Whether a prompt fits into a slot, which was made for the usual one and some words more.

        Raises UnicodeError or TypeError for what is no text.
        """
        usual = prompt_for(self.member, self.options)
        return self._length(prompt) <= self._length(usual) + PROMPT_ROOM

    def _length(self, prompt: str) -> int:
        return len(prompt_ids(prompt, self.tokenizer.encode, 0, 0, 0))

    def close(self) -> None:
        """End the engine."""
        self.shared.end()


def open_serving(options: ReaderOptions) -> Serving:
    """Load the engine. Raises ModelError where it cannot be had, UserError where there is no network to serve."""
    if options.figures == "parse" or options.pages_at_once > 1:
        raise UserError("--figures parse and --pages-at-once are for ocr2 convert: a server has one page an answer")
    choice = choose(options.model)
    network = choice.network
    if network is None or is_address(network) or network in installed():
        raise UserError(f"--model {options.model}: a server needs a network on this machine, like nano or a repository")
    devices = (options.device,) if options.gpus is None else devices_of(options.gpus, options.device)
    folder = locate(network)
    config = read_config(folder)
    check(member_of(config), options)
    engine = open_sharded(network, options, devices, PROMPT_ROOM)
    return Serving(
        network,
        choice,
        Shared(engine),
        thresholds_of(folder),
        member_of(config),
        Tokenizer.load(folder, config),
        options,
    )
