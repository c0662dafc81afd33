"""Unlimited-OCR (arXiv 2606.23050): DeepSeek-OCR with answers that see the prompt and a window."""

from __future__ import annotations

from dataclasses import replace

from pipeline.model.family.deepseek_ocr import DEEPSEEK_OCR
from pipeline.model.family.member import Member, NgramRule
from pipeline.views.rules import ViewRules

_FIRST = DEEPSEEK_OCR.released

UNLIMITED_OCR = Member(
    name="Unlimited-OCR",
    repository="baidu/Unlimited-OCR",
    licence="MIT",
    good_at="documents of all kinds, many pages in one pass; a cache that does not grow",
    released=replace(_FIRST, decoder=replace(_FIRST.decoder, window=128, max_positions=32_768)),
    parameters=DEEPSEEK_OCR.parameters,
    modes={
        "base": ViewRules(1024, 1024, 0, newlines=True),
        "gundam": ViewRules(640, 1024, 32, newlines=True),
    },
    mode="gundam",
    # No line break behind the image. `Free OCR.` makes it end at once, so there is no such task.
    prompts={"markdown": "<image>document parsing.", "pages": "<image>Multi page parsing."},
    ngrams={
        "pdf": NgramRule(35, 128),
        "image": NgramRule(35, 128),
        "benchmark": NgramRule(35, 128),
        "pages": NgramRule(35, 1024),
    },
    whitelist=(),
    dpi=300,
    answer_limit=32_768,
    lead="<image>",
    grammar="det",
)
