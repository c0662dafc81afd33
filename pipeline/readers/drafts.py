"""Where an engine's guesses at a page's text come from."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.engine.drafts.drafter import Drafter
from pipeline.model.checkpoints.source import NANO, locate, nano_folder
from pipeline.reader_options import ReaderOptions
from pipeline.text_layer.guarded import read_page
from pipeline.transcript import PageRef


@dataclass(frozen=True)
class OwnText:
    """The PDF's own text, in the grammar that a model is taught; an image, or a scan without any, has none."""

    name = "text"

    def __call__(self, ref: PageRef) -> str:
        """In a process that a damaged page may break."""
        return read_page(ref).text


def drafter_of(options: ReaderOptions) -> Drafter | None:
    """What `options.draft` asks for; None for no drafts. An engine guesses from its own answers besides."""
    return OwnText() if _is_transcribed(options) and options.draft != "off" else None


def small_of(model: str, options: ReaderOptions) -> ReaderOptions | None:
    """With what nano is opened to read pages before `model` does; None where it is not asked for, or is the model."""
    if options.draft != "nano" or not _is_transcribed(options) or locate(model) == nano_folder():
        return None
    return ReaderOptions(model=NANO, device=options.device, upright=options.upright)


def _is_transcribed(options: ReaderOptions) -> bool:
    return options.task == "markdown" and options.prompt is None and options.locate is None
