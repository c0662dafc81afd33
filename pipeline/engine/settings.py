"""How a checkpoint reads, and a key of all that its text depends on: told without torch, which takes seconds to import.

So a run without a network starts at once, and yet its record can go on with one.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.metadata import version

from pipeline.engine.decoding.options import DecodingOptions
from pipeline.errors import ModelError
from pipeline.model.checkpoints.config_reader import read_config
from pipeline.model.checkpoints.identity import identity
from pipeline.model.checkpoints.source import locate
from pipeline.model.config import NetworkConfig
from pipeline.model.family.asked import dpi_for, ngrams_for, prompt_for, together_for, views_for
from pipeline.model.family.known import member_of
from pipeline.model.formats.of_cpu import CPU_FORMAT, vision_format, with_vision
from pipeline.reader_options import ReaderOptions
from pipeline.views.rules import ViewRules

VERSION = 4
"""Raise it whenever the same weights read the same page otherwise: views, upright, loops, decoding, the network."""


@dataclass(frozen=True)
class Manner:
    """How a checkpoint reads: what was asked for, and what its makers have where nothing was."""

    prompt: str
    views: ViewRules
    decoding: DecodingOptions


def manner_of(config: NetworkConfig, options: ReaderOptions) -> Manner:
    """Raises UserError for a task or a mode that this member of the family does not have."""
    member = member_of(config)
    pdf, image = ngrams_for(member, options.ngram)
    decoding = DecodingOptions(
        options.max_tokens, pdf, image, member.whitelist, dpi_for(member, options), options.upright,
        together=together_for(member, options),
    )  # fmt: skip
    return Manner(prompt_for(member, options), views_for(member, options, config.dense_tiles), decoding)


def settings_key(identity: str, formats: str, prompt: str, views: ViewRules, options: DecodingOptions) -> str:
    """All that an engine's text depends on, in 16 hexadecimal digits. `formats` are the network's number formats, and
    that of keys and values: what torch calls it where there is but one."""
    # MuPDF and Pillow draw the pixels that the network sees.
    facts = [VERSION, version("pymupdf"), version("pillow"), identity, formats, prompt, asdict(views), asdict(options)]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def settings_on_cpu(model: str, options: ReaderOptions) -> str | None:
    """`pipeline.engine.load.settings_without_loading` for a CPU with its own number format throughout."""
    try:
        folder = locate(model, download=False)
    except ModelError:
        return None
    config = read_config(folder)
    manner = manner_of(config, options)
    formats = with_vision(CPU_FORMAT, CPU_FORMAT, vision_format(config.int8_vision))
    return settings_key(identity(folder), formats, manner.prompt, manner.views, manner.decoding)
