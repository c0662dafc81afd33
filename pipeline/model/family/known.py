"""All members, and which of them a network is."""

from __future__ import annotations

from pipeline.model.config import ClipConfig, NetworkConfig
from pipeline.model.family.deepseek_ocr import DEEPSEEK_OCR
from pipeline.model.family.deepseek_ocr2 import DEEPSEEK_OCR2
from pipeline.model.family.member import Member
from pipeline.model.family.unlimited_ocr import UNLIMITED_OCR

MEMBERS = (DEEPSEEK_OCR2, DEEPSEEK_OCR, UNLIMITED_OCR)


def member_of(config: NetworkConfig) -> Member:
    """By what sets them apart: the encoder, and whether answers see a window. Sizes are free."""
    if not isinstance(config.encoder, ClipConfig):
        return DEEPSEEK_OCR2
    return DEEPSEEK_OCR if config.decoder.window is None else UNLIMITED_OCR
