"""All members, and which of them a network is."""

from __future__ import annotations

from dataclasses import replace

from pipeline.model.config import ClipConfig, NetworkConfig
from pipeline.model.family.deepseek_ocr import DEEPSEEK_OCR
from pipeline.model.family.deepseek_ocr2 import DEEPSEEK_OCR2
from pipeline.model.family.member import Member
from pipeline.model.family.unlimited_ocr import UNLIMITED_OCR
from pipeline.views.rules import ViewRules

MEMBERS = (DEEPSEEK_OCR2, DEEPSEEK_OCR, UNLIMITED_OCR)


def released_as(repository: str) -> Member | None:
    """The member whose released weights are there."""
    return next((member for member in MEMBERS if member.repository.lower() == repository.lower()), None)


def member_of(config: NetworkConfig) -> Member:
    """By what sets them apart: the encoder, and whether answers see a window. Sizes are free."""
    if not isinstance(config.encoder, ClipConfig):
        return DEEPSEEK_OCR2
    return DEEPSEEK_OCR if config.decoder.window is None else UNLIMITED_OCR


def views_of(config: NetworkConfig, mode: str | None = None) -> ViewRules:
    """How a network's pages are cut, in its usual mode or another; it may have learned more tiles than the released."""
    member = member_of(config)
    return replace(member.modes[mode or member.mode], dense_tiles=config.dense_tiles)
