"""DeepSeek-OCR 2 (arXiv 2601.20552): visual causal flow. Figures are those of the released scripts."""

from __future__ import annotations

from pipeline.model.config import NetworkConfig
from pipeline.model.family.member import Member, NgramRule
from pipeline.views.rules import OCR2_VIEWS

PROMPTS = {
    # As the released scripts have them, less the trailing space of one of their two paths: the other one strips it.
    "markdown": "<image>\n<|grounding|>Convert the document to markdown.",
    "ocr": "<image>\nFree OCR.",
    "grounded-ocr": "<image>\n<|grounding|>OCR this image.",
    "figure": "<image>\nParse the figure.",
    "describe": "<image>\nDescribe this image in detail.",
    "locate": "<image>\nLocate <|ref|>{text}<|/ref|> in the image.",
}

DEEPSEEK_OCR2 = Member(
    name="DeepSeek-OCR 2",
    repository="deepseek-ai/DeepSeek-OCR-2",
    licence="Apache-2.0",
    good_at="documents of all kinds, with layout",
    released=NetworkConfig.released(),
    parameters=3_389_119_360,
    modes={"gundam": OCR2_VIEWS},
    mode="gundam",
    prompts=PROMPTS,
    # Benchmark: what the published 91.09 of OmniDocBench v1.5 were read with.
    ngrams={"pdf": NgramRule(20, 50), "image": NgramRule(20, 90), "benchmark": NgramRule(40, 90)},
    whitelist=("<td>", "</td>"),
    dpi=144,
    answer_limit=8192,
)
