"""DeepSeek-OCR, the first one (arXiv 2510.18234): CLIP behind the vision tokenizer, five modes."""

from __future__ import annotations

from dataclasses import replace

from pipeline.model.config import ClipConfig
from pipeline.model.family.deepseek_ocr2 import DEEPSEEK_OCR2, PROMPTS
from pipeline.model.family.member import Member, NgramRule
from pipeline.views.rules import ViewRules

_OCR2 = DEEPSEEK_OCR2.released

DEEPSEEK_OCR = Member(
    name="DeepSeek-OCR",
    repository="deepseek-ai/DeepSeek-OCR",
    licence="MIT",
    good_at="documents, figures and charts; few tokens a page in its small modes",
    released=replace(
        _OCR2,
        vision=replace(_OCR2.vision, downsample_widths=(512, 1024)),
        encoder=ClipConfig(width=1024, layers=24, heads=16, mlp_inner=4096),
    ),
    parameters=3_335_504_128,  # 6,672,212,480 bytes, less CLIP's unused patches
    modes={
        "tiny": ViewRules(512, 512, 0, squashed=True, newlines=True),
        "small": ViewRules(640, 640, 0, squashed=True, newlines=True),
        "base": ViewRules(1024, 1024, 0, newlines=True),
        "large": ViewRules(1280, 1280, 0, newlines=True),
        # The copy of its code beside the weights cuts up to nine tiles; the scripts and vLLM cut six.
        "gundam": ViewRules(640, 1024, 9, newlines=True),
    },
    mode="gundam",
    prompts=PROMPTS,
    ngrams={"pdf": NgramRule(20, 50), "image": NgramRule(30, 90), "benchmark": NgramRule(40, 90)},
    whitelist=("<td>", "</td>"),
    dpi=144,
    answer_limit=8192,
)
