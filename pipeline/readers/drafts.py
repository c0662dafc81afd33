"""Where an engine's guesses at a page's text come from."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.engine.drafts.drafter import Drafter
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
    own_words = options.task == "markdown" and options.prompt is None and options.locate is None
    return OwnText() if own_words and options.draft != "off" else None
